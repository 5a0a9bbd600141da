-- Divisions of the country beside each other: what became of each area, and how every area reads in each division.

CREATE TABLE registry.area_crosswalk (
    from_area_id integer NOT NULL,
    to_area_id integer NOT NULL,
    from_geography_id integer NOT NULL,
    to_geography_id integer NOT NULL,
    relation text NOT NULL,
    weight numeric(12, 9),
    confidence text NOT NULL,
    rule text NOT NULL,
    evidence text NOT NULL,
    CONSTRAINT area_crosswalk_pk PRIMARY KEY (from_area_id, to_area_id),
    CONSTRAINT area_crosswalk_from_known FOREIGN KEY (from_area_id) REFERENCES registry.area (id),
    CONSTRAINT area_crosswalk_to_known FOREIGN KEY (to_area_id) REFERENCES registry.area (id),
    CONSTRAINT area_crosswalk_from_geography_known FOREIGN KEY (from_geography_id) REFERENCES registry.geography (id),
    CONSTRAINT area_crosswalk_to_geography_known FOREIGN KEY (to_geography_id) REFERENCES registry.geography (id),
    CONSTRAINT area_crosswalk_two_divisions CHECK (from_geography_id <> to_geography_id),
    CONSTRAINT area_crosswalk_relation_known CHECK (relation IN ('same', 'rename', 'split', 'merge', 'part')),
    CONSTRAINT area_crosswalk_weight_is_share CHECK (weight > 0 AND weight <= 1),
    CONSTRAINT area_crosswalk_whole_weighs_one
        CHECK (relation NOT IN ('same', 'rename', 'merge') OR weight IS NULL OR weight = 1),
    CONSTRAINT area_crosswalk_confidence_known CHECK (confidence IN ('certain', 'likely', 'possible', 'unresolved'))
);
CREATE INDEX area_crosswalk_to ON registry.area_crosswalk (to_area_id);
CREATE UNIQUE INDEX area_crosswalk_one_former ON registry.area_crosswalk (to_area_id, from_geography_id)
    WHERE confidence = 'certain' AND relation IN ('same', 'rename', 'split');
CREATE UNIQUE INDEX area_crosswalk_one_new ON registry.area_crosswalk (from_area_id, to_geography_id)
    WHERE confidence = 'certain' AND relation IN ('same', 'rename', 'merge');
COMMENT ON TABLE registry.area_crosswalk IS 'What became of each area of one division in another, with how surely that is known; loaded from the profile.';
COMMENT ON COLUMN registry.area_crosswalk.from_area_id IS 'Area of the former division.';
COMMENT ON COLUMN registry.area_crosswalk.to_area_id IS 'Area of the division that followed.';
COMMENT ON COLUMN registry.area_crosswalk.from_geography_id IS 'The former division.';
COMMENT ON COLUMN registry.area_crosswalk.to_geography_id IS 'The division that followed.';
COMMENT ON COLUMN registry.area_crosswalk.relation IS 'same, rename, split (the new area lies in the former), merge (the former lies in the new) or part (they overlap).';
COMMENT ON COLUMN registry.area_crosswalk.weight IS 'Share of the former area that came to the new one; null when not known.';
COMMENT ON COLUMN registry.area_crosswalk.confidence IS 'certain, likely, possible, or unresolved for a mere candidate.';
COMMENT ON COLUMN registry.area_crosswalk.rule IS 'The rule that found it; stated for what an administration said.';
COMMENT ON COLUMN registry.area_crosswalk.evidence IS 'What the rule saw, in words.';

CREATE TABLE registry.area_reading (
    geography_id integer NOT NULL,
    level smallint NOT NULL,
    first_order integer NOT NULL,
    last_order integer NOT NULL,
    area_id integer NOT NULL,
    confidence text NOT NULL,
    CONSTRAINT area_reading_pk PRIMARY KEY (geography_id, level, first_order),
    CONSTRAINT area_reading_geography_known FOREIGN KEY (geography_id) REFERENCES registry.geography (id),
    CONSTRAINT area_reading_area_known FOREIGN KEY (area_id) REFERENCES registry.area (id),
    CONSTRAINT area_reading_ordered CHECK (last_order >= first_order),
    CONSTRAINT area_reading_confidence_known CHECK (confidence IN ('certain', 'likely', 'possible'))
);
COMMENT ON TABLE registry.area_reading IS 'How every area, of whichever division, reads in one division at one level: disjoint runs of preorder numbers; what no run covers is not resolved. Derived from area and area_crosswalk when a profile is loaded.';
COMMENT ON COLUMN registry.area_reading.geography_id IS 'The division in which is read.';
COMMENT ON COLUMN registry.area_reading.level IS 'Depth in that division: 0 for the country.';
COMMENT ON COLUMN registry.area_reading.first_order IS 'First preorder number of the run.';
COMMENT ON COLUMN registry.area_reading.last_order IS 'Last preorder number of the run.';
COMMENT ON COLUMN registry.area_reading.area_id IS 'The area that they read as.';
COMMENT ON COLUMN registry.area_reading.confidence IS 'certain, likely or possible: of the surest line that says so.';
