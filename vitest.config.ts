import { defineConfig } from "vitest/config";

// Tests import the built packages, as users do: `npm test` builds first.
export default defineConfig({
  test: {
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/*/test/**/*.test.ts"] } },
      { extends: true, test: { name: "interop", include: ["interop/**/*.test.ts"] } },
    ],
  },
});
