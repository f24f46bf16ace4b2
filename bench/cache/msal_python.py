"""MSAL Python, for the questions about caches: one figure for each start, as JSON.

    python3 bench/cache/msal_python.py load-and-save cache 1000
"""

import base64
import gc
import json
import re
import sys
import time

import msal

CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003"
TENANT = "11111111-bbbb-4bbb-8bbb-000000000002"
USER = "00000000-aaaa-4aaa-8aaa-000000000001"
AUTHORITY = "https://login.microsoftonline.com/" + TENANT
USER_SCOPES = ["User.Read"]


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def answer(real):
    now = int(time.time())
    body = {
        "token_type": "Bearer",
        "expires_in": 86399,
        "access_token": "a" * (1500 if real else 50),
    }
    claims = {
        "iss": AUTHORITY + "/v2.0", "aud": CLIENT_ID, "sub": USER, "oid": USER, "tid": TENANT,
        "iat": now, "exp": now + 86399, "preferred_username": USER + "@contoso.example",
        "name": "Ada", "padding": "p" * (500 if real else 0),
    }
    body["refresh_token"] = "r" * (1100 if real else 50)
    body["id_token"] = "%s.%s.%s" % (
        part({"alg": "RS256"}), part(claims), "s" * (342 if real else 10))
    body["client_info"] = part({"uid": USER, "utid": TENANT})
    return body


def state(count, real):
    """A cache of so many users."""
    cache = msal.SerializableTokenCache()
    cache.add({
        "client_id": CLIENT_ID,
        "scope": USER_SCOPES + ["openid", "profile"],
        "token_endpoint": AUTHORITY + "/oauth2/v2.0/token",
        "environment": "login.microsoftonline.com",
        "response": answer(real),
    })
    sections = []
    for name, rows in json.loads(cache.serialize()).items():
        body = json.dumps(rows)[1:-1]
        copies = [body]
        if USER in body:
            copies += [body.replace(USER, numbered(USER, i)) for i in range(1, count)]
        sections.append('"%s":{%s}' % (name, ",".join(copies)))
    return "{%s}" % ",".join(sections)


def numbered(name, number):
    return name if number == 0 else "%08x%s" % (number, name[8:])


def resident():
    """Bytes of memory in use."""
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) * 1024


def load_and_save(subject, count):
    text = state(count, True)
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


def memory(subject, count):
    text = state(count, True)
    gc.collect()
    before = resident()
    cache = msal.SerializableTokenCache()
    cache.deserialize(text)
    gc.collect()
    return {"resident": (resident() - before) / count}


QUESTIONS = {"load-and-save": load_and_save, "memory": memory}

if __name__ == "__main__":
    _, question, subject, count = sys.argv
    print(json.dumps(QUESTIONS[question](subject, int(count))))
