/**
 * Private keys where there is no Node: PEM that is not encrypted.
 *
 * @module
 */
import { MsalError } from "../errors.js";
import { bytesFromBase64 } from "./base64.js";

/** What a caller gives to sign with. */
export interface KeyMaterial {
  /** PEM. */
  privateKey: string;
  passphrase?: string | undefined;
  /** DER of the certificate that the key belongs to. */
  certificate?: Uint8Array | undefined;
}

/** PKCS#8 (RFC 5208 §5) around an RSA key: version 0, rsaEncryption with no parameters. */
const RSA_ALGORITHM = [
  0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
  0x05, 0x00,
];

/**
 * The key as DER of unencrypted PKCS#8.
 *
 * @throws MsalError `invalid_argument` if it is no PEM, `unsupported_runtime` if it is encrypted.
 */
export function readPrivateKey(material: KeyMaterial): Uint8Array<ArrayBuffer> {
  const { privateKey } = material;
  if (/ENCRYPTED/.test(privateKey)) {
    throw new MsalError(
      "unsupported_runtime",
      "clientCredential.privateKey is encrypted, and only Node.js can decrypt it. Give an unencrypted key (from the runtime's secrets), or a clientAssertion callback that signs elsewhere.",
    );
  }
  const block =
    /-----BEGIN (RSA )?PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END (?:RSA )?PRIVATE KEY-----/.exec(
      privateKey,
    );
  const der = block && bytesFromBase64(block[2]!);
  if (!block || !der) {
    throw new MsalError(
      "invalid_argument",
      "clientCredential.privateKey cannot be read. It must be an RSA private key in PEM (PKCS#8 or PKCS#1), complete with its BEGIN and END lines.",
    );
  }
  return block[1] === undefined ? der : wrapPkcs1(der);
}

function wrapPkcs1(key: Uint8Array): Uint8Array<ArrayBuffer> {
  return tlv(0x30, [...RSA_ALGORITHM, ...tlv(0x04, key)]);
}

/** One DER element: tag, length, value. */
function tlv(tag: number, value: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = value.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  const header = value.length < 0x80 ? [value.length] : [0x80 | length.length, ...length];
  return Uint8Array.from([tag, ...header, ...Array.from(value)]);
}
