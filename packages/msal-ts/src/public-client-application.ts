import { ClientApplication } from "./client-application.js";
import type { PublicClientApplicationOptions } from "./client-options.js";
import { MsalError } from "./errors.js";

/** An application on its users' devices, which can keep no secret: desktop, command line, mobile. */
export class PublicClientApplication extends ClientApplication {
  /**
   * @param clientId - The application's id, from its registration.
   * @throws {@link MsalError} `invalid_argument` or `invalid_authority`, naming what is wrong.
   */
  constructor(clientId: string, options: PublicClientApplicationOptions = {}) {
    if ((options as { clientCredential?: unknown } | null)?.clientCredential !== undefined) {
      throw new MsalError(
        "invalid_argument",
        "A PublicClientApplication must have no clientCredential: whoever has the application would have the secret. On a server, use ConfidentialClientApplication.",
      );
    }
    super(clientId, options);
  }
}
