"""MSAL Python, driven through one case after the other: a case per line on stdin, what came of it per line on
stdout, in JSON.

{"run": ..., "server": ..., "start": seconds, "class": ..., "client_id": ..., "options": {...}, "cache": ...,
"steps": [{"call": method, "args": [...], "kwargs": {...}, "browser": {...}} | {"advance": seconds}]} answers a list
of outcomes, one for each call. {"signatures": true} answers the parameters of whatever the cases may call.

Every request goes to the recording server, by MSAL Python's own HTTP session; two headers say where it was to go and
which run it is of. Clock and sleep are the driver's.
"""
import datetime
import inspect
import json
import logging
import sys
import threading
import time
import urllib.parse
import urllib.request
import warnings

import msal
import msal.authority
import msal.oauth2cli.authcode
import msal.wstrust_request
import requests.adapters

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

real_sleep = time.sleep
clock = {"now": 0, "moves": True}
target = {"server": "", "run": ""}


def sleep(seconds):
    if clock["moves"]:
        clock["now"] += seconds
    else:
        # The wait for a browser, which is a thread.
        real_sleep(0.002)


class Datetime(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return datetime.datetime.utcfromtimestamp(clock["now"])


time.time = lambda: clock["now"]
time.sleep = sleep
msal.wstrust_request.datetime = Datetime
# No browser opens, so that each URL comes back to the driver.
msal.oauth2cli.authcode._browse = lambda *args, **kwargs: False

send = requests.adapters.HTTPAdapter.send


def send_to_server(self, request, **kwargs):
    request.headers["x-wire-url"] = request.url
    request.headers["x-wire-run"] = target["run"]
    request.url = target["server"]
    return send(self, request, **kwargs)


requests.adapters.HTTPAdapter.send = send_to_server


def signatures():
    classes = [msal.ConfidentialClientApplication, msal.PublicClientApplication]
    found = {"constructor": named(msal.ClientApplication.__init__)}
    for cls in classes:
        for name, method in inspect.getmembers(cls, inspect.isfunction):
            if not name.startswith("_"):
                found[name] = named(method)
    return found


def named(function):
    return [p.name for p in inspect.signature(function).parameters.values()
            if p.name != "self" and p.kind != p.VAR_KEYWORD]


def resolve(value, results):
    """Puts what earlier steps returned in the place of {"$step": number, "member": name}."""
    if isinstance(value, list):
        return [resolve(v, results) for v in value]
    if isinstance(value, dict) and "$step" in value:
        result = results[value["$step"]]
        return result[value["member"]] if "member" in value else result
    if isinstance(value, dict):
        return {k: resolve(v, results) for k, v in value.items()}
    return value


def browse(answer, urls):
    """A browser: it brings an answer to where the URL says."""
    def visit(url):
        urls.append(url)
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        came = urllib.parse.urlencode(dict(answer, state=query["state"]))
        threading.Thread(
            target=lambda: urllib.request.urlopen("{}?{}".format(query["redirect_uri"], came)).read(),
            daemon=True).start()
    return visit


def describe(result, urls):
    if isinstance(result, str):
        return dict(kind="url", urls=[result])
    if isinstance(result, list):
        return dict(kind="accounts: " + ", ".join(sorted(a["username"] for a in result)), urls=urls)
    if result is None:
        return dict(kind="nothing", urls=urls)
    if "auth_uri" in result:
        return dict(kind="sign-in begun", urls=[result["auth_uri"]])
    if "error" in result:
        return dict(kind="refused: " + result["error"], urls=urls)
    if "user_code" in result:
        return dict(kind="device code", urls=urls)
    return dict(kind="tokens", urls=urls)


def run(case):
    clock.update(now=case["start"])
    target.update(server=case["server"], run=case["run"])
    msal.authority.Authority._domains_without_user_realm_discovery.clear()
    cache = msal.SerializableTokenCache()
    cache.deserialize(case.get("cache"))
    outcomes, results = [], []
    app = None
    for step in case["steps"]:
        if "advance" in step:
            clock["now"] += step["advance"]
            continue
        urls = []
        kwargs = resolve(step["kwargs"], results)
        clock["moves"] = "browser" not in step
        if "browser" in step:
            kwargs["auth_uri_callback"] = browse(step["browser"], urls)
        try:
            app = app or getattr(msal, case["class"])(
                case["client_id"], token_cache=cache, **case["options"])
            result = getattr(app, step["call"])(*resolve(step["args"], results), **kwargs)
            results.append(result)
            outcomes.append(describe(result, urls))
        except Exception as error:
            results.append(None)
            outcomes.append(dict(kind="thrown", urls=urls, error="{}: {}".format(
                type(error).__name__, error)[:500]))
    return outcomes


for line in sys.stdin:
    request = json.loads(line)
    try:
        message = {"result": signatures() if "signatures" in request else run(request)}
    except Exception as error:
        message = {"error": "{}: {}".format(type(error).__name__, error)}
    print(json.dumps(message), flush=True)
