-- Decides what an asker gets: the entry, the token to wait for, or the lease.
-- KEYS 1 entry  2 meta  3 log  4 lease  5 pass marker  6 failures  7 outcome of the asker's token
--      8 counters of the day
-- ARGV 1 fresh ms  2 stale ms (-1: never)  3 lowest fence  4 awaited result  5 rejected result
--      6 entry in any case (0, 1)
--      7 8 9 position seen: epoch, n, tag  10 epoch to make if there is none
--      11 token ('' wants no lease)  12 dead token  13 holder  14 lease ms  15 in the background (0, 1)
--      16 counters last so long, in s (0: not counted)
-- Answers {state, {µs, epoch, n, tag, position is known, next fence}, entry or false, barriers, details,
-- is primary}.

local function int(number) return string.format('%.0f', number) end
local function failed(reply) return type(reply) == 'table' and reply.err end
-- The fields of a hash. What is no hash has taken a name that is nobody's but ours: it goes.
local function fields(key, ...)
  local reply = redis.pcall('HMGET', key, ...)
  if not failed(reply) then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then return redis.call('HMGET', key, ...) end
  redis.pcall('UNLINK', key)
  return {}
end

local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local ms = math.floor(us / 1000)

-- `meta` can be evicted alone: the barriers of the old epoch must not stand in the way of the new one's.
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'n', 'tag')
local epoch, n, tag = meta[1] or '', tonumber(meta[2] or 0), meta[3] or ''
if epoch == '' then
  n, tag = 0, ''
  if not failed(redis.pcall('HSET', KEYS[2], 'epoch', ARGV[10], 'n', 0, 'tag', '')) then
    epoch = ARGV[10]
    redis.call('DEL', KEYS[3])
  end
end

-- A fail-over can take barriers back and number others like them: only the tag tells them apart.
local seen = tonumber(ARGV[8])
local known = epoch ~= '' and ARGV[7] == epoch
if known and seen == n then
  known = ARGV[9] == tag
elseif known and seen > 0 then
  local at = redis.call('XRANGE', KEYS[3], int(seen) .. '-0', int(seen) .. '-0')[1]
  known = at ~= nil and at[2][2] == ARGV[9]
end

local entry = fields(KEYS[1], 'r', 'f', 't', 'k', 'p')
local lease = fields(KEYS[4], 'tok', 'f', 'h', 'ms')
-- Fences grow although the clock may not.
local fence = us
if entry[2] then fence = math.max(fence, tonumber(entry[2]) + 1) end
if lease[2] then fence = math.max(fence, tonumber(lease[2]) + 1) end

local is_of_epoch = entry[1] and epoch ~= '' and entry[5] == epoch
local age = is_of_epoch and ms - tonumber(entry[3])

local function decide()
  if is_of_epoch and entry[1] ~= ARGV[5] and tonumber(entry[2]) >= tonumber(ARGV[3]) then
    if entry[1] == ARGV[4] then return 'fresh' end
    -- Fetched in the future: the clock was set back, and how old that is nobody knows.
    if age >= 0 and age < tonumber(ARGV[1]) then return 'fresh' end
    if age >= 0 and age < tonumber(ARGV[2]) then return 'stale' end
  end
  local token = ARGV[11]
  if token == '' then return 'none' end
  if redis.call('EXISTS', KEYS[5]) == 1 then return 'pass' end
  if ARGV[15] == '1' then
    local pause = tonumber(fields(KEYS[6], 'until')[1] or 0) - ms
    if pause > 0 then return 'backoff', {int(pause)} end
  end
  if lease[1] and lease[1] ~= token and lease[1] ~= ARGV[12] then
    local left = redis.call('PTTL', KEYS[4])
    -- The clock was set back: the lease of a leader that is dead would stay for as long.
    if left < 0 or left > tonumber(lease[4]) then
      left = tonumber(lease[4])
      redis.pcall('PEXPIRE', KEYS[4], left)
    end
    return 'busy', {lease[1], lease[2], lease[3], int(left)}
  end
  -- This ask was late: its run has ended. A lease now would have nobody to renew or drop it, and an outcome already.
  if redis.call('EXISTS', KEYS[7]) == 1 then return 'none' end
  -- The same token once more: the answer was lost.
  local mine = lease[1] == token and lease[2] or int(fence)
  local written = redis.pcall('HSET', KEYS[4], 'tok', token, 'f', mine, 'h', ARGV[13], 'ms', ARGV[14])
  if failed(written) then return 'nolease', {written.err} end
  redis.call('PEXPIRE', KEYS[4], ARGV[14])
  return 'lead', {mine, entry[1] or ''}
end
local state, details = decide()

local from = known and seen or n
local given = false
if is_of_epoch and (state == 'fresh' or state == 'stale' or ARGV[6] == '1') then
  local sealed = redis.call('HMGET', KEYS[1], 'h', 'b', 'c')
  given = {entry[1], entry[2], int(age), entry[4], sealed[1], sealed[2], sealed[3]}
  from = math.min(from, tonumber(entry[4]))
end
local barriers = {}
if from < n then barriers = redis.call('XRANGE', KEYS[3], int(from + 1) .. '-0', '+', 'COUNT', 512) end

-- Only a primary that may write has every barrier: these change nothing else there, and fail elsewhere. They are the last
-- step, because a server that is out of memory lets a script go on that has written. It does not count then.
local is_counted = false
if ARGV[16] ~= '0' then
  local count = redis.pcall('HINCRBY', KEYS[8], state, 1)
  is_counted = not failed(count)
  if count == 1 then redis.pcall('EXPIRE', KEYS[8], ARGV[16]) end
end
local is_primary = state == 'lead' or is_counted or not failed(redis.pcall('PERSIST', KEYS[2]))
local head = {int(us), epoch, int(n), tag, known and 1 or 0, int(fence)}
return {state, head, given, barriers, details or {}, is_primary and 1 or 0}
