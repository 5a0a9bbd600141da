-- A first load needs no upkeep half-way: what is counted of a registry while it fills is wrong a moment later.

-- Nothing is planned by what stands inside a document or a sealed value, and counting them is most of the work.
ALTER TABLE registry.source_record ALTER COLUMN claims SET STATISTICS 0, ALTER COLUMN membership SET STATISTICS 0,
    ALTER COLUMN sealed SET STATISTICS 0;
ALTER TABLE registry.person ALTER COLUMN extras SET STATISTICS 0, ALTER COLUMN sealed SET STATISTICS 0;
ALTER TABLE registry.household ALTER COLUMN extras SET STATISTICS 0, ALTER COLUMN sealed SET STATISTICS 0;
ALTER TABLE registry.identifier ALTER COLUMN sealed SET STATISTICS 0;

CREATE FUNCTION intake.first_load_tables() RETURNS regclass[]
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT array_agg(t.relid::regclass)
    FROM unnest(ARRAY['registry.person', 'registry.household', 'registry.membership', 'registry.source_record',
        'registry.link', 'registry.identifier', 'registry.name_key', 'registry.event']::regclass[]) AS n (name)
    CROSS JOIN LATERAL pg_partition_tree(n.name) AS t
    WHERE t.isleaf
$$;
COMMENT ON FUNCTION intake.first_load_tables() IS 'The tables that a first load fills, partitions instead of what they are parts of.';

-- Takes away the indexes that nothing needs while the first people come in; false where there are people already.
CREATE OR REPLACE FUNCTION intake.defer_indexes() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    item record;
    holder regclass;
BEGIN
    -- A registry at work is not held up for the answer.
    IF NOT intake.holds_nobody() THEN
        RETURN false;
    END IF;
    LOCK TABLE registry.person, registry.household, registry.membership, registry.source_record, registry.link,
        registry.identifier, registry.name_key, registry.event IN ACCESS EXCLUSIVE MODE;
    IF NOT intake.holds_nobody() THEN
        RETURN false;
    END IF;
    FOR item IN
        SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS holder, c.conname, k.relname,
            -- A partitioned index tells only of itself.
            replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS statement
        FROM pg_index AS i
        JOIN pg_class AS k ON k.oid = i.indexrelid
        LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
        WHERE i.indrelid = ANY(ARRAY['registry.person', 'registry.household', 'registry.membership',
                'registry.source_record', 'registry.link', 'registry.identifier', 'registry.name_key',
                'registry.event']::regclass[])
            -- What is unique guards; of those only the keys of names, which follow from the person.
            AND (NOT i.indisunique OR i.indexrelid = 'registry.name_key_pk'::regclass)
            -- The import asks for keys of the source, the order of events for transactions.
            AND i.indexrelid <> ALL(ARRAY['registry.source_record_key', 'registry.event_xid']::regclass[])
    LOOP
        INSERT INTO intake.deferred_index (name, statement, attachment)
        VALUES (item.name, item.statement,
            CASE WHEN item.conname IS NOT NULL THEN
                format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', item.holder, item.conname,
                    item.relname) END);
        IF item.conname IS NULL THEN
            EXECUTE format('DROP INDEX %s', item.name);
        ELSE
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.holder, item.conname);
        END IF;
    END LOOP;
    FOREACH holder IN ARRAY intake.first_load_tables() LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', holder);
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION intake.defer_indexes() IS 'Leaves indexes out for a first load; false where the registry holds anything.';

-- Builds one of them again; sessions share the work. The name, or null when all are there.
CREATE OR REPLACE FUNCTION intake.build_deferred_index() RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    item record;
    holder regclass;
BEGIN
    LOOP
        SELECT d.name, d.statement, d.attachment INTO item
        FROM intake.deferred_index AS d
        ORDER BY d.name = 'registry.name_key_pk' DESC, d.name
        LIMIT 1 FOR UPDATE SKIP LOCKED;
        EXIT WHEN item.name IS NOT NULL;
        IF NOT EXISTS (SELECT FROM intake.deferred_index) THEN
            FOR holder IN
                SELECT k.oid::regclass FROM pg_class AS k
                WHERE k.oid = ANY(intake.first_load_tables()) AND 'autovacuum_enabled=false' = ANY(k.reloptions)
            LOOP
                EXECUTE format('ALTER TABLE %s RESET (autovacuum_enabled)', holder);
            END LOOP;
            RETURN NULL;
        END IF;
        -- Another session builds the last; if it dies over it, it is ours to build.
        PERFORM FROM intake.deferred_index ORDER BY name LIMIT 1 FOR UPDATE;
    END LOOP;
    BEGIN
        EXECUTE item.statement;
    EXCEPTION WHEN unique_violation THEN
        -- Only keys of names can be there twice, and say nothing twice.
        DELETE FROM registry.name_key AS k USING registry.name_key AS o
        WHERE k.h = o.h AND k.area_order = o.area_order AND k.person_id = o.person_id AND k.ctid > o.ctid;
        EXECUTE item.statement;
    END;
    IF item.attachment IS NOT NULL THEN
        EXECUTE item.attachment;
    END IF;
    DELETE FROM intake.deferred_index AS d WHERE d.name = item.name;
    RETURN item.name;
END
$$;
COMMENT ON FUNCTION intake.build_deferred_index() IS 'Builds one index that a first load left out, and tells which.';
