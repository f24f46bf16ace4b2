/**
 * What happens in one atomic step when a partition is written.
 *
 * @module
 */

/**
 * The field of a partition's hash that says which state it is in. The keys of entries are texts without
 * control characters.
 */
export const VERSION_FIELD = "\u0000v";

/**
 * KEYS[1]: the partition's hash. ARGV: the mark of the new state, then field and content in turn; a content
 * of "" removes its field. A content is `<seconds since the epoch, or nothing>|<value>`.
 *
 * What has expired leaves with this write, and the hash expires with the entry that lasts longest. "Now" is
 * the server's: there is one of it, however many processes there are. (TIME before a write takes Redis 5.)
 */
export const WRITE_SCRIPT = `
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
local now = tonumber(redis.call('TIME')[1])
local all = redis.call('HGETALL', KEYS[1])
local left, last = 0, 0
for i = 1, #all, 2 do
  if all[i] ~= '\\0v' then
    local ends = tonumber(string.match(all[i + 1], '^(%d+)|'))
    if ends and ends <= now then
      redis.call('HDEL', KEYS[1], all[i])
    else
      left = left + 1
      if ends and ends > last then last = ends end
    end
  end
end
if left == 0 then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('HSET', KEYS[1], '\\0v', ARGV[1])
if last > 0 then
  redis.call('EXPIREAT', KEYS[1], last)
else
  redis.call('PERSIST', KEYS[1])
end
return left
`;

let digest: Promise<string> | undefined;

/** What the server calls the script once it has seen it: its SHA-1, in hexadecimal. */
export function writeScriptDigest(): Promise<string> {
  digest ??= crypto.subtle
    .digest("SHA-1", new TextEncoder().encode(WRITE_SCRIPT))
    .then((bytes) =>
      [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    );
  return digest;
}
