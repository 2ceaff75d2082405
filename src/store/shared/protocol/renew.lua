-- Keeps a lease, or takes it again if it was lost and nothing came of that.
-- KEYS 1 lease  2 entry  3 outcome of the token
-- ARGV 1 token  2 fence  3 holder  4 lease ms
-- Answers kept, retaken or lost.

-- A renewal that comes late must not bring back a lease that has ended: followers would find its outcome and a lease
-- that nobody drops.
if redis.call('EXISTS', KEYS[3]) == 1 then return 'lost' end
local token = redis.call('HGET', KEYS[1], 'tok')
if token == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return 'kept'
end
if token then return 'lost' end
local fence = redis.call('HGET', KEYS[2], 'f')
if fence and tonumber(fence) > tonumber(ARGV[2]) then return 'lost' end
redis.call('HSET', KEYS[1], 'tok', ARGV[1], 'f', ARGV[2], 'h', ARGV[3], 'ms', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 'retaken'
