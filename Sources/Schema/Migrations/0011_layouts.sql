-- How a file was read, beside its layout: to go on with it in the same way, and to give back lines held back as they were.

ALTER TABLE intake.import_batch ADD COLUMN separator text;
ALTER TABLE intake.import_batch ADD COLUMN reading jsonb;
ALTER TABLE intake.import_batch ADD CONSTRAINT import_batch_separator_one_sign CHECK (octet_length(separator) = 1);
COMMENT ON COLUMN intake.import_batch.separator IS 'Sign between the cells of its rows as they were read; null for imports of earlier versions.';
COMMENT ON COLUMN intake.import_batch.reading IS 'Encoding, sheet and what the layout was told beside the file; null for imports of earlier versions.';
