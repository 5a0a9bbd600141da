-- A table without partitions has no tree of them; it stands for itself.
CREATE OR REPLACE FUNCTION intake.first_load_tables() RETURNS regclass[]
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT array_agg(coalesce(t.relid::regclass, n.name))
    FROM unnest(ARRAY['registry.person', 'registry.household', 'registry.membership', 'registry.source_record',
        'registry.link', 'registry.identifier', 'registry.name_key', 'registry.event']::regclass[]) AS n (name)
    LEFT JOIN LATERAL pg_partition_tree(n.name) AS t ON true
    WHERE t.isleaf IS NOT FALSE
$$;
COMMENT ON FUNCTION intake.first_load_tables() IS 'The tables that a first load fills, partitions instead of what they are parts of.';
