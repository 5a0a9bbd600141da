-- Which key ring the sealed values of this database belong to, so that a wrong key file is noticed before it seals anything.

CREATE TABLE access.key_ring (
    only_row boolean NOT NULL DEFAULT true,
    fingerprint bytea NOT NULL,
    adopted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT key_ring_pk PRIMARY KEY (only_row),
    CONSTRAINT key_ring_single CHECK (only_row),
    CONSTRAINT key_ring_fingerprint_length CHECK (octet_length(fingerprint) = 8)
);
COMMENT ON TABLE access.key_ring IS 'The key ring of this database; one row, written by the first server that starts on it.';
COMMENT ON COLUMN access.key_ring.only_row IS 'Always true.';
COMMENT ON COLUMN access.key_ring.fingerprint IS 'Tells one key ring from another and nothing about the keys.';
COMMENT ON COLUMN access.key_ring.adopted_at IS 'When the first server started.';
