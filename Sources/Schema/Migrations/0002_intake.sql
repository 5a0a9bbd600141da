-- Files on their way into the registry: batches, their chunks, what is held back, and the tables that COPY fills.
-- Nothing here is in the clear that is sealed elsewhere: identifiers and phone numbers are sealed, held-back lines too.

CREATE SCHEMA intake;
COMMENT ON SCHEMA intake IS 'Files on their way into the registry: batches, chunks, quarantine, staging.';

CREATE TABLE intake.import_batch (
    id uuid NOT NULL,
    source text NOT NULL,
    file_name text NOT NULL,
    file_hash bytea NOT NULL,
    file_size bigint NOT NULL,
    mapping text NOT NULL,
    mapping_version integer NOT NULL,
    is_dry_run boolean NOT NULL,
    state text NOT NULL DEFAULT 'running',
    actor_id uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    undone_at timestamptz,
    chunks integer NOT NULL DEFAULT 0,
    next_offset bigint NOT NULL DEFAULT 0,
    next_line bigint NOT NULL DEFAULT 0,
    next_unit integer NOT NULL DEFAULT 0,
    rows_read bigint NOT NULL DEFAULT 0,
    rows_accepted bigint NOT NULL DEFAULT 0,
    rows_bad bigint NOT NULL DEFAULT 0,
    rows_held bigint NOT NULL DEFAULT 0,
    households_registered bigint NOT NULL DEFAULT 0,
    households_updated bigint NOT NULL DEFAULT 0,
    households_unchanged bigint NOT NULL DEFAULT 0,
    people_registered bigint NOT NULL DEFAULT 0,
    people_updated bigint NOT NULL DEFAULT 0,
    people_unchanged bigint NOT NULL DEFAULT 0,
    CONSTRAINT import_batch_pk PRIMARY KEY (id),
    CONSTRAINT import_batch_state_known CHECK (
        state IN ('running', 'finished', 'abandoned', 'undone', 'partly_undone')),
    CONSTRAINT import_batch_hash_length CHECK (octet_length(file_hash) = 32),
    CONSTRAINT import_batch_finished_whole CHECK (state <> 'finished' OR finished_at IS NOT NULL)
);
CREATE UNIQUE INDEX import_batch_one_running ON intake.import_batch (source) WHERE state = 'running' AND NOT is_dry_run;
CREATE INDEX import_batch_started ON intake.import_batch (started_at, id);
COMMENT ON TABLE intake.import_batch IS 'One file of one source being imported, or tried; resumable until finished.';
COMMENT ON COLUMN intake.import_batch.id IS 'Identity; the batch_id of its source records.';
COMMENT ON COLUMN intake.import_batch.source IS 'Who states what the file says; part of every record''s key.';
COMMENT ON COLUMN intake.import_batch.file_name IS 'Name of the file, without folder.';
COMMENT ON COLUMN intake.import_batch.file_hash IS 'SHA-256 of the file: the same file again goes on where it stopped.';
COMMENT ON COLUMN intake.import_batch.file_size IS 'Bytes of the file.';
COMMENT ON COLUMN intake.import_batch.mapping IS 'Code of the layout by which it was read.';
COMMENT ON COLUMN intake.import_batch.mapping_version IS 'Version of that layout.';
COMMENT ON COLUMN intake.import_batch.is_dry_run IS 'True when nothing is applied.';
COMMENT ON COLUMN intake.import_batch.state IS 'running, finished, abandoned, undone or partly_undone.';
COMMENT ON COLUMN intake.import_batch.actor_id IS 'Who imported it.';
COMMENT ON COLUMN intake.import_batch.started_at IS 'When it began.';
COMMENT ON COLUMN intake.import_batch.updated_at IS 'When its last chunk was done.';
COMMENT ON COLUMN intake.import_batch.finished_at IS 'When the last chunk was done; null while running.';
COMMENT ON COLUMN intake.import_batch.undone_at IS 'When it was undone, wholly or in part.';
COMMENT ON COLUMN intake.import_batch.chunks IS 'Chunks done.';
COMMENT ON COLUMN intake.import_batch.next_offset IS 'Byte of the file at which the next chunk begins.';
COMMENT ON COLUMN intake.import_batch.next_line IS 'Line of the file at which the next chunk begins.';
COMMENT ON COLUMN intake.import_batch.next_unit IS 'Number of the next household of the file.';
COMMENT ON COLUMN intake.import_batch.rows_read IS 'Lines read, without the header.';
COMMENT ON COLUMN intake.import_batch.rows_accepted IS 'Lines accepted: registered, updated or unchanged.';
COMMENT ON COLUMN intake.import_batch.rows_bad IS 'Lines in quarantine with a reason of their own.';
COMMENT ON COLUMN intake.import_batch.rows_held IS 'Lines in quarantine because another line of their household is bad.';
COMMENT ON COLUMN intake.import_batch.households_registered IS 'Households that were new.';
COMMENT ON COLUMN intake.import_batch.households_updated IS 'Households known that got a new statement.';
COMMENT ON COLUMN intake.import_batch.households_unchanged IS 'Households known with the same content.';
COMMENT ON COLUMN intake.import_batch.people_registered IS 'People who were new.';
COMMENT ON COLUMN intake.import_batch.people_updated IS 'People known who got a new statement.';
COMMENT ON COLUMN intake.import_batch.people_unchanged IS 'People known with the same content.';

