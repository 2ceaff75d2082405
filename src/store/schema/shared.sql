-- Made when a result is shared for the first time, whatever the version: a program that knows nothing of sharing leaves
-- these tables alone.

-- The last barrier of each log that has been replayed: see store/fleet.rs. `id` stands for the log.
CREATE TABLE IF NOT EXISTS log(id INTEGER PRIMARY KEY,epoch,n,tag);

-- The last contact with each server: nanoseconds since boot and, for the same moment, ms since 1970.
CREATE TABLE IF NOT EXISTS contact(id INTEGER PRIMARY KEY,boot,wall);

-- Own invalidations (`is_delete` is 0) and deletions that the server may not have. `id` is the first 64 bits of `tag`.
CREATE TABLE IF NOT EXISTS queue(id INTEGER PRIMARY KEY,log,at,tag,is_delete,selector);

-- Where the entry with this `result` stands among the results of other hosts.
CREATE TABLE IF NOT EXISTS fence(id INTEGER PRIMARY KEY,result,epoch,fence);
