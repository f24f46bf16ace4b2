/**
 * Names of regions, which become part of a host.
 *
 * @module
 */

/** A region's name; whatever else comes must not become part of a host. */
const REGION = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a name may be a region's, for example `westus2`. */
export function isRegion(name: unknown): name is string {
  return typeof name === "string" && REGION.test(name) && name !== "true" && name !== "false";
}
