-- Who read, changed or took away personal data: append-only, sealed in windows, verifiable without trust in the database.
-- Safe while the old server runs: it knows nothing of this schema.

CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'The audit record: entries, whom they are about, and the sealed windows that hold them.';

CREATE SEQUENCE audit.entry_seq;
COMMENT ON SEQUENCE audit.entry_seq IS 'Numbers of audit entries, drawn before an entry is signed.';

-- The columns up to trace, in this order and in PostgreSQL's own binary form, are what the code of an entry covers.
CREATE TABLE audit.entry (
    seq bigint NOT NULL,
    xid xid8 NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_id uuid NOT NULL,
    client text,
    operation text NOT NULL,
    purpose text NOT NULL,
    agreement text,
    command_id uuid,
    status smallint NOT NULL,
    fields text NOT NULL,
    subjects integer NOT NULL,
    released bytea,
    released_bytes bigint NOT NULL,
    trace text NOT NULL,
    mac bytea NOT NULL,
    CONSTRAINT entry_pk PRIMARY KEY (seq, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX entry_order ON audit.entry (xid, seq);
COMMENT ON TABLE audit.entry IS 'One release or change of personal data each; append-only, partitioned by month.';
COMMENT ON COLUMN audit.entry.seq IS 'Number, in the order in which entries were signed.';
COMMENT ON COLUMN audit.entry.xid IS 'Transaction that wrote it.';
COMMENT ON COLUMN audit.entry.recorded_at IS 'When the answer was ready to leave.';
COMMENT ON COLUMN audit.entry.actor_id IS 'Who asked.';
COMMENT ON COLUMN audit.entry.client IS 'The system that asked, as it names itself, else the address it came from; null on the command line.';
COMMENT ON COLUMN audit.entry.operation IS 'What was asked: a route by method and template, or a command of the program.';
COMMENT ON COLUMN audit.entry.purpose IS 'Why.';
COMMENT ON COLUMN audit.entry.agreement IS 'Agreement and version under which it left; null where it rests on a scope alone.';
COMMENT ON COLUMN audit.entry.command_id IS 'The command in registry.command by which a change was made; null for a reading.';
COMMENT ON COLUMN audit.entry.status IS 'HTTP status of the answer; 0 where there is none.';
COMMENT ON COLUMN audit.entry.fields IS 'Names of the attributes that left or were changed, sorted, with commas between.';
COMMENT ON COLUMN audit.entry.subjects IS 'How many people and households it is about; they stand in audit.subject.';
COMMENT ON COLUMN audit.entry.released IS 'SHA-256 of the exact bytes that left; null when none did.';
COMMENT ON COLUMN audit.entry.released_bytes IS 'How many bytes left.';
COMMENT ON COLUMN audit.entry.trace IS 'W3C trace id of the request.';
COMMENT ON COLUMN audit.entry.mac IS 'HMAC-SHA-256 of the columns before it and of the subjects, under a key that the database never sees.';

CREATE TABLE audit.subject (
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    place integer NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    CONSTRAINT subject_pk PRIMARY KEY (seq, place, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX subject_person ON audit.subject (subject_id, seq);
COMMENT ON TABLE audit.subject IS 'Whom an entry is about: what answers the question who looked at my data.';
COMMENT ON COLUMN audit.subject.seq IS 'The entry.';
COMMENT ON COLUMN audit.subject.recorded_at IS 'Its time, to find its partition.';
COMMENT ON COLUMN audit.subject.place IS 'Place in the entry, from 0; the code of the entry covers the subjects in this order.';
COMMENT ON COLUMN audit.subject.kind IS 'person or household.';
COMMENT ON COLUMN audit.subject.subject_id IS 'The person or household.';

CREATE TABLE audit.block (
    number bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    epoch integer NOT NULL,
    floor_seq bigint NOT NULL,
    last_xid xid8 NOT NULL,
    last_seq bigint NOT NULL,
    top_seq bigint NOT NULL,
    places int8multirange NOT NULL,
    entries integer NOT NULL,
    subjects bigint NOT NULL,
    root bytea NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    mac bytea NOT NULL,
    CONSTRAINT block_pk PRIMARY KEY (number),
    CONSTRAINT block_counts CHECK (number > 0 AND epoch > 0 AND entries >= 0 AND subjects >= 0)
);
CREATE INDEX block_time ON audit.block (sealed_at);
COMMENT ON TABLE audit.block IS 'A sealed window of the audit record, chained to the one before; append-only.';
COMMENT ON COLUMN audit.block.number IS 'Place in the chain, from 1 without gaps.';
COMMENT ON COLUMN audit.block.sealed_at IS 'When it was sealed.';
COMMENT ON COLUMN audit.block.epoch IS 'Counts restores into another cluster, where transaction numbers begin anew.';
COMMENT ON COLUMN audit.block.floor_seq IS 'Entries up to this number belong to earlier epochs.';
COMMENT ON COLUMN audit.block.last_xid IS 'Transaction of the last entry looked at.';
COMMENT ON COLUMN audit.block.last_seq IS 'Number of the last entry looked at; entries are looked at in the order of transaction and number.';
COMMENT ON COLUMN audit.block.top_seq IS 'The largest number that any block so far holds.';
COMMENT ON COLUMN audit.block.places IS 'Numbers of the entries that it holds.';
COMMENT ON COLUMN audit.block.entries IS 'How many entries it holds.';
COMMENT ON COLUMN audit.block.subjects IS 'How many subjects they have.';
COMMENT ON COLUMN audit.block.root IS 'Root of the Merkle tree over the codes of its entries, by number (RFC 6962, SHA-256).';
COMMENT ON COLUMN audit.block.previous IS 'Hash of the block before; zeros for the first.';
COMMENT ON COLUMN audit.block.hash IS 'SHA-256 of the columns before it.';
COMMENT ON COLUMN audit.block.mac IS 'HMAC-SHA-256 of the hash, under a key that the database never sees.';

CREATE FUNCTION audit.ensure_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    month date;
    parent text;
    made integer := 0;
    name text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['entry', 'subject'] LOOP
        FOR step IN -1 .. months_ahead LOOP
            month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step))::date;
            name := parent || '_' || to_char(month, 'YYYY_MM');
            IF to_regclass('audit.' || name) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE audit.%I PARTITION OF audit.%I FOR VALUES FROM (%L) TO (%L)',
                    name, parent, month::timestamp AT TIME ZONE 'UTC',
                    (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
                EXECUTE format('COMMENT ON TABLE audit.%I IS %L', name, 'Audit of one month.');
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION audit.ensure_partitions(integer) IS 'Makes the monthly partitions of the audit record, from last month to so many months ahead.';
CREATE TABLE audit.entry_other PARTITION OF audit.entry DEFAULT;
COMMENT ON TABLE audit.entry_other IS 'Entries outside the monthly partitions; empty unless the maintenance was away for months.';
CREATE TABLE audit.subject_other PARTITION OF audit.subject DEFAULT;
COMMENT ON TABLE audit.subject_other IS 'Subjects outside the monthly partitions; empty unless the maintenance was away for months.';
SELECT audit.ensure_partitions(3);

CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON audit.entry
    FOR EACH ROW EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER subject_append_only BEFORE UPDATE OR DELETE ON audit.subject
    FOR EACH ROW EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER entry_never_emptied BEFORE TRUNCATE ON audit.entry
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER subject_never_emptied BEFORE TRUNCATE ON audit.subject
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER block_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.block
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