CREATE TABLE intake.import_chunk (
    batch_id uuid NOT NULL,
    number integer NOT NULL,
    first_line bigint NOT NULL,
    last_line bigint NOT NULL,
    end_offset bigint NOT NULL,
    command_id uuid,
    done_at timestamptz NOT NULL,
    undone_by uuid,
    CONSTRAINT import_chunk_pk PRIMARY KEY (batch_id, number),
    CONSTRAINT import_chunk_batch_known FOREIGN KEY (batch_id) REFERENCES intake.import_batch (id),
    CONSTRAINT import_chunk_lines_ordered CHECK (last_line >= first_line)
);
CREATE INDEX import_chunk_command ON intake.import_chunk (command_id) WHERE command_id IS NOT NULL;
COMMENT ON TABLE intake.import_chunk IS 'Chunks of whole households that are done; written in the transaction that applied them.';
COMMENT ON COLUMN intake.import_chunk.batch_id IS 'The batch.';
COMMENT ON COLUMN intake.import_chunk.number IS 'Place among the chunks, from 0.';
COMMENT ON COLUMN intake.import_chunk.first_line IS 'First line of the file in it.';
COMMENT ON COLUMN intake.import_chunk.last_line IS 'Last line of the file in it.';
COMMENT ON COLUMN intake.import_chunk.end_offset IS 'Byte of the file just after it.';
COMMENT ON COLUMN intake.import_chunk.command_id IS 'The command that applied it; null when it changed nothing.';
COMMENT ON COLUMN intake.import_chunk.done_at IS 'When it was done.';
COMMENT ON COLUMN intake.import_chunk.undone_by IS 'The command that undid it.';

CREATE TABLE intake.quarantine (
    batch_id uuid NOT NULL,
    line bigint NOT NULL,
    chunk integer NOT NULL,
    is_bad boolean NOT NULL,
    findings jsonb NOT NULL,
    raw bytea NOT NULL,
    CONSTRAINT quarantine_pk PRIMARY KEY (batch_id, line),
    CONSTRAINT quarantine_batch_known FOREIGN KEY (batch_id) REFERENCES intake.import_batch (id)
);
COMMENT ON TABLE intake.quarantine IS 'Lines held back, to be mended and sent again.';
COMMENT ON COLUMN intake.quarantine.batch_id IS 'The batch.';
COMMENT ON COLUMN intake.quarantine.line IS 'Line of the file, the header being 1.';
COMMENT ON COLUMN intake.quarantine.chunk IS 'The chunk it stood in.';
COMMENT ON COLUMN intake.quarantine.is_bad IS 'False for a sound line whose household holds a bad one.';
COMMENT ON COLUMN intake.quarantine.findings IS 'List of field, code, reason and remedy; nothing of the line itself.';
COMMENT ON COLUMN intake.quarantine.raw IS 'The line as it was, AES-256-GCM sealed.';

CREATE TABLE intake.seen_key (
    batch_id uuid NOT NULL,
    hash uuid NOT NULL,
    line bigint NOT NULL,
    CONSTRAINT seen_key_pk PRIMARY KEY (batch_id, hash)
);
COMMENT ON TABLE intake.seen_key IS 'Keys of households and people that a running batch has met; emptied when it ends.';
COMMENT ON COLUMN intake.seen_key.batch_id IS 'The batch.';
COMMENT ON COLUMN intake.seen_key.hash IS '128-bit hash of kind and key.';
COMMENT ON COLUMN intake.seen_key.line IS 'Line of the file where it stood first.';

