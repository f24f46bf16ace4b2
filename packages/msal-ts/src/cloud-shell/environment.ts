/**
 * Whether this runs in Azure Cloud Shell.
 *
 * @module
 */

/** An environment variable; undefined where there are none, or no permission to read them. */
function variable(name: string): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return process?.env?.[name];
  } catch {
    return undefined;
  }
}

/** Whether this runs in Azure Cloud Shell. */
export function isInCloudShell(): boolean {
  return variable("AZUREPS_HOST_ENVIRONMENT")?.startsWith("cloud-shell") ?? false;
}
