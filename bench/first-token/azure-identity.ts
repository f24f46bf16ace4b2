/** A process that gets one token by `@azure/identity`. */
import { ClientSecretCredential } from "@azure/identity";

const tenant = "11111111-bbbb-4bbb-8bbb-000000000002";
const clientId = "22222222-cccc-4ccc-8ccc-000000000003";
const credential = new ClientSecretCredential(tenant, clientId, "secret", {
  authorityHost: process.env.BENCH_URL ?? "",
  disableInstanceDiscovery: true,
});
await credential.getToken("https://graph.microsoft.com/.default");
process.exit();
