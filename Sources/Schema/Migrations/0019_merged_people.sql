-- Who was merged into somebody is asked for his or her family.

CREATE INDEX person_merged ON registry.person (merged_into) WHERE merged_into IS NOT NULL;
