/**
 * The browser of a sign-in on this computer: it walks the emulator's pages, and brings what comes of them to
 * the port that somebody listens on.
 *
 * @module
 */
import type { Emulator } from "@msal-ts/emulator";

/** Tests replace the global one. */
const { fetch } = globalThis;

/** Signs a user in where the URL leads. */
export async function visit(
  idp: Emulator,
  url: string,
  user: { username: string; password: string },
): Promise<void> {
  const asked = new URL(url).searchParams;
  const answer = new URLSearchParams(await idp.signIn(url, user));
  const back = asked.get("redirect_uri") ?? "";
  const response =
    asked.get("response_mode") === "form_post"
      ? await fetch(back, { method: "POST", body: answer })
      : await fetch(`${back}?${answer}`);
  await response.text();
}
