-- Ends a run that stores nothing.
-- KEYS 1 lease  2 outcome of the token  3 pass marker  4 failures  5 counters of the day
-- ARGV 1 token  2 failed, again or pass  3 sealed outcome  4 outcome ms  5 in the background (0, 1)
--      6 7 first and longest pause ms  8 pass ms  9 failures ms  10 counters last so long, in s (0: not counted)
-- Answers 1, or 0 if this run has ended before.

if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if redis.call('HGET', KEYS[1], 'tok') == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('XADD', KEYS[2], 'MAXLEN', 1, '*', 's', ARGV[2], 'r', '', 'x', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
if ARGV[2] == 'pass' then redis.call('SET', KEYS[3], 1, 'PX', ARGV[8]) end
if ARGV[2] == 'failed' and ARGV[5] == '1' then
  local time = redis.call('TIME')
  local ms = time[1] * 1000 + math.floor(time[2] / 1000)
  local count = redis.call('HINCRBY', KEYS[4], 'count', 1)
  local pause = math.min(tonumber(ARGV[6]) * 2 ^ math.min(count - 1, 30), tonumber(ARGV[7]))
  redis.call('HSET', KEYS[4], 'until', string.format('%.0f', ms + pause))
  redis.call('PEXPIRE', KEYS[4], ARGV[9])
end
if ARGV[10] ~= '0' and redis.pcall('HINCRBY', KEYS[5], 'run-' .. ARGV[2], 1) == 1 then
  redis.pcall('EXPIRE', KEYS[5], ARGV[10])
end
return 1
