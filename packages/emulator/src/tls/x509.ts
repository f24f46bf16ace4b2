/**
 * The X.509 library, loaded when the first certificate is made: it takes longer than all the rest of us.
 *
 * @module
 */

/** The library, once the polyfill is there that its dependency injection insists on. */
export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
