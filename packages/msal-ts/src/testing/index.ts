export {
  type TestRunner,
  type TokenStoreFixture,
  testTokenStore,
} from "./test-token-store.js";
