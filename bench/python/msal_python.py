"""MSAL Python: what one call costs, or how many a second it makes. Prints one line of JSON.

    msal_python.py cost OPERATION SIZE MILLISECONDS
    msal_python.py rate URL LANES MILLISECONDS      (the server's certificate: REQUESTS_CA_BUNDLE)
"""
import base64
import json
import os
import statistics
import sys
import threading
import time

import msal

CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003"
TENANT = "11111111-bbbb-4bbb-8bbb-000000000002"
USER = "00000000-aaaa-4aaa-8aaa-000000000001"
APP_SCOPES = ["https://graph.microsoft.com/.default"]
USER_SCOPES = ["User.Read"]
HOST = "https://login.microsoftonline.com"
# As in fixtures.ts: so many owners take turns, and so many users leave.
IN_TURN = 100
LEAVING = 300


def numbered(guid, index):
    return guid if index == 0 else "a%07x%s" % (index, guid[8:])


def username(index):
    return "user%d@contoso.com" % index


def home(index):
    return "%s.%s" % (numbered(USER, index), TENANT)


def in_turn(size):
    count = min(size, IN_TURN)
    return [i * size // count for i in range(count)]


def cycle(values):
    state = [0]

    def following():
        state[0] += 1
        return values[(state[0] - 1) % len(values)]

    return following


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def answer(extra=None, expires_in=86399):
    return dict(
        {"token_type": "Bearer", "expires_in": expires_in, "access_token": "a" * 1500},
        **(extra or {}),
    )


def sign_in(index):
    user = numbered(USER, index)
    now = int(time.time())
    claims = {
        "iss": "%s/%s/v2.0" % (HOST, TENANT),
        "aud": CLIENT_ID,
        "sub": user,
        "oid": user,
        "tid": TENANT,
        "iat": now,
        "exp": now + 86399,
        "preferred_username": username(index),
        "name": "Ada",
        "padding": "p" * 250,
    }
    head = {"alg": "RS256", "typ": "JWT", "kid": "k" * 27}
    return {
        "scope": "User.Read openid profile email",
        "refresh_token": "r" * 1100,
        "id_token": "%s.%s.%s" % (part(head), part(claims), "s" * 342),
        "client_info": part({"uid": user, "utid": TENANT}),
    }


class Reply:
    status_code = 200
    headers = {}

    def __init__(self, text):
        self.text = text

    def raise_for_status(self):
        pass


class Network:
    """Answers at once, without a socket."""

    def __init__(self, following):
        self.following = following

    def get(self, url, **_):
        tenant = url[len(HOST) + 1:].split("/")[0]
        base = "%s/%s" % (HOST, tenant)
        return Reply(json.dumps({
            "issuer": base + "/v2.0",
            "authorization_endpoint": base + "/oauth2/v2.0/authorize",
            "token_endpoint": base + "/oauth2/v2.0/token",
        }))

    def post(self, url, **_):
        return Reply(self.following())

    def close(self):
        pass


def app_of(following, tenant=TENANT, cache=None, credential="secret"):
    return msal.ConfidentialClientApplication(
        CLIENT_ID,
        authority="%s/%s" % (HOST, tenant),
        client_credential=credential,
        token_cache=cache,
        instance_discovery=False,
        http_client=Network(following),
    )


def answering(extra=None, **kwargs):
    text = json.dumps(answer(extra, **kwargs))
    return lambda: text


def multiply(serialized, size, names):
    """A serialized cache many times over; names gives what a copy says in place of the original."""
    original = json.loads(serialized)
    cache = {}
    for section, rows in original.items():
        cache[section] = copies = {}
        for key, row in rows.items():
            row = json.dumps(row)
            for i in range(size):
                renamed_key, renamed = key, row
                for old, new in names(i):
                    renamed_key = renamed_key.replace(old, new)
                    renamed = renamed.replace(old, new)
                copies[renamed_key] = json.loads(renamed)
    return json.dumps(cache)


def text_of_users(size):
    """A cache of so many users, as the library writes it."""
    one = msal.SerializableTokenCache()
    code(app_of(answering(sign_in(0)), cache=one))
    return multiply(one.serialize(), size, lambda i: [
        (USER, numbered(USER, i)),
        (username(0), username(i)),
    ])


def app_of_users(size, following=None):
    cache = msal.SerializableTokenCache()
    cache.deserialize(text_of_users(size))
    return app_of(following or answering(), cache=cache)


def code(app):
    return checked(app.acquire_token_by_authorization_code(
        "code", USER_SCOPES, redirect_uri="http://localhost"
    ))


def checked(result):
    if not result or "access_token" not in result:
        raise RuntimeError("no token")
    return result


def silent_hit(size, _):
    app = app_of_users(size)
    homes = {a["home_account_id"]: a for a in app.get_accounts()}
    following = cycle([homes[home(i)] for i in in_turn(size)])
    return lambda: checked(app.acquire_token_silent(USER_SCOPES, account=following()))


def account_look_up(size, _):
    app = app_of_users(size)
    following = cycle([home(i) for i in in_turn(size)])

    def call():
        wanted = following()
        if not [a for a in app.get_accounts() if a["home_account_id"] == wanted]:
            raise RuntimeError("no account")

    return call


def account_by_username(size, _):
    app = app_of_users(size)
    following = cycle([username(i) for i in in_turn(size)])

    def call():
        if len(app.get_accounts(following())) != 1:
            raise RuntimeError("no account")

    return call


def all_accounts(size, _):
    app = app_of_users(size)

    def call():
        if len(app.get_accounts()) != size:
            raise RuntimeError("not all accounts")

    return call


def sign_out(size, _):
    app = app_of_users(size + LEAVING)
    leaving = {home(size + i) for i in range(LEAVING)}
    accounts = [a for a in app.get_accounts() if a["home_account_id"] in leaving]
    # Whether they are gone is looked at once, outside of what is measured.
    app.remove_account(accounts.pop())
    if len(app.get_accounts()) != size + LEAVING - 1:
        raise RuntimeError("still there")
    call = lambda: app.remove_account(accounts.pop())
    call.limit = len(accounts)
    return call


def ask_for_app(app):
    """As documented: since 1.23 the second call looks into the cache by itself."""
    if not TWO_STEPS:
        return app.acquire_token_for_client(APP_SCOPES)
    return app.acquire_token_silent(APP_SCOPES, account=None) or app.acquire_token_for_client(
        APP_SCOPES
    )


TWO_STEPS = tuple(int(n) for n in msal.__version__.split(".")[:2]) < (1, 23)


def app_hit(size, _):
    one = msal.SerializableTokenCache()
    checked(app_of(answering(), cache=one).acquire_token_for_client(APP_SCOPES))
    cache = msal.SerializableTokenCache()
    cache.deserialize(multiply(one.serialize(), size, lambda i: [(TENANT, numbered(TENANT, i))]))

    def nothing():
        raise RuntimeError("not from the cache")

    apps = [app_of(nothing, tenant=numbered(TENANT, i), cache=cache) for i in in_turn(size)]
    following = cycle(apps)
    return lambda: checked(ask_for_app(following()))


def add_sign_in(size, _):
    limit = 4000
    texts = [json.dumps(answer(sign_in(size + i))) for i in range(limit)]
    app = app_of_users(size, cycle(texts))
    call = lambda: code(app)
    call.limit = limit
    return call


def misses(size, credential):
    cache = msal.TokenCache()
    reply = answering(expires_in=240)
    apps = [
        app_of(reply, tenant=numbered(TENANT, i), cache=cache, credential=credential)
        for i in in_turn(size)
    ]
    # What is signed once is signed now.
    for app in apps:
        checked(app.acquire_token_for_client(APP_SCOPES))
    following = cycle(apps)
    return lambda: checked(following().acquire_token_for_client(APP_SCOPES))


def certificate_miss(size, certificate):
    return misses(size, {
        "private_key": certificate["privateKey"],
        "thumbprint": certificate["sha1"],
    })


OPERATIONS = {
    "silentHit": silent_hit,
    "accountLookUp": account_look_up,
    "accountByUsername": account_by_username,
    "allAccounts": all_accounts,
    "signOut": sign_out,
    "appHit": app_hit,
    "addSignIn": add_sign_in,
    "certificateMiss": certificate_miss,
}


def cost_of(call, budget):
    """Microseconds of one call, as costOf() of timing.ts: the median of batches."""
    limit = getattr(call, "limit", float("inf"))
    calls = [0]

    def timed(count):
        calls[0] += count
        begun = time.perf_counter()
        for _ in range(count):
            call()
        return (time.perf_counter() - begun) * 1000

    begun = time.perf_counter()
    passed = lambda: (time.perf_counter() - begun) * 1000
    last = timed(1)
    if last > budget:
        return last * 1000
    while passed() < budget / 3 and calls[0] < limit / 3:
        last = timed(1)
    batch = max(1, int(min(1000, limit / 30, 0.5 / max(last, 0.0005))))
    samples = []
    while calls[0] + batch <= limit and (passed() < budget or len(samples) < 3):
        samples.append(timed(batch) / batch)
    return statistics.median(samples) * 1000


def rate_of(url, lanes, budget):
    """Calls per second, one thread for each lane."""
    app = msal.ConfidentialClientApplication(
        CLIENT_ID,
        authority="%s/%s" % (url, TENANT),
        client_credential="secret",
        instance_discovery=False,
    )
    begun = time.perf_counter()
    start, end = begun + budget / 3000, begun + budget / 1000
    counts = [0] * lanes

    def lane(i):
        while time.perf_counter() < end:
            checked(app.acquire_token_for_client(["api://lane-%d/.default" % i]))
            if time.perf_counter() >= start:
                counts[i] += 1

    threads = [threading.Thread(target=lane, args=(i,)) for i in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def main():
    how, what, size, budget = sys.argv[1:]
    if how == "rate":
        value = rate_of(what, int(size), float(budget))
    else:
        certificate = json.loads(os.environ["BENCH_CERTIFICATE"])
        value = cost_of(OPERATIONS[what](int(size), certificate), float(budget))
    print(json.dumps({"value": value}))


if __name__ == "__main__":
    main()
