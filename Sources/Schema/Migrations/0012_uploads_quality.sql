-- Files sent in pieces, imports that run behind the server's back, and corrections of many records at once.

-- ---------------------------------------------------------------- uploads

CREATE TABLE intake.upload (
    id uuid NOT NULL,
    actor_id uuid NOT NULL,
    file_name text NOT NULL,
    source text NOT NULL,
    mapping text NOT NULL,
    is_dry_run boolean NOT NULL,
    starts_import boolean NOT NULL,
    file_size bigint NOT NULL,
    stated_hash bytea,
    file_hash bytea,
    received bigint NOT NULL DEFAULT 0,
    pieces integer NOT NULL DEFAULT 0,
    stored bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'receiving',
    profile jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    file_deleted_at timestamptz,
    CONSTRAINT upload_pk PRIMARY KEY (id),
    CONSTRAINT upload_state_known CHECK (
        state IN ('receiving', 'complete', 'imported', 'refused', 'expired', 'discarded')),
    CONSTRAINT upload_size_positive CHECK (file_size > 0),
    CONSTRAINT upload_received_within CHECK (received BETWEEN 0 AND file_size),
    CONSTRAINT upload_complete_whole CHECK (
        state NOT IN ('complete', 'imported') OR (received = file_size AND file_hash IS NOT NULL)),
    CONSTRAINT upload_stated_hash_length CHECK (octet_length(stated_hash) = 32),
    CONSTRAINT upload_file_hash_length CHECK (octet_length(file_hash) = 32)
);
CREATE INDEX upload_created ON intake.upload (created_at, id);
CREATE INDEX upload_kept ON intake.upload (expires_at) WHERE file_deleted_at IS NULL;
COMMENT ON TABLE intake.upload IS 'Files sent in pieces; the bytes lie sealed in the folder of files until the file was imported or has expired.';
COMMENT ON COLUMN intake.upload.id IS 'Identity; names the file in the folder.';
COMMENT ON COLUMN intake.upload.actor_id IS 'Who sends it; in whose name it is imported.';
COMMENT ON COLUMN intake.upload.file_name IS 'Name to be shown, without folder.';
COMMENT ON COLUMN intake.upload.source IS 'Who states what the file says.';
COMMENT ON COLUMN intake.upload.mapping IS 'Code of the layout by which it is to be read.';
COMMENT ON COLUMN intake.upload.is_dry_run IS 'True when the import that follows applies nothing.';
COMMENT ON COLUMN intake.upload.starts_import IS 'True when the import begins as soon as the last byte is there.';
COMMENT ON COLUMN intake.upload.file_size IS 'Bytes of the whole file, as stated at the start.';
COMMENT ON COLUMN intake.upload.stated_hash IS 'SHA-256 of the whole file as stated at the start; null when not stated.';
COMMENT ON COLUMN intake.upload.file_hash IS 'SHA-256 of what was received, once it is whole.';
COMMENT ON COLUMN intake.upload.received IS 'Bytes received and kept.';
COMMENT ON COLUMN intake.upload.pieces IS 'Sealed pieces that hold them.';
COMMENT ON COLUMN intake.upload.stored IS 'Bytes of the sealed file that count; what lies behind is of a write that was cut off.';
COMMENT ON COLUMN intake.upload.state IS 'receiving, complete, imported, refused, expired or discarded.';
COMMENT ON COLUMN intake.upload.profile IS 'What the columns hold, values of personal columns left out; null until asked for.';
COMMENT ON COLUMN intake.upload.created_at IS 'When it was begun.';
COMMENT ON COLUMN intake.upload.updated_at IS 'When the last bytes came.';
COMMENT ON COLUMN intake.upload.expires_at IS 'When it is given up and its file deleted.';
COMMENT ON COLUMN intake.upload.file_deleted_at IS 'When the file was deleted; null while it is kept.';

-- ---------------------------------------------------------------- imports in the background

