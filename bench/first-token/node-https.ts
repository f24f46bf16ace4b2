/** A process that gets one token by `node:https`. */
import { request } from "node:https";

const form = new URLSearchParams({
  client_id: "22222222-cccc-4ccc-8ccc-000000000003",
  client_secret: "secret",
  grant_type: "client_credentials",
  scope: "https://graph.microsoft.com/.default",
}).toString();
const url = `${process.env.BENCH_URL}/11111111-bbbb-4bbb-8bbb-000000000002/oauth2/v2.0/token`;
const headers = { "content-type": "application/x-www-form-urlencoded" };
request(url, { method: "POST", headers }, (incoming) => {
  let text = "";
  incoming.setEncoding("utf8");
  incoming.on("data", (chunk: string) => {
    text += chunk;
  });
  incoming.on("end", () => process.exit("access_token" in JSON.parse(text) ? 0 : 1));
}).end(form);
