-- Removes an entry that nobody may use, if it is still the same.
-- KEYS 1 entry
-- ARGV 1 result  2 epoch and 3 number of the barrier that it is below ('': whatever they are)
-- Answers the number of its chunks, or -1 if it stays.

local entry = redis.call('HMGET', KEYS[1], 'r', 'p', 'k', 'c')
if entry[1] ~= ARGV[1] then return -1 end
if ARGV[2] ~= '' and (entry[2] ~= ARGV[2] or tonumber(entry[3]) >= tonumber(ARGV[3])) then return -1 end
redis.call('UNLINK', KEYS[1])
return tonumber(entry[4] or 0)