CREATE TABLE intake.import_job (
    id uuid NOT NULL,
    upload_id uuid NOT NULL,
    batch_id uuid,
    actor_id uuid NOT NULL,
    trace text NOT NULL,
    is_dry_run boolean NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    lease_owner uuid,
    lease_until timestamptz,
    run_started_at timestamptz,
    rows_before bigint NOT NULL DEFAULT 0,
    bytes_read bigint NOT NULL DEFAULT 0,
    bytes_total bigint NOT NULL DEFAULT 0,
    rows_read bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    progress_at timestamptz,
    fault_code text,
    fault_summary text,
    CONSTRAINT import_job_pk PRIMARY KEY (id),
    CONSTRAINT import_job_upload_known FOREIGN KEY (upload_id) REFERENCES intake.upload (id),
    CONSTRAINT import_job_state_known CHECK (state IN ('queued', 'running', 'finished', 'failed', 'abandoned')),
    CONSTRAINT import_job_lease_whole CHECK (
        (state = 'running') = (lease_owner IS NOT NULL) AND (lease_owner IS NULL) = (lease_until IS NULL)),
    CONSTRAINT import_job_fault_whole CHECK ((fault_code IS NULL) = (fault_summary IS NULL))
);
CREATE UNIQUE INDEX import_job_one_running ON intake.import_job (state) WHERE state = 'running';
CREATE UNIQUE INDEX import_job_one_per_upload ON intake.import_job (upload_id) WHERE state IN ('queued', 'running');
CREATE INDEX import_job_queue ON intake.import_job (created_at, id) WHERE state = 'queued';
CREATE INDEX import_job_batch ON intake.import_job (batch_id) WHERE batch_id IS NOT NULL;
COMMENT ON TABLE intake.import_job IS 'Imports that wait for the server or are run by it, one at a time; a job whose lease ran out is taken up again.';
COMMENT ON COLUMN intake.import_job.id IS 'Identity; the import gets the same id, unless it goes on with an earlier one.';
COMMENT ON COLUMN intake.import_job.upload_id IS 'The file.';
COMMENT ON COLUMN intake.import_job.batch_id IS 'The import, once it has begun.';
COMMENT ON COLUMN intake.import_job.actor_id IS 'In whose name.';
COMMENT ON COLUMN intake.import_job.trace IS 'W3C trace id of the request that asked for it.';
COMMENT ON COLUMN intake.import_job.is_dry_run IS 'True when nothing is applied.';
COMMENT ON COLUMN intake.import_job.state IS 'queued, running, finished, failed or abandoned.';
COMMENT ON COLUMN intake.import_job.created_at IS 'When it was asked for.';
COMMENT ON COLUMN intake.import_job.started_at IS 'When a server first took it up.';
COMMENT ON COLUMN intake.import_job.finished_at IS 'When it ended, well or not.';
COMMENT ON COLUMN intake.import_job.attempts IS 'How often it was taken up.';
COMMENT ON COLUMN intake.import_job.lease_owner IS 'The run of a server that works on it.';
COMMENT ON COLUMN intake.import_job.lease_until IS 'Until when it is that run''s; renewed while it works.';
COMMENT ON COLUMN intake.import_job.run_started_at IS 'When the present run began; rates are told of it.';
COMMENT ON COLUMN intake.import_job.rows_before IS 'Lines that earlier runs had done.';
COMMENT ON COLUMN intake.import_job.bytes_read IS 'Bytes of the file read.';
COMMENT ON COLUMN intake.import_job.bytes_total IS 'Bytes of the file.';
COMMENT ON COLUMN intake.import_job.rows_read IS 'Lines read.';
COMMENT ON COLUMN intake.import_job.rows_done IS 'Lines of chunks that are done.';
COMMENT ON COLUMN intake.import_job.rows_quarantined IS 'Lines held back.';
COMMENT ON COLUMN intake.import_job.progress_at IS 'When these counts were taken.';
COMMENT ON COLUMN intake.import_job.fault_code IS 'Why it failed, as a stable code.';
COMMENT ON COLUMN intake.import_job.fault_summary IS 'Why it failed and what to do, in words without personal data.';

ALTER TABLE intake.import_batch ADD COLUMN columns text[];
COMMENT ON COLUMN intake.import_batch.columns IS 'Names of the file''s columns in order; null for imports of earlier versions.';

-- ---------------------------------------------------------------- proposals about many

CREATE TABLE registry.proposal_item (
    proposal_id uuid NOT NULL,
    number integer NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    base_version integer NOT NULL,
    state text NOT NULL DEFAULT 'open',
    decided_by uuid,
    command_id uuid,
    reason text,
    CONSTRAINT proposal_item_pk PRIMARY KEY (proposal_id, number),
    CONSTRAINT proposal_item_proposal_known FOREIGN KEY (proposal_id) REFERENCES registry.proposal (id),
    CONSTRAINT proposal_item_subject_once UNIQUE (proposal_id, subject_id),
    CONSTRAINT proposal_item_subject_known CHECK (subject_kind IN ('person', 'household')),
    CONSTRAINT proposal_item_state_known CHECK (
        state IN ('open', 'rejected', 'executed', 'stale', 'refused', 'undone')),
    CONSTRAINT proposal_item_executed_whole CHECK ((state IN ('executed', 'undone')) = (command_id IS NOT NULL)),
    CONSTRAINT proposal_item_rejected_whole CHECK (state <> 'rejected' OR decided_by IS NOT NULL)
);
CREATE INDEX proposal_item_open ON registry.proposal_item (proposal_id, number) WHERE state = 'open';
CREATE INDEX proposal_item_command ON registry.proposal_item (command_id) WHERE command_id IS NOT NULL;
COMMENT ON TABLE registry.proposal_item IS 'The records that a proposal about many would change; each can be left out by whoever decides.';
COMMENT ON COLUMN registry.proposal_item.proposal_id IS 'The proposal.';
COMMENT ON COLUMN registry.proposal_item.number IS 'Place among the items, from 1.';
COMMENT ON COLUMN registry.proposal_item.subject_kind IS 'person or household.';
COMMENT ON COLUMN registry.proposal_item.subject_id IS 'Whom it is about.';
COMMENT ON COLUMN registry.proposal_item.base_version IS 'Version when proposed; a record that changed since is left alone.';
COMMENT ON COLUMN registry.proposal_item.state IS 'open, rejected, executed, stale (changed meanwhile), refused (by the rules of the record) or undone.';
COMMENT ON COLUMN registry.proposal_item.decided_by IS 'Who left it out.';
COMMENT ON COLUMN registry.proposal_item.command_id IS 'The command that carried it out.';
COMMENT ON COLUMN registry.proposal_item.reason IS 'Code of why it was not carried out.';
CREATE INDEX proposal_in_work ON registry.proposal (closed_at, id)
    WHERE state = 'executed' AND kind = 'correction.apply';
