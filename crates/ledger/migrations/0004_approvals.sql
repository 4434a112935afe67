-- Orders that break rules which an approval lifts, as they were asked for.
CREATE TABLE approvals (
    id BLOB PRIMARY KEY,
    state TEXT NOT NULL,
    action TEXT NOT NULL,
    -- The license on record that the order is about. It may be deleted while the approval waits.
    license BLOB,
    customer BLOB REFERENCES customers (id),
    -- What would be issued on the day of the request.
    product INTEGER NOT NULL,
    edition INTEGER NOT NULL,
    kind TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_through INTEGER,
    last_useful_day INTEGER,
    order_json TEXT,
    order_digest BLOB,
    refusals TEXT,
    reason TEXT,
    asked_by TEXT NOT NULL,
    maker TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX approvals_by_state ON approvals (state, id);
CREATE INDEX approvals_by_customer ON approvals (customer) WHERE customer IS NOT NULL;
-- The same order waits once.
CREATE UNIQUE INDEX approvals_waiting ON approvals (order_digest) WHERE state = 'waiting';
