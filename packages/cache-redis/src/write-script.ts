/**
 * What happens in one atomic step when a partition is written.
 *
 * @module
 */
import { LATE } from "./writes-in-doubt.js";

/** What our own fields in a partition's hash begin with; the keys of entries are texts without control characters. */
export const OWN_FIELD = "\u0000";

/** The field that says which state a partition is in. */
export const VERSION_FIELD = "\u0000v";

/** What Redis takes for a time it can add to. Seconds; the year 5138. */
export const LATEST = 99_999_999_999;

/**
 * KEYS[1]: the partition's hash. ARGV: the mark of this write and of the new state, how many older writes
 * it calls off, their marks, then field and content in turn; a content of "" removes its field. A content is
 * `<seconds since the epoch, or nothing>|<value>`.
 *
 * What has expired leaves with this write, and the hash expires with the entry that lasts longest. "Now" is
 * the server's: there is one of it, however many processes there are. (TIME before a write takes Redis 5.)
 *
 * A write that was called off is told by the field `\0x<mark>`, which stays until that write comes or cannot
 * come any more. Entries go first: a server whose memory is full refuses the first write of a script alone,
 * and a removal never.
 */
export const WRITE_SCRIPT: string = `
if redis.call('HGET', KEYS[1], '\\0x' .. ARGV[1]) then
  redis.call('HDEL', KEYS[1], '\\0x' .. ARGV[1])
  return 0
end
local now = tonumber(redis.call('TIME')[1])
local first = 3 + tonumber(ARGV[2])
for i = first, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
for i = 3, first - 1 do
  redis.call('HSET', KEYS[1], '\\0x' .. ARGV[i], (now + ${LATE}) .. '|')
end
local all = redis.call('HGETALL', KEYS[1])
local left, last, awaited = 0, 0, 0
for i = 1, #all, 2 do
  if all[i] ~= '\\0v' then
    local ends = tonumber(string.match(all[i + 1], '^(%d+)|'))
    if ends and ends <= now then
      redis.call('HDEL', KEYS[1], all[i])
    elseif string.sub(all[i], 1, 2) == '\\0x' then
      awaited = math.max(awaited, ends or 0)
    else
      left = left + 1
      if ends then last = math.min(math.max(last, ends), ${LATEST}) end
    end
  end
end
if left > 0 then
  redis.call('HSET', KEYS[1], '\\0v', ARGV[1])
elseif awaited > 0 then
  redis.call('HDEL', KEYS[1], '\\0v')
else
  redis.call('DEL', KEYS[1])
  return 0
end
if left == 0 or last > 0 then
  redis.call('EXPIREAT', KEYS[1], math.max(last, awaited))
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
