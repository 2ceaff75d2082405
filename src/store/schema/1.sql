-- Version 1. SQLite keeps the text of each statement and parses it whenever a database is opened. So the statements are
-- short: they have no types where a type changes nothing, and comments stand outside of them.

-- The entries, one for each key. `id` is the first 64 bits of the SHA-256 `key`. Times are in ms since 1970, `took` in
-- µs. `body` is the transcript or, if `chunked`, the XXH3-128 digests of its chunks; it comes last, because it is long.
-- `is_failure` is 1 for what is stored only because of a failure ttl, and 2 for what has a lifetime of its own: see
-- `condition`. `checksum` covers all that a hit reads; `parts` is the preimage of `key`, and `recipe` has a checksum of
-- its own.
CREATE TABLE entry(id INTEGER PRIMARY KEY,key,fetched_at,took,exit,invalidated,is_failure,expires_at,result,size,chunked,checksum,parts,recipe,body);
CREATE INDEX entry_expires ON entry(expires_at);

-- Long transcripts. `id` is the entry's `result` plus the number of the chunk.
CREATE TABLE chunk(id INTEGER PRIMARY KEY,data);

-- Results with chunks but without an entry: being written or read, or garbage. Their lock tells which.
CREATE TABLE pending(result INTEGER PRIMARY KEY);

-- Background fetches that failed in a row.
CREATE TABLE failure(id INTEGER PRIMARY KEY,key,count,at,status,retry_at,stderr);

-- Barriers, in order: `is_delete` is 0 for an invalidation, 1 for a deletion, 2 for a result stored by hand. The last
-- one is never removed, so that numbers are not used again.
CREATE TABLE barrier(id INTEGER PRIMARY KEY,at,is_delete,selector);
