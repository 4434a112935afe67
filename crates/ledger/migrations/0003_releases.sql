-- The machines that customers released themselves: a product may bound how many these are.
CREATE TABLE customer_releases (
    activation BLOB PRIMARY KEY REFERENCES activations (id),
    license BLOB NOT NULL REFERENCES licenses (id),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_releases_by_license ON customer_releases (license, at);
