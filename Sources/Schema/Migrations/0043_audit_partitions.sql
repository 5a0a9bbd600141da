-- One entry in the default partition must not keep all later months from being made.
CREATE OR REPLACE FUNCTION audit.ensure_partitions(months_ahead integer) RETURNS integer
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
            CONTINUE WHEN to_regclass('audit.' || name) IS NOT NULL;
            BEGIN
                EXECUTE format(
                    'CREATE TABLE audit.%I PARTITION OF audit.%I FOR VALUES FROM (%L) TO (%L)',
                    name, parent, month::timestamp AT TIME ZONE 'UTC',
                    (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
                EXECUTE format('COMMENT ON TABLE audit.%I IS %L', name, 'Audit of one month.');
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                RAISE WARNING 'audit.%_other holds rows of %, which stay there', parent, to_char(month, 'YYYY-MM');
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION audit.ensure_partitions(integer) IS 'Makes the monthly partitions of the audit record, from last month to so many months ahead; a month whose rows lie in the default partition stays there.';
