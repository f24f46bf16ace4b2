"""MSAL Python as a server of one test: a request per line on stdin, an answer per line on stdout, in JSON.

{"open": {"class": ..., "client_id": ..., "options": {...}, "cache": ..., "route": {...}}} makes an application
and answers its number; {"app": 0, "call": method, "arguments": {...}} calls a method of it; {"app": 0,
"sign_in": {...}} calls acquire_token_interactive, and says {"visit": url} before it answers; {"app": 0,
"serialize": true} writes its cache down; {"advance": seconds} moves the clock that MSAL looks at.
"""
import json
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import msal
import msal.oauth2cli.authcode
import requests

# No browser opens, so that each URL comes back to the test.
msal.oauth2cli.authcode._browse = lambda *args, **kwargs: False

applications = []
caches = []


class Router:
    """Sends what is meant for a host of Microsoft's to the emulator, under the same name."""

    def __init__(self, host, url, ca):
        self.host = host
        self.netloc = urlsplit(url).netloc
        self.session = requests.Session()
        self.session.verify = ca

    def get(self, url, **kwargs):
        return self.send("GET", url, **kwargs)

    def post(self, url, **kwargs):
        return self.send("POST", url, **kwargs)

    def send(self, method, url, headers=None, **kwargs):
        parts = urlsplit(url)
        if parts.hostname != self.host:
            raise ValueError("Nobody answers for {}".format(parts.hostname))
        there = urlunsplit(parts._replace(netloc=self.netloc))
        return self.session.request(
            method, there, headers=dict(headers or {}, Host=self.host), **kwargs)

    def close(self):
        self.session.close()


def open_application(wanted):
    cache = msal.SerializableTokenCache()
    cache.deserialize(wanted.get("cache"))
    options = dict(wanted.get("options") or {})
    if wanted.get("route"):
        options["http_client"] = Router(**wanted["route"])
    make = getattr(msal, wanted["class"])
    applications.append(make(wanted["client_id"], token_cache=cache, **options))
    caches.append(cache)
    return len(applications) - 1


def advance(seconds):
    current = time.time
    time.time = lambda: current() + seconds


def answer(request):
    if "open" in request:
        return open_application(request["open"])
    if "advance" in request:
        return advance(request["advance"])
    if "call" in request:
        method = getattr(applications[request["app"]], request["call"])
        return method(**request["arguments"])
    if "sign_in" in request:
        return applications[request["app"]].acquire_token_interactive(
            auth_uri_callback=lambda url: print(json.dumps({"visit": url}), flush=True),
            **request["sign_in"])
    if "serialize" in request:
        return caches[request["app"]].serialize()
    raise ValueError("What is {}?".format(sorted(request)))


print(json.dumps({"result": msal.__version__}), flush=True)
for line in sys.stdin:
    try:
        message = {"result": answer(json.loads(line))}
    except Exception as error:
        message = {"error": "{}: {}".format(type(error).__name__, error)}
    print(json.dumps(message), flush=True)
