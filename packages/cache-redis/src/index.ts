export type { IoredisClient, NodeRedisClient, RedisClient } from "./redis-client.js";
export {
  type RedisEncryption,
  RedisTokenStore,
  type RedisTokenStoreOptions,
} from "./redis-token-store.js";
