/** A process that gets one token by `fetch`. */
const body = new URLSearchParams({
  client_id: "22222222-cccc-4ccc-8ccc-000000000003",
  client_secret: "secret",
  grant_type: "client_credentials",
  scope: "https://graph.microsoft.com/.default",
});
const url = `${process.env.BENCH_URL}/11111111-bbbb-4bbb-8bbb-000000000002/oauth2/v2.0/token`;
const response = await fetch(url, { method: "POST", body });
const answer = (await response.json()) as { access_token?: string };
process.exit(answer.access_token === undefined ? 1 : 0);

export {};
