"""MSAL Python's extensions as a server of one test: a request per line on stdin, an answer per line on stdout, in JSON.

{"open": path} opens a cache over a plain file; {"add": event} adds a token event to it; {"find": type, "query":
{...}} finds rows; {"hold": seconds} keeps the lock for a while, and answers once it has it.
"""
import json
import sys
import threading
import time

from msal_extensions import CrossPlatLock, FilePersistence, PersistedTokenCache

cache = None
path = None


def hold(seconds):
    taken = threading.Event()

    def work():
        with CrossPlatLock(path + ".lockfile"):
            taken.set()
            time.sleep(seconds)

    threading.Thread(target=work).start()
    taken.wait()


def answer(request):
    global cache, path
    if "open" in request:
        path = request["open"]
        cache = PersistedTokenCache(FilePersistence(path))
        return None
    if "add" in request:
        return cache.add(request["add"])
    if "find" in request:
        return cache.find(request["find"], query=request.get("query"))
    return hold(request["hold"])


print(json.dumps({"result": None}), flush=True)
for line in sys.stdin:
    try:
        print(json.dumps({"result": answer(json.loads(line))}), flush=True)
    except Exception as error:
        print(json.dumps({"error": "{}: {}".format(type(error).__name__, error)}), flush=True)
