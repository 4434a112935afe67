-- What the server keeps beside the licenses: who may ask, the versions of the catalogue, and answers to requests that are repeated.

CREATE TABLE tokens (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    -- Names of scopes, with spaces between them.
    scopes TEXT NOT NULL,
    -- SHA-256 of the token, which is shown once and stored nowhere.
    digest BLOB NOT NULL,
    expires_at INTEGER,
    ended_at INTEGER,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;
CREATE INDEX tokens_by_digest ON tokens (digest);

CREATE TABLE catalog_versions (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;

CREATE TABLE requests (
    -- SHA-256 of the caller, the method, the path and the Idempotency-Key.
    id BLOB PRIMARY KEY,
    -- SHA-256 of the body.
    body BLOB NOT NULL,
    -- Who carries it out, and until when others wait.
    claim BLOB NOT NULL,
    claimed_until INTEGER NOT NULL,
    -- The subjects of the entries that it made, written in their transaction.
    subjects TEXT,
    status INTEGER,
    answer TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_age ON requests (created_at);