-- ---------------------------------------------------------------- staging: what COPY fills

CREATE UNLOGGED TABLE intake.staged_household (
    batch_id uuid NOT NULL,
    chunk integer NOT NULL,
    unit integer NOT NULL,
    source_key text NOT NULL,
    record_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    claims jsonb NOT NULL,
    LIKE registry.household INCLUDING COMMENTS
);
ALTER TABLE intake.staged_household
    DROP COLUMN version, DROP COLUMN social_id, DROP COLUMN origins, DROP COLUMN merged_into,
    DROP COLUMN registered_at, DROP COLUMN updated_at;
-- Rows live for seconds: compressing the wider ones would cost more than the space.
ALTER TABLE intake.staged_household SET (toast_tuple_target = 8160);
CREATE INDEX staged_household_chunk ON intake.staged_household (batch_id, chunk);
COMMENT ON TABLE intake.staged_household IS 'Households of a chunk, understood and ready: the statement and the row that follows from it.';
COMMENT ON COLUMN intake.staged_household.batch_id IS 'The batch.';
COMMENT ON COLUMN intake.staged_household.chunk IS 'The chunk.';
COMMENT ON COLUMN intake.staged_household.unit IS 'Number of the household within the file.';
COMMENT ON COLUMN intake.staged_household.source_key IS 'The source''s key of the household.';
COMMENT ON COLUMN intake.staged_household.record_id IS 'Identity of the statement.';
COMMENT ON COLUMN intake.staged_household.content_hash IS 'Keyed digest of the statement.';
COMMENT ON COLUMN intake.staged_household.claims IS 'The statement.';

CREATE UNLOGGED TABLE intake.staged_person (
    batch_id uuid NOT NULL,
    chunk integer NOT NULL,
    unit integer NOT NULL,
    source_key text NOT NULL,
    record_id uuid NOT NULL,
    household_record uuid NOT NULL,
    content_hash bytea NOT NULL,
    membership jsonb NOT NULL,
    claims jsonb NOT NULL,
    name_keys bigint[] NOT NULL,
    LIKE registry.person INCLUDING COMMENTS
);
ALTER TABLE intake.staged_person
    DROP COLUMN version, DROP COLUMN social_id, DROP COLUMN origins, DROP COLUMN merged_into,
    DROP COLUMN registered_at, DROP COLUMN updated_at;
ALTER TABLE intake.staged_person SET (toast_tuple_target = 8160);
CREATE INDEX staged_person_chunk ON intake.staged_person (batch_id, chunk);
COMMENT ON TABLE intake.staged_person IS 'People of a chunk, understood and ready: the statement and the row that follows from it.';
COMMENT ON COLUMN intake.staged_person.batch_id IS 'The batch.';
COMMENT ON COLUMN intake.staged_person.chunk IS 'The chunk.';
COMMENT ON COLUMN intake.staged_person.unit IS 'Number of the household within the file.';
COMMENT ON COLUMN intake.staged_person.source_key IS 'The source''s key of the person.';
COMMENT ON COLUMN intake.staged_person.record_id IS 'Identity of the statement.';
COMMENT ON COLUMN intake.staged_person.household_record IS 'The household''s statement that the membership speaks of.';
COMMENT ON COLUMN intake.staged_person.content_hash IS 'Keyed digest of the statement.';
COMMENT ON COLUMN intake.staged_person.membership IS 'The membership claim.';
COMMENT ON COLUMN intake.staged_person.claims IS 'The statement.';
COMMENT ON COLUMN intake.staged_person.name_keys IS 'Search keys of the names.';

CREATE UNLOGGED TABLE intake.staged_identifier (
    batch_id uuid NOT NULL,
    chunk integer NOT NULL,
    unit integer NOT NULL,
    LIKE registry.identifier INCLUDING COMMENTS
);
CREATE INDEX staged_identifier_chunk ON intake.staged_identifier (batch_id, chunk);
COMMENT ON TABLE intake.staged_identifier IS 'Identifiers and phone numbers of a chunk: keyed hashes and sealed values only.';
COMMENT ON COLUMN intake.staged_identifier.batch_id IS 'The batch.';
COMMENT ON COLUMN intake.staged_identifier.chunk IS 'The chunk.';
COMMENT ON COLUMN intake.staged_identifier.unit IS 'Number of the household within the file.';
