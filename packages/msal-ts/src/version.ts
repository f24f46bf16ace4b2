/** Version of this package, as it is sent to the identity provider. A test compares it with package.json. */
export const VERSION = "0.1.0";
