-- One text for both engines. Integers are 64 bits; days are their numbers in keys, times are milliseconds since 1970 in UTC.

CREATE TABLE ledger (
    environment TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE customers (
    id BLOB PRIMARY KEY,
    name TEXT,
    sort_name TEXT,
    company TEXT,
    email TEXT,
    -- The e-mail as it is compared; null after an erasure, so that the address is free again.
    email_key TEXT UNIQUE,
    domain TEXT,
    contacts TEXT,
    reseller INTEGER NOT NULL,
    notes TEXT,
    merged_into BLOB REFERENCES customers (id),
    erased_at INTEGER,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;

CREATE INDEX customers_by_merger ON customers (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE generators (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    order_json TEXT NOT NULL,
    signing TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;

CREATE TABLE licenses (
    id BLOB PRIMARY KEY,
    product INTEGER NOT NULL,
    edition INTEGER NOT NULL,
    kind TEXT NOT NULL,
    base_state TEXT NOT NULL,
    hold TEXT,
    held_at INTEGER,
    revoked_for TEXT,
    customer BLOB REFERENCES customers (id),
    offer TEXT,
    generator BLOB REFERENCES generators (id),
    seats INTEGER,
    activation_limit INTEGER,
    activations INTEGER NOT NULL,
    was_activated INTEGER NOT NULL,
    lease_days INTEGER,
    features INTEGER NOT NULL,
    limits TEXT NOT NULL,
    valid_from INTEGER,
    valid_through INTEGER,
    last_usable_day INTEGER,
    updates_through INTEGER,
    metadata TEXT,
    notes TEXT,
    subscription_id TEXT,
    subscription_name TEXT,
    ticket TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;
CREATE INDEX licenses_by_customer ON licenses (customer, id);
CREATE INDEX licenses_held ON licenses (id) WHERE hold IS NOT NULL;

CREATE TABLE license_keys (
    serial BLOB PRIMARY KEY,
    license BLOB NOT NULL REFERENCES licenses (id),
    role TEXT NOT NULL,
    -- For a locked key, the machine; otherwise empty.
    machine TEXT NOT NULL,
    status TEXT NOT NULL,
    revoked_for TEXT,
    text TEXT NOT NULL,
    digest BLOB NOT NULL,
    signing_key BLOB NOT NULL,
    -- The fields of the issue record that stand beside the key, as JSON.
    circumstances TEXT NOT NULL,
    -- The order among the keys of a license, and by time among those of others.
    position INTEGER NOT NULL,
    delivered_at INTEGER
) STRICT;
CREATE INDEX license_keys_by_license ON license_keys (license);
CREATE UNIQUE INDEX license_keys_current ON license_keys (license, role, machine) WHERE status = 'current';
CREATE INDEX license_keys_revoked ON license_keys (digest) WHERE status = 'revoked';

CREATE TABLE record_keys (
    record_key BLOB NOT NULL,
    serial BLOB NOT NULL,
    PRIMARY KEY (record_key, serial)
) STRICT, WITHOUT ROWID;

-- Keys of deleted licenses: no serial is used twice, and the keys that left stay on the revocation list.
CREATE TABLE deleted_keys (
    serial BLOB PRIMARY KEY,
    digest BLOB NOT NULL,
    signing_key BLOB NOT NULL,
    revoked_for TEXT,
    deleted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deleted_keys_revoked ON deleted_keys (digest) WHERE revoked_for IS NOT NULL;

CREATE TABLE activations (
    id BLOB PRIMARY KEY,
    license BLOB NOT NULL REFERENCES licenses (id),
    -- 32 hex digits of a fingerprint as it was activated, or the vendor's own id of the machine.
    machine TEXT NOT NULL,
    name TEXT,
    activated_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    lease_ends_at INTEGER,
    locked_key BLOB,
    released_at INTEGER,
    released_by TEXT,
    release_reason TEXT,
    -- For a machine whose locked key works on: the last day on which the slot stays counted.
    counted_through INTEGER
) STRICT;
CREATE INDEX activations_by_license ON activations (license);
CREATE INDEX activations_by_lease ON activations (lease_ends_at) WHERE released_at IS NULL AND lease_ends_at IS NOT NULL;
CREATE INDEX activations_counted ON activations (counted_through) WHERE counted_through IS NOT NULL;
CREATE UNIQUE INDEX activations_in_use ON activations (license, machine) WHERE released_at IS NULL;

CREATE TABLE audit_log (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER UNIQUE,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT,
    entry TEXT NOT NULL,
    leaf BLOB NOT NULL,
    personal TEXT
) STRICT;
CREATE INDEX audit_log_unsequenced ON audit_log (number) WHERE position IS NULL;
CREATE INDEX audit_log_by_subject ON audit_log (subject, number);

CREATE TABLE audit_tree (
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

CREATE TABLE signed_lists (
    number INTEGER PRIMARY KEY,
    signing_key BLOB NOT NULL,
    at INTEGER NOT NULL,
    digest BLOB NOT NULL,
    -- What two lists share that say the same of the same licenses.
    licenses BLOB NOT NULL,
    -- The signed file of the newest list.
    file TEXT
) STRICT;
