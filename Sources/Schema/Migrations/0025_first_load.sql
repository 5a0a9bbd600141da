-- A first load: an index built over rows that are there costs a quarter of one that is kept while they come in.

CREATE TABLE intake.deferred_index (
    name text NOT NULL,
    statement text NOT NULL,
    CONSTRAINT deferred_index_pk PRIMARY KEY (name)
);
COMMENT ON TABLE intake.deferred_index IS 'Indexes that a first load left out and that are still to be built.';
COMMENT ON COLUMN intake.deferred_index.name IS 'The index, with its schema.';
COMMENT ON COLUMN intake.deferred_index.statement IS 'What builds it again.';

-- Takes away the indexes that nothing needs while the first people come in; false where there are people already.
CREATE FUNCTION intake.defer_indexes() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    item record;
BEGIN
    LOCK TABLE registry.person, registry.household, registry.membership, registry.source_record, registry.link,
        registry.identifier, registry.name_key, registry.event IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM registry.source_record) OR EXISTS (SELECT FROM registry.person)
        OR EXISTS (SELECT FROM registry.household) OR EXISTS (SELECT FROM intake.deferred_index) THEN
        RETURN false;
    END IF;
    FOR item IN
        SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS holder, c.conname,
            -- A partitioned index tells only of itself.
            CASE WHEN c.oid IS NULL THEN replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname,
                    pg_get_constraintdef(c.oid)) END AS statement
        FROM pg_index AS i
        LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
        WHERE i.indrelid = ANY(ARRAY['registry.person', 'registry.household', 'registry.membership',
                'registry.source_record', 'registry.link', 'registry.identifier', 'registry.name_key',
                'registry.event']::regclass[])
            -- What is unique guards; of those only the keys of names, which follow from the person.
            AND (NOT i.indisunique OR i.indexrelid = 'registry.name_key_pk'::regclass)
            -- The import asks for keys of the source, the order of events for transactions.
            AND i.indexrelid <> ALL(ARRAY['registry.source_record_key', 'registry.event_xid']::regclass[])
    LOOP
        INSERT INTO intake.deferred_index (name, statement) VALUES (item.name, item.statement);
        IF item.conname IS NULL THEN
            EXECUTE format('DROP INDEX %s', item.name);
        ELSE
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.holder, item.conname);
        END IF;
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION intake.defer_indexes() IS 'Leaves indexes out for a first load; false where the registry holds anything.';

-- Builds one of them again; sessions share the work. The name, or null when nothing is left that nobody else builds.
CREATE FUNCTION intake.build_deferred_index() RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    item record;
BEGIN
    SELECT d.name, d.statement INTO item
    FROM intake.deferred_index AS d
    ORDER BY d.name LIKE '%name_key%' DESC, d.name
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF item.name IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        EXECUTE item.statement;
    EXCEPTION WHEN unique_violation THEN
        -- Only keys of names can be there twice, and say nothing twice.
        DELETE FROM registry.name_key AS k USING registry.name_key AS o
        WHERE k.h = o.h AND k.area_order = o.area_order AND k.person_id = o.person_id AND k.ctid > o.ctid;
        EXECUTE item.statement;
    END;
    DELETE FROM intake.deferred_index AS d WHERE d.name = item.name;
    RETURN item.name;
END
$$;
COMMENT ON FUNCTION intake.build_deferred_index() IS 'Builds one index that a first load left out, and tells which.';
