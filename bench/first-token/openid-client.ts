/** A process that gets one token by `openid-client`. */
import { ClientSecretPost, clientCredentialsGrant, discovery } from "openid-client";

const issuer = new URL(`${process.env.BENCH_URL}/11111111-bbbb-4bbb-8bbb-000000000002/v2.0`);
const clientId = "22222222-cccc-4ccc-8ccc-000000000003";
const config = await discovery(issuer, clientId, undefined, ClientSecretPost("secret"));
await clientCredentialsGrant(config, { scope: "https://graph.microsoft.com/.default" });
process.exit();
