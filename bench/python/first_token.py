"""A process that gets one token by MSAL Python."""
import os

import msal

app = msal.ConfidentialClientApplication(
    "22222222-cccc-4ccc-8ccc-000000000003",
    authority=os.environ["BENCH_URL"] + "/11111111-bbbb-4bbb-8bbb-000000000002",
    client_credential="secret",
    instance_discovery=False,
)
result = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
raise SystemExit(0 if "access_token" in result else 1)
