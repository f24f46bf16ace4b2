"""MSAL Python, for the questions about caches: one figure for each start, as JSON.

    python3 bench/cache/msal_python.py look-ups silent 1000
"""

import base64
import gc
import json
import re
import statistics
import sys
import time

import msal

CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003"
TENANT = "11111111-bbbb-4bbb-8bbb-000000000002"
USER = "00000000-aaaa-4aaa-8aaa-000000000001"
AUTHORITY = "https://login.microsoftonline.com/" + TENANT
APP_SCOPES = ["https://graph.microsoft.com/.default"]
USER_SCOPES = ["User.Read"]

# Users who are there to be signed out, beyond those who stay.
LEAVING = 300


class Answer:
    """What requests would return."""

    status_code = 200
    headers = {}

    def __init__(self, body):
        self.text = json.dumps(body)

    def raise_for_status(self):
        pass


class Network:
    """Knows the tenant's endpoints, and nothing else."""

    def get(self, url, **kwargs):
        if "openid-configuration" not in url:
            return Answer({"tenant_discovery_endpoint": "", "metadata": []})
        root = AUTHORITY + "/oauth2/v2.0/"
        return Answer({
            "authorization_endpoint": root + "authorize",
            "token_endpoint": root + "token",
            "issuer": AUTHORITY + "/v2.0",
        })

    def post(self, url, **kwargs):
        raise RuntimeError("not from the cache")

    def close(self):
        pass


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def answer(real, user=True):
    now = int(time.time())
    body = {
        "token_type": "Bearer",
        "expires_in": 86399,
        "access_token": "a" * (1500 if real else 50),
    }
    if user:
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


def state(count, real, user=True):
    """A cache of so many users, or of the application's own tokens in so many tenants."""
    cache = msal.SerializableTokenCache()
    cache.add({
        "client_id": CLIENT_ID,
        "scope": USER_SCOPES + ["openid", "profile"] if user else APP_SCOPES,
        "token_endpoint": AUTHORITY + "/oauth2/v2.0/token",
        "environment": "login.microsoftonline.com",
        "response": answer(real, user),
    })
    each = USER if user else TENANT
    sections = []
    for name, rows in json.loads(cache.serialize()).items():
        body = json.dumps(rows)[1:-1]
        copies = [body]
        if each in body:
            copies += [body.replace(each, numbered(each, i)) for i in range(1, count)]
        sections.append('"%s":{%s}' % (name, ",".join(copies)))
    return "{%s}" % ",".join(sections)


def numbered(name, number):
    return name if number == 0 else "%08x%s" % (number, name[8:])


def app_of(text, confidential=False):
    cache = msal.SerializableTokenCache()
    cache.deserialize(text)
    kind = msal.ConfidentialClientApplication if confidential else msal.PublicClientApplication
    credential = {"client_credential": "secret"} if confidential else {}
    return kind(CLIENT_ID, authority=AUTHORITY, token_cache=cache, http_client=Network(),
                instance_discovery=False, **credential)


def look_up(subject, count):
    """A call that the cache answers, and into how many parts its cost is divided."""
    if subject == "client credentials":
        app = app_of(state(count, False, user=False), confidential=True)
        if [int(number) for number in msal.__version__.split(".")[:2]] < [1, 23]:
            # Looks into the cache only when it is asked to.
            return lambda: token(app.acquire_token_silent(APP_SCOPES, account=None)), 1
        return lambda: token(app.acquire_token_for_client(APP_SCOPES)), 1
    if subject not in ("silent", "account by name", "all accounts, each", "sign out"):
        return None, 1
    leaving = LEAVING if subject == "sign out" else 0
    app = app_of(state(count + leaving, False))
    home = numbered(USER, count // 2) + "." + TENANT
    accounts = app.get_accounts()
    account = next(one for one in accounts if one["home_account_id"] == home)
    if subject == "silent":
        return lambda: token(app.acquire_token_silent(USER_SCOPES, account)), 1
    if subject == "account by name":
        return lambda: app.get_accounts(account["username"])[0], 1
    if subject == "sign out":
        return lambda: app.remove_account(accounts.pop()), 1
    return lambda: app.get_accounts()[0], count


def token(result):
    return result["access_token"]


def microseconds(call, seconds=1.0, most=None):
    samples = []
    end = time.perf_counter() + seconds
    while (time.perf_counter() < end or len(samples) < 5) and len(samples) != most:
        begun = time.perf_counter_ns()
        call()
        samples.append((time.perf_counter_ns() - begun) / 1000)
    return statistics.median(samples[len(samples) // 3:])


def resident():
    """Bytes of memory in use."""
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) * 1024


def look_ups(subject, count):
    call, parts = look_up(subject, count)
    if call is None:
        return {}
    once = subject == "sign out"
    return {subject: microseconds(call, 60 if once else 1, LEAVING if once else None) / parts}


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


QUESTIONS = {"look-ups": look_ups, "load-and-save": load_and_save, "memory": memory}

if __name__ == "__main__":
    _, question, subject, count = sys.argv
    print(json.dumps(QUESTIONS[question](subject, int(count))))
