-- Stores the result of a run.
-- KEYS 1 entry  2 lease  3 meta  4 log  5 outcome of the token  6 failures  7 counters of the day  8... chunks
-- ARGV 1 token  2 fence  3 result  4 fetched ms ago  5 head  6 body  7 keep ms
--      8 9 10 position judged: epoch, n, tag
--      11 base: the result that the leading ask returned  12 µs since that ask was sent
--      13 sealed outcome  14 outcome ms  15 counters last so long, in s (0: not counted)
-- Answers {epoch}, {behind, n, tag, barriers}, {older}, {incomplete} or {stored, old result, its chunks}.

local function int(number) return string.format('%.0f', number) end

local meta = redis.call('HMGET', KEYS[3], 'epoch', 'n', 'tag')
if meta[1] ~= ARGV[8] then return {'epoch'} end
local n, tag, judged = tonumber(meta[2] or 0), meta[3] or '', tonumber(ARGV[9])
-- The barriers that were judged have to be those which stand there now.
if judged > n or judged == n and ARGV[10] ~= tag then return {'epoch'} end
if judged < n then
  if judged > 0 then
    local at = redis.call('XRANGE', KEYS[4], int(judged) .. '-0', int(judged) .. '-0')[1]
    if not at or at[2][2] ~= ARGV[10] then return {'epoch'} end
  end
  return {'behind', int(n), tag, redis.call('XRANGE', KEYS[4], int(judged + 1) .. '-0', '+', 'COUNT', 512)}
end

local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local old = redis.call('HMGET', KEYS[1], 'r', 'f', 'c')
local result = ARGV[3]
local state = 'stored'
if old[1] and old[1] ~= ARGV[11] and old[1] ~= result then
  -- What was stored meanwhile stays, unless its fetch began before this one's by the fence and by the clock of today:
  -- a fence may come from a clock that was fast.
  if tonumber(old[2]) >= math.min(tonumber(ARGV[2]), us - tonumber(ARGV[12])) then state = 'older' end
end
if state == 'stored' then
  for i = 8, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 0 then return {'incomplete'} end
  end
  -- The first write, so that a server without memory refuses all or nothing.
  redis.call('HSET', KEYS[1], 'r', result, 'f', ARGV[2], 't', int(math.floor(us / 1000) - tonumber(ARGV[4])),
    'k', int(n), 'p', meta[1], 'h', ARGV[5], 'b', ARGV[6], 'c', #KEYS - 7)
  redis.call('PEXPIRE', KEYS[1], ARGV[7])
  for i = 8, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[7]) end
  redis.call('DEL', KEYS[6])
end
if redis.call('HGET', KEYS[2], 'tok') == ARGV[1] then redis.call('DEL', KEYS[2]) end
-- What is there after `older` is another run's: who waited judges it like anything else.
if state == 'stored' then
  redis.call('XADD', KEYS[5], 'MAXLEN', 1, '*', 's', 'stored', 'r', result, 'x', ARGV[13])
else
  redis.call('XADD', KEYS[5], 'MAXLEN', 1, '*', 's', 'again', 'r', '', 'x', '')
end
redis.call('PEXPIRE', KEYS[5], ARGV[14])
if ARGV[15] ~= '0' and old[1] ~= result and redis.pcall('HINCRBY', KEYS[7], 'run-' .. state, 1) == 1 then
  redis.pcall('EXPIRE', KEYS[7], ARGV[15])
end
-- Its own result is no old one: this may be the second time, because the answer was lost.
if state == 'stored' and old[1] and old[1] ~= result then return {state, old[1], old[3] or 0} end
return {state}
