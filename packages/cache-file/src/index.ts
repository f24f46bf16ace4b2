/**
 * A file as the store of a token cache.
 *
 * @module
 */
export { FileTokenStore } from "./file-token-store.js";
export type { KeyRequest, KeySource } from "./key-source.js";
export { keyFromEnvironment } from "./key-text.js";
export { type KeyringOptions, keyFromKeyring, rotateKeyringKey } from "./keyring.js";
export type { FileEncryption, FileTokenStoreOptions } from "./store-arguments.js";
