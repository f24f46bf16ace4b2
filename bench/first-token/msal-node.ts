/** A process that gets one token by `@azure/msal-node`. */
import { ConfidentialClientApplication } from "@azure/msal-node";

const url = process.env.BENCH_URL ?? "";
const app = new ConfidentialClientApplication({
  auth: {
    clientId: "22222222-cccc-4ccc-8ccc-000000000003",
    clientSecret: "secret",
    authority: `${url}/11111111-bbbb-4bbb-8bbb-000000000002`,
    knownAuthorities: [new URL(url).host],
  },
});
await app.acquireTokenByClientCredential({ scopes: ["https://graph.microsoft.com/.default"] });
process.exit();
