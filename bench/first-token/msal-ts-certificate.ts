/** A process that gets one token by `msal-ts`, and signs for it. */
import { ConfidentialClientApplication, unwrap } from "msal-ts";
import type { Certificate } from "../libraries/library.js";

const { privateKey, certificate: publicCertificate } = JSON.parse(
  process.env.BENCH_CERTIFICATE ?? "",
) as Certificate;
const app = new ConfidentialClientApplication("22222222-cccc-4ccc-8ccc-000000000003", {
  authority: `${process.env.BENCH_URL}/11111111-bbbb-4bbb-8bbb-000000000002`,
  clientCredential: { privateKey, publicCertificate },
});
unwrap(await app.acquireTokenForClient(["https://graph.microsoft.com/.default"]));
process.exit();
