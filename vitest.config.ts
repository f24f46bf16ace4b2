import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// Tests import the built packages, as users do, and Node.js loads them, not Vitest: `npm test` builds first, and
// what the compiler made is bundled before the tests begin. Only to measure coverage
// (`npx vitest run --coverage`) Vitest has to load the packages itself, before they are bundled.
const coverage = process.argv.includes("--coverage");

export default defineConfig({
  resolve: coverage
    ? {
        alias: {
          "msal-ts/testing": resolve("packages/msal-ts/dist/testing/index.js"),
          "msal-ts": resolve("packages/msal-ts/dist/index.js"),
        },
      }
    : {},
  test: {
    globalSetup: ["scripts/bundle.mjs", "packages/msal-ts/test/sockets-certificate.ts"],
    server: { deps: { external: coverage ? [] : [/\/(?:dist|lib)\//] } },
    coverage: { include: ["packages/*/dist/**/*.js"], reporter: ["text"] },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["packages/*/test/**/*.test.ts", "bench/test/*.test.ts"] },
      },
      { extends: true, test: { name: "interop", include: ["interop/**/*.test.ts"] } },
      // Each of these runs a process or two.
      {
        extends: true,
        test: { name: "samples", include: ["samples/test/*.test.ts"], maxConcurrency: 2 },
      },
    ],
  },
});
