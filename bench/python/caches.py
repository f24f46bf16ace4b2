"""MSAL Python: what reading, writing and holding a cache of so many users costs. Prints figures as one line of JSON.

    caches.py load-and-save USERS
    caches.py memory USERS
    caches.py text USERS        (that cache itself)
"""
import gc
import json
import re
import subprocess
import sys
import time

import msal

from msal_python import text_of_users


def load_and_save(users):
    text = text_of_users(users)
    cache = msal.SerializableTokenCache()

    def cost(work):
        gc.collect()
        begun = time.process_time_ns()
        work()
        return (time.process_time_ns() - begun) / 1e6

    parsed = json.loads(text)
    floors = cost(lambda: json.loads(text)), cost(lambda: json.dumps(parsed))
    del parsed
    load = cost(lambda: cache.deserialize(text))
    save = cost(cache.serialize)
    return {
        "load": load, "load, times the parser alone": load / floors[0],
        "save": save, "save, times the writer alone": save / floors[1],
    }


def memory(users):
    # Made by another process: the cache would fill the memory that making it leaves free, and look smaller.
    made = [sys.executable, "-B", __file__, "text", str(users)]
    text = subprocess.check_output(made, encoding="utf-8")
    gc.collect()
    before = resident()
    cache = msal.SerializableTokenCache()
    cache.deserialize(text)
    gc.collect()
    return {"resident": (resident() - before) / users}


def resident():
    """Bytes of memory in use."""
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) * 1024


QUESTIONS = {"load-and-save": load_and_save, "memory": memory}

_, what, users = sys.argv
if what == "text":
    print(text_of_users(int(users)), end="")
else:
    print(json.dumps(QUESTIONS[what](int(users))))
