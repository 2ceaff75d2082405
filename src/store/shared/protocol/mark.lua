-- Puts up a barrier.
-- KEYS 1 meta  2 log
-- ARGV 1 tag  2 kind  3 sealed selector  4 length of the log  5 epoch to make if there is none
-- Answers {epoch, n}.

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'n')
local epoch, n = meta[1], tonumber(meta[2] or 0) + 1
if not epoch then
  epoch, n = ARGV[5], 1
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'n', 0, 'tag', '')
  redis.call('DEL', KEYS[2])
end
-- The log first: if that is refused, no number is used up, and a gap makes everything stale.
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], string.format('%.0f-0', n),
  't', ARGV[1], 'k', ARGV[2], 's', ARGV[3])
redis.call('HSET', KEYS[1], 'n', string.format('%.0f', n), 'tag', ARGV[1])
return {epoch, n}
