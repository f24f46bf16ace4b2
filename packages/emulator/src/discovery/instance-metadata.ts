/**
 * The instance metadata service: what tells a virtual machine in which region it runs (§22).
 *
 * Spec: learn.microsoft.com/azure/virtual-machines/instance-metadata-service
 *
 * @module
 */
import type { Call } from "../call.js";
import { json, respond } from "../respond.js";

const VERSIONS: readonly string[] = ["2021-02-01", "2021-01-01", "2020-06-01", "2019-06-01"];

/** `GET /metadata/instance/compute`, and `/location` below it. There is none unless a region is configured. */
export function instanceMetadata(call: Call, part: "compute" | "location"): Response {
  const { azureRegion } = call.emulation.config;
  if (azureRegion === undefined) return respond(call, "", 404, { "content-type": "text/plain" });
  if (call.request.headers.metadata?.toLowerCase() !== "true") {
    return json(call, { error: "Bad request. Required metadata header not specified" }, {}, 400);
  }
  if (!VERSIONS.includes(call.query["api-version"] ?? "")) {
    const error = "Bad request. api-version is invalid or was not specified in the request.";
    return json(call, { error, "newest-versions": VERSIONS.slice(0, 3) }, {}, 400);
  }
  if (part === "compute") return json(call, { location: azureRegion, name: "emulator" }, {});
  return call.query.format === "text"
    ? respond(call, azureRegion, 200, { "content-type": "text/plain; charset=utf-8" })
    : json(call, { error: "The requested resource is only available as text." }, {}, 404);
}
