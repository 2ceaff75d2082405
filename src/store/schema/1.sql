-- Version 1. SQLite parses this text each time a database is opened, so it holds no more than it needs: no types where
-- they change nothing, and the words about a table stand outside it.

-- One result a key. `id` is the first 64 bits of the SHA-256 `key`. Times are in ms since 1970, `took` in µs.
-- `body` is the transcript or, if `chunked`, the XXH3-128 digests of its chunks; it comes last, because it is long.
-- `is_failure` is 1 for what is stored only because of a failure ttl, and 2 for what has a lifetime of its own: see `condition`.
-- `checksum` covers all that a hit reads; `parts` is the preimage of `key`, and `recipe` has a checksum of its own.
CREATE TABLE entry(id INTEGER PRIMARY KEY,key,fetched_at,took,exit,invalidated,is_failure,expires_at,result,size,chunked,checksum,parts,recipe,body);
CREATE INDEX entry_expires ON entry(expires_at);

-- Long transcripts. `id` is the entry's `result` plus the number of the chunk.
CREATE TABLE chunk(id INTEGER PRIMARY KEY,data);

-- Results with chunks but without an entry: being written, or garbage. Their lock tells which.
CREATE TABLE pending(result INTEGER PRIMARY KEY);

-- Background fetches that failed in a row.
CREATE TABLE failure(id INTEGER PRIMARY KEY,key,count,at,status,retry_at,stderr);

-- Invalidations and deletions, in order. The last one is never removed, so that numbers are not used again.
CREATE TABLE barrier(id INTEGER PRIMARY KEY,at,is_delete,selector);
