-- Version 2. The order of fetches, so that the newest entries are found without reading all of them.
CREATE INDEX entry_fetched ON entry(fetched_at);

-- The condition of the entry with this `result`: see store/condition.rs.
CREATE TABLE condition(id INTEGER PRIMARY KEY,result,facts);

-- How often an entry was served: folded in from the tally now and then. `used_at` in ms since 1970, `saved` in µs.
CREATE TABLE usage(id INTEGER PRIMARY KEY,used_at,hits,stale_hits,saved);
CREATE INDEX usage_used ON usage(used_at);

-- What happened in each hour since 1970, by the kind of event in store/event.rs.
CREATE TABLE activity(hour,kind,count,saved,PRIMARY KEY(hour,kind))WITHOUT ROWID;
