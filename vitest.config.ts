import { defineConfig } from "vitest/config";

// Tests import the built packages, as users do: `npm test` builds first.
export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "interop/**/*.test.ts"],
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
