import { describe, expect, test } from "vitest";
import { hex } from "../../dist/http/hex.js";
import { sha256 as byWebCryptography } from "../../dist/http/sha-256.js";
import { sha256 as byNode } from "../../dist/node/sha-256.js";

// The first two are the examples of FIPS 180-4 (one block, two blocks).
const EXAMPLES: readonly (readonly [text: string, hash: string])[] = [
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
];

describe.each([
  ["Web Cryptography", byWebCryptography],
  ["node:crypto", byNode],
])("SHA-256 by %s", (_, sha256) => {
  test.each(EXAMPLES)("of %j", async (text, hash) => {
    expect(hex(await sha256(text))).toBe(hash);
  });
});

test.each(["Grüße, 世界 🌍", "half of a pair: \ud83c."])(
  "both runtimes hash %j as the same UTF-8",
  async (text) => {
    expect(hex(await byNode(text))).toBe(hex(await byWebCryptography(text)));
  },
);
