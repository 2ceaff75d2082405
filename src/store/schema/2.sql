-- Version 2. The newest entries, without a look at all of them.
CREATE INDEX entry_fetched ON entry(fetched_at);

-- What else decides about the entry with this `result`, for readers who ask for it: see condition.rs.
CREATE TABLE condition(id INTEGER PRIMARY KEY,result,facts);

-- How often an entry was served: folded in from the tally now and then. `used_at` in ms since 1970, `saved` in µs.
CREATE TABLE usage(id INTEGER PRIMARY KEY,used_at,hits,stale_hits,saved);
CREATE INDEX usage_used ON usage(used_at);

-- What happened in each hour since 1970, by the kind of event in tally.rs.
CREATE TABLE activity(hour,kind,count,saved,PRIMARY KEY(hour,kind))WITHOUT ROWID;
