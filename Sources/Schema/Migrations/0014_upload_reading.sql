-- How a file sent in pieces is to be read, so that the server reads it as its sender would.

ALTER TABLE intake.upload ADD COLUMN reading jsonb NOT NULL DEFAULT '{}';
ALTER TABLE intake.upload ADD CONSTRAINT upload_reading_object CHECK (jsonb_typeof(reading) = 'object');
COMMENT ON COLUMN intake.upload.reading IS 'What was told beside the file: set (values that the layout asks for, by name), encoding, separator and sheet; a member that is not there was left to be found out.';
