import { expect, test } from "vitest";
import { ADA, CONTOSO, DESKTOP, PASSWORD, setup } from "../setup.js";

// Hosts of External ID: its own, and a custom domain.
test.for(["contoso.ciamlogin.com", "login.customers.example"])(
  "%s has its endpoints under its own name, and issues under the tenant's GUID",
  async (host) => {
    const { idp, get, app, tenantId, verify } = setup({
      ciamDomains: ["Login.Customers.example"],
    });
    const tid = tenantId(CONTOSO);
    const issuer = `https://${tid}.ciamlogin.com/${tid}/v2.0`;

    const { body } = await get(`https://${host}/${CONTOSO}/v2.0/.well-known/openid-configuration`);
    const tokens = await idp.fetch(String(body.token_endpoint), {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "password",
        client_id: app(DESKTOP).clientId,
        username: ADA,
        password: PASSWORD,
        scope: "openid profile",
      }),
    });

    expect(body).toMatchObject({
      issuer,
      token_endpoint: `https://${host}/${tid}/oauth2/v2.0/token`,
      device_authorization_endpoint: `https://${host}/${tid}/oauth2/v2.0/devicecode`,
    });
    const { id_token } = (await tokens.json()) as { id_token: string };
    expect(await verify(id_token)).toMatchObject({ iss: issuer, tid, preferred_username: ADA });
  },
);

test.for([
  "common/v2.0/.well-known/openid-configuration",
  "organizations/v2.0/.well-known/openid-configuration",
  `common/userrealm/${ADA}?api-version=1.0`,
])("External ID has nothing that tenants share: %s", async (path) => {
  const { idp } = setup();

  expect((await idp.fetch(`https://contoso.ciamlogin.com/${path}`)).status).toBe(404);
});
