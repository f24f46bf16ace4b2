/**
 * Which part of a cluster has a key.
 *
 * Spec: redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec, "Key distribution model"
 *
 * @module
 */

const SLOTS = 16384;

/** CRC-16/XMODEM: x¹⁶ + x¹² + x⁵ + 1. */
const POLYNOMIAL = 0x1021;

/** Of what stands between the first braces, if anything does, else of the whole key. */
export function keySlot(key: string): number {
  const [, tag] = /^[^{]*\{([^}]+)\}/.exec(key) ?? [];
  let crc = 0;
  for (const byte of new TextEncoder().encode(tag ?? key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = ((crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0)) & 0xffff;
    }
  }
  return crc % SLOTS;
}
