-- The door to other systems by the DCI standard: which messages were seen.

CREATE SCHEMA dci;
COMMENT ON SCHEMA dci IS 'The door to other systems by the standard of the Digital Convergence Initiative.';

CREATE TABLE dci.message_seen (
    sender_id text NOT NULL,
    message_id text NOT NULL,
    body_hash bytea NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT message_seen_pk PRIMARY KEY (sender_id, message_id),
    CONSTRAINT message_seen_hash_length CHECK (octet_length(body_hash) = 32)
);
-- Rows come in the order of time, so a summary for each block of pages is enough to find the old ones.
CREATE INDEX message_seen_age ON dci.message_seen USING brin (seen_at) WITH (pages_per_range = 32);
COMMENT ON TABLE dci.message_seen IS 'Message ids of the last day or two with a digest of their bodies, so that an id is not used for two messages; trimmed by age.';
COMMENT ON COLUMN dci.message_seen.sender_id IS 'header.sender_id.';
COMMENT ON COLUMN dci.message_seen.message_id IS 'header.message_id, unique for each transmission of the sender.';
COMMENT ON COLUMN dci.message_seen.body_hash IS 'SHA-256 of the body as it came; nothing else of the message is kept.';
COMMENT ON COLUMN dci.message_seen.seen_at IS 'When the id was first used within the window.';
