-- The trunk: who acts, where things are, what was said, what follows from it, and what happened.
-- Personal identifiers and phone numbers exist here only as keyed hashes, sealed values and last characters.

CREATE SCHEMA access;
COMMENT ON SCHEMA access IS 'Who may use the registry.';
CREATE SCHEMA registry;
COMMENT ON SCHEMA registry IS 'Households and people: source records, links, current and past rows, areas, events, proposals.';

-- ---------------------------------------------------------------- access

CREATE TABLE access.actor (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    CONSTRAINT actor_pk PRIMARY KEY (id),
    CONSTRAINT actor_name_unique UNIQUE (name),
    CONSTRAINT actor_kind_known CHECK (kind IN ('person', 'system', 'worker'))
);
COMMENT ON TABLE access.actor IS 'Everyone and everything that acts: named people, other systems, workers of the registry itself.';
COMMENT ON COLUMN access.actor.id IS 'Identity, UUID version 7.';
COMMENT ON COLUMN access.actor.name IS 'Unique short name, e.g. clerk.';
COMMENT ON COLUMN access.actor.kind IS 'person, system or worker.';
COMMENT ON COLUMN access.actor.scopes IS 'What the actor may do, e.g. registry.read.';
COMMENT ON COLUMN access.actor.created_at IS 'When the actor was added.';
COMMENT ON COLUMN access.actor.disabled_at IS 'From when on the actor may do nothing; null while active.';

CREATE TABLE access.token (
    hash bytea NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT token_pk PRIMARY KEY (hash),
    CONSTRAINT token_actor_known FOREIGN KEY (actor_id) REFERENCES access.actor (id),
    CONSTRAINT token_hash_length CHECK (octet_length(hash) = 32)
);
COMMENT ON TABLE access.token IS 'Bearer tokens by SHA-256; the token itself is never stored.';
COMMENT ON COLUMN access.token.hash IS 'SHA-256 of the token''s text, 32 bytes.';
COMMENT ON COLUMN access.token.actor_id IS 'Whom the token stands for.';
COMMENT ON COLUMN access.token.created_at IS 'When it was made.';
COMMENT ON COLUMN access.token.expires_at IS 'When it ends by itself; null for never.';
COMMENT ON COLUMN access.token.revoked_at IS 'When it was taken back; null while valid.';

-- ---------------------------------------------------------------- areas

CREATE TABLE registry.geography (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    valid_from date,
    valid_to date,
    CONSTRAINT geography_pk PRIMARY KEY (id),
    CONSTRAINT geography_code_unique UNIQUE (code),
    CONSTRAINT geography_validity_ordered CHECK (valid_to >= valid_from)
);
COMMENT ON TABLE registry.geography IS 'One division of the country into areas, in force between two dates.';
COMMENT ON COLUMN registry.geography.id IS 'Small number used inside.';
COMMENT ON COLUMN registry.geography.code IS 'Stable code from the profile, e.g. bi-2023.';
COMMENT ON COLUMN registry.geography.name IS 'Name of the division.';
COMMENT ON COLUMN registry.geography.valid_from IS 'First day in force; null when not known.';
COMMENT ON COLUMN registry.geography.valid_to IS 'Last day in force; null while in force.';

CREATE TABLE registry.area (
    id integer NOT NULL,
    geography_id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    name_normalised text NOT NULL,
    level smallint NOT NULL,
    level_name text NOT NULL,
    parent_id integer,
    preorder integer NOT NULL,
    last_preorder integer NOT NULL,
    valid_from date,
    valid_to date,
    CONSTRAINT area_pk PRIMARY KEY (id),
    CONSTRAINT area_geography_known FOREIGN KEY (geography_id) REFERENCES registry.geography (id),
    CONSTRAINT area_parent_known FOREIGN KEY (parent_id) REFERENCES registry.area (id),
    CONSTRAINT area_code_unique UNIQUE (geography_id, code),
    CONSTRAINT area_preorder_unique UNIQUE (preorder) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT area_preorder_ordered CHECK (last_preorder >= preorder),
    CONSTRAINT area_validity_ordered CHECK (valid_to >= valid_from)
);
CREATE INDEX area_parent ON registry.area (parent_id);
CREATE INDEX area_name ON registry.area (name_normalised);
COMMENT ON TABLE registry.area IS 'Areas of any depth; a scope is a few ranges of preorder numbers.';
COMMENT ON COLUMN registry.area.id IS 'Small number used inside; kept when the profile is loaded again.';
COMMENT ON COLUMN registry.area.geography_id IS 'The division it belongs to.';
COMMENT ON COLUMN registry.area.code IS 'Code within the division, from the profile.';
COMMENT ON COLUMN registry.area.name IS 'Name as written officially.';
COMMENT ON COLUMN registry.area.name_normalised IS 'Lower case, without accents and punctuation.';
COMMENT ON COLUMN registry.area.level IS 'Depth: 0 for the country.';
COMMENT ON COLUMN registry.area.level_name IS 'What the level is called, e.g. commune.';
COMMENT ON COLUMN registry.area.parent_id IS 'The area around it; null at the top.';
COMMENT ON COLUMN registry.area.preorder IS 'Number in a walk of the tree: descendants have the numbers that follow.';
COMMENT ON COLUMN registry.area.last_preorder IS 'The greatest preorder number among its descendants and itself.';
COMMENT ON COLUMN registry.area.valid_from IS 'First day of the area; null when not known.';
COMMENT ON COLUMN registry.area.valid_to IS 'Last day of the area; null while it exists.';

CREATE TABLE registry.area_code (
    system text NOT NULL,
    code text NOT NULL,
    area_id integer NOT NULL,
    CONSTRAINT area_code_pk PRIMARY KEY (system, code),
    CONSTRAINT area_code_area_known FOREIGN KEY (area_id) REFERENCES registry.area (id)
);
CREATE INDEX area_code_area ON registry.area_code (area_id);
COMMENT ON TABLE registry.area_code IS 'Codes of areas in other code systems.';
COMMENT ON COLUMN registry.area_code.system IS 'Name of the code system.';
COMMENT ON COLUMN registry.area_code.code IS 'Code in that system.';
COMMENT ON COLUMN registry.area_code.area_id IS 'The area.';

CREATE TABLE registry.area_alias (
    area_id integer NOT NULL,
    name text NOT NULL,
    name_normalised text NOT NULL,
    CONSTRAINT area_alias_pk PRIMARY KEY (area_id, name),
    CONSTRAINT area_alias_area_known FOREIGN KEY (area_id) REFERENCES registry.area (id)
);
CREATE INDEX area_alias_name ON registry.area_alias (name_normalised);
COMMENT ON TABLE registry.area_alias IS 'Other spellings of an area''s name.';
COMMENT ON COLUMN registry.area_alias.area_id IS 'The area.';
COMMENT ON COLUMN registry.area_alias.name IS 'The spelling as met.';
COMMENT ON COLUMN registry.area_alias.name_normalised IS 'Lower case, without accents and punctuation.';

CREATE TABLE registry.area_set (
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    valid_from date,
    valid_to date,
    CONSTRAINT area_set_pk PRIMARY KEY (code),
    CONSTRAINT area_set_validity_ordered CHECK (valid_to >= valid_from)
);
COMMENT ON TABLE registry.area_set IS 'Named sets of areas: camps, host communities, shock zones.';
COMMENT ON COLUMN registry.area_set.code IS 'Stable code.';
COMMENT ON COLUMN registry.area_set.name IS 'Name for people.';
COMMENT ON COLUMN registry.area_set.kind IS 'camp, host, shock or another kind of the profile.';
COMMENT ON COLUMN registry.area_set.valid_from IS 'First day of the set; null when not known.';
COMMENT ON COLUMN registry.area_set.valid_to IS 'Last day of the set; null while in use.';

CREATE TABLE registry.area_set_member (
    set_code text NOT NULL,
    area_id integer NOT NULL,
    CONSTRAINT area_set_member_pk PRIMARY KEY (set_code, area_id),
    CONSTRAINT area_set_member_set_known FOREIGN KEY (set_code) REFERENCES registry.area_set (code),
    CONSTRAINT area_set_member_area_known FOREIGN KEY (area_id) REFERENCES registry.area (id)
);
COMMENT ON TABLE registry.area_set_member IS 'Which areas, with all below them, a set holds.';
COMMENT ON COLUMN registry.area_set_member.set_code IS 'The set.';
COMMENT ON COLUMN registry.area_set_member.area_id IS 'An area of the set.';

-- ---------------------------------------------------------------- profile

CREATE TABLE registry.profile_part (
    profile text NOT NULL,
    part text NOT NULL,
    version text NOT NULL,
    hash bytea NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT profile_part_pk PRIMARY KEY (profile, part)
);
COMMENT ON TABLE registry.profile_part IS 'Which version of each part of the country profile is loaded.';
COMMENT ON COLUMN registry.profile_part.profile IS 'Code of the profile, e.g. burundi.';
COMMENT ON COLUMN registry.profile_part.part IS 'File within the profile, e.g. codes/sex.json.';
COMMENT ON COLUMN registry.profile_part.version IS 'Version the part states of itself, or of the profile.';
COMMENT ON COLUMN registry.profile_part.hash IS 'SHA-256 of the file.';
COMMENT ON COLUMN registry.profile_part.loaded_at IS 'When this version was loaded.';

CREATE TABLE registry.questionnaire (
    code text NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    subject_kind text NOT NULL,
    definition jsonb NOT NULL,
    hash bytea NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT questionnaire_pk PRIMARY KEY (code, version),
    CONSTRAINT questionnaire_subject_known CHECK (subject_kind IN ('person', 'household'))
);
COMMENT ON TABLE registry.questionnaire IS 'Questionnaires as versioned data; a version never changes once loaded.';
COMMENT ON COLUMN registry.questionnaire.code IS 'Code of the questionnaire.';
COMMENT ON COLUMN registry.questionnaire.version IS 'Version, counting up.';
COMMENT ON COLUMN registry.questionnaire.title IS 'Title for people.';
COMMENT ON COLUMN registry.questionnaire.subject_kind IS 'Whom it asks about: person or household.';
COMMENT ON COLUMN registry.questionnaire.definition IS 'Questions with types, code lists and the attributes they feed.';
COMMENT ON COLUMN registry.questionnaire.hash IS 'SHA-256 of the canonical definition.';
COMMENT ON COLUMN registry.questionnaire.loaded_at IS 'When it was loaded.';

-- ---------------------------------------------------------------- what was said

CREATE TABLE registry.command (
    id uuid NOT NULL,
    kind text NOT NULL,
    actor_id uuid NOT NULL,
    purpose text NOT NULL,
    trace text NOT NULL,
    recorded_at timestamptz NOT NULL,
    idempotency_key text,
    request_hash bytea,
    undoes uuid,
    outcome jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT command_pk PRIMARY KEY (id),
    CONSTRAINT command_idempotency_unique UNIQUE (actor_id, idempotency_key),
    CONSTRAINT command_undone_once UNIQUE (undoes),
    CONSTRAINT command_undoes_known FOREIGN KEY (undoes) REFERENCES registry.command (id)
);
COMMENT ON TABLE registry.command IS 'Every change asked for and carried out, one row each; append-only.';
COMMENT ON COLUMN registry.command.id IS 'Identity.';
COMMENT ON COLUMN registry.command.kind IS 'What was asked, e.g. household.register.';
COMMENT ON COLUMN registry.command.actor_id IS 'Who asked.';
COMMENT ON COLUMN registry.command.purpose IS 'Why.';
COMMENT ON COLUMN registry.command.trace IS 'W3C trace id of the request.';
COMMENT ON COLUMN registry.command.recorded_at IS 'When it took effect.';
COMMENT ON COLUMN registry.command.idempotency_key IS 'Key given by the caller: the same key is carried out once.';
COMMENT ON COLUMN registry.command.request_hash IS 'SHA-256 of the request, to tell a repeat from another request under the same key.';
COMMENT ON COLUMN registry.command.undoes IS 'The command that this one undoes.';
COMMENT ON COLUMN registry.command.outcome IS 'Ids and versions it touched; no personal data.';

CREATE TABLE registry.source_record (
    id uuid NOT NULL,
    subject_kind text NOT NULL,
    source text NOT NULL,
    source_key text NOT NULL,
    command_id uuid NOT NULL,
    batch_id uuid,
    survey_id uuid,
    content_hash bytea NOT NULL,
    observed_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_id uuid NOT NULL,
    assurance text NOT NULL,
    household_record uuid,
    membership jsonb,
    claims jsonb NOT NULL,
    sealed bytea,
    CONSTRAINT source_record_pk PRIMARY KEY (id),
    CONSTRAINT source_record_subject_known CHECK (subject_kind IN ('person', 'household')),
    CONSTRAINT source_record_membership_whole CHECK ((household_record IS NULL) = (membership IS NULL)),
    CONSTRAINT source_record_membership_of_person CHECK (membership IS NULL OR subject_kind = 'person'),
    CONSTRAINT source_record_hash_length CHECK (octet_length(content_hash) = 32)
);
CREATE INDEX source_record_key ON registry.source_record (source, source_key, subject_kind);
CREATE INDEX source_record_command ON registry.source_record (command_id);
CREATE INDEX source_record_household ON registry.source_record (household_record) WHERE household_record IS NOT NULL;
COMMENT ON TABLE registry.source_record IS 'One statement about one person or household, as a source made it; append-only.';
COMMENT ON COLUMN registry.source_record.id IS 'Identity, UUID version 7.';
COMMENT ON COLUMN registry.source_record.subject_kind IS 'person or household.';
COMMENT ON COLUMN registry.source_record.source IS 'Who said it: an import source, or desk for commands.';
COMMENT ON COLUMN registry.source_record.source_key IS 'The source''s own key of the subject.';
COMMENT ON COLUMN registry.source_record.command_id IS 'The command that brought it.';
COMMENT ON COLUMN registry.source_record.batch_id IS 'The import batch; null for single commands.';
COMMENT ON COLUMN registry.source_record.survey_id IS 'The survey whose answers it carries.';
COMMENT ON COLUMN registry.source_record.content_hash IS 'SHA-256 of the canonical content: an equal statement is told from a new one.';
COMMENT ON COLUMN registry.source_record.observed_on IS 'The day from which the statement holds.';
COMMENT ON COLUMN registry.source_record.recorded_at IS 'When the registry came to know it.';
COMMENT ON COLUMN registry.source_record.actor_id IS 'Who recorded it.';
COMMENT ON COLUMN registry.source_record.assurance IS 'How sure: code of the list assurance.';
COMMENT ON COLUMN registry.source_record.household_record IS 'A record of the household that the membership speaks of; resolved through its link.';
COMMENT ON COLUMN registry.source_record.membership IS 'Membership claim: op (join, amend, leave), role, relationship, recipient, on, reason, successor.';
COMMENT ON COLUMN registry.source_record.claims IS 'Attribute values stated; absent means not stated, null means stated as empty.';
COMMENT ON COLUMN registry.source_record.sealed IS 'AES-256-GCM sealed identifiers and phone numbers.';

CREATE TABLE registry.link (
    record_id uuid NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz NOT NULL DEFAULT 'infinity',
    opened_by uuid NOT NULL,
    closed_by uuid,
    CONSTRAINT link_pk PRIMARY KEY (subject_id, record_id, recorded_from),
    CONSTRAINT link_subject_known CHECK (subject_kind IN ('person', 'household')),
    CONSTRAINT link_interval_ordered CHECK (recorded_to >= recorded_from),
    CONSTRAINT link_closed_by_somebody CHECK ((recorded_to = 'infinity') = (closed_by IS NULL))
);
CREATE UNIQUE INDEX link_one_open ON registry.link (record_id) WHERE recorded_to = 'infinity';
CREATE INDEX link_record ON registry.link (record_id) WHERE recorded_to <> 'infinity';
CREATE INDEX link_opened ON registry.link (opened_by);
CREATE INDEX link_closed ON registry.link (closed_by) WHERE closed_by IS NOT NULL;
COMMENT ON TABLE registry.link IS 'Which person or household a source record is about; merge, unmerge and undo only close and open links.';
COMMENT ON COLUMN registry.link.record_id IS 'The source record.';
COMMENT ON COLUMN registry.link.subject_kind IS 'person or household.';
COMMENT ON COLUMN registry.link.subject_id IS 'The person or household.';
COMMENT ON COLUMN registry.link.recorded_from IS 'From when on this was held true.';
COMMENT ON COLUMN registry.link.recorded_to IS 'Until when; infinity while it holds.';
COMMENT ON COLUMN registry.link.opened_by IS 'The command that opened it.';
COMMENT ON COLUMN registry.link.closed_by IS 'The command that closed it; null while it holds.';

CREATE TABLE registry.survey (
    id uuid NOT NULL,
    questionnaire text NOT NULL,
    questionnaire_version integer NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    observed_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_id uuid NOT NULL,
    command_id uuid NOT NULL,
    answers jsonb NOT NULL,
    CONSTRAINT survey_pk PRIMARY KEY (id),
    CONSTRAINT survey_questionnaire_known FOREIGN KEY (questionnaire, questionnaire_version)
        REFERENCES registry.questionnaire (code, version),
    CONSTRAINT survey_subject_known CHECK (subject_kind IN ('person', 'household'))
);
CREATE INDEX survey_subject ON registry.survey (subject_id, observed_on);
CREATE INDEX survey_command ON registry.survey (command_id);
COMMENT ON TABLE registry.survey IS 'One row per survey taken; append-only, the current values of the subject follow from its statements.';
COMMENT ON COLUMN registry.survey.id IS 'Identity.';
COMMENT ON COLUMN registry.survey.questionnaire IS 'Code of the questionnaire.';
COMMENT ON COLUMN registry.survey.questionnaire_version IS 'Its version.';
COMMENT ON COLUMN registry.survey.subject_kind IS 'person or household.';
COMMENT ON COLUMN registry.survey.subject_id IS 'Whom it asked about, as known when recorded.';
COMMENT ON COLUMN registry.survey.observed_on IS 'Day of the interview.';
COMMENT ON COLUMN registry.survey.recorded_at IS 'When the registry came to know it.';
COMMENT ON COLUMN registry.survey.actor_id IS 'Who recorded it.';
COMMENT ON COLUMN registry.survey.command_id IS 'The command that brought it.';
COMMENT ON COLUMN registry.survey.answers IS 'Typed answers by question name.';

-- ---------------------------------------------------------------- what follows from it: current rows

CREATE TABLE registry.person (
    id uuid NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    social_id text NOT NULL,
    given_name text,
    further_names text,
    family_name text,
    maiden_name text,
    name_normalised text NOT NULL DEFAULT '',
    sex text,
    birth_date date,
    birth_precision text,
    death_date date,
    civil_status text,
    languages text[] NOT NULL DEFAULT '{}',
    education text,
    occupation text,
    employment text,
    displacement text,
    wg_seeing text,
    wg_hearing text,
    wg_walking text,
    wg_remembering text,
    wg_self_care text,
    wg_communicating text,
    is_disabled boolean,
    flags text[] NOT NULL DEFAULT '{}',
    household_id uuid,
    role text,
    relationship text,
    recipient text,
    area_id integer,
    area_order integer,
    consent_basis text,
    consent_on date,
    photo bytea,
    extras jsonb NOT NULL DEFAULT '{}',
    origins jsonb NOT NULL DEFAULT '{}',
    sealed bytea,
    merged_into uuid,
    observed_on date NOT NULL,
    due_on date,
    registered_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT person_pk PRIMARY KEY (id),
    CONSTRAINT person_social_id_unique UNIQUE (social_id),
    CONSTRAINT person_status_known CHECK (status IN ('active', 'inactive', 'deceased', 'merged')),
    CONSTRAINT person_birth_precision_known CHECK (birth_precision IN ('day', 'month', 'year', 'estimated')),
    CONSTRAINT person_birth_whole CHECK ((birth_date IS NULL) = (birth_precision IS NULL)),
    CONSTRAINT person_death_after_birth CHECK (death_date IS NULL OR birth_date IS NULL OR death_date >= birth_date),
    CONSTRAINT person_area_whole CHECK ((area_id IS NULL) = (area_order IS NULL)),
    CONSTRAINT person_merged_whole CHECK ((status = 'merged') = (merged_into IS NOT NULL))
);
CREATE INDEX person_area ON registry.person (area_order, id);
CREATE INDEX person_birth ON registry.person (birth_date, id);
CREATE INDEX person_household ON registry.person (household_id) WHERE household_id IS NOT NULL;
CREATE INDEX person_due ON registry.person (due_on, id) WHERE due_on IS NOT NULL;
CREATE INDEX person_updated ON registry.person (updated_at, id);
COMMENT ON TABLE registry.person IS 'The current view of each person, derived from source records and links.';
COMMENT ON COLUMN registry.person.id IS 'Identity, UUID version 7; stable, answers for ever.';
COMMENT ON COLUMN registry.person.version IS 'Counts the changes of the view, from 1.';
COMMENT ON COLUMN registry.person.status IS 'active, inactive, deceased or merged.';
COMMENT ON COLUMN registry.person.social_id IS 'The person''s number in this registry: 12 digits, the last two by ISO 7064 MOD 97-10.';
COMMENT ON COLUMN registry.person.given_name IS 'Given name as written.';
COMMENT ON COLUMN registry.person.further_names IS 'Further given names as written.';
COMMENT ON COLUMN registry.person.family_name IS 'Family name as written.';
COMMENT ON COLUMN registry.person.maiden_name IS 'Maiden or other name as written.';
COMMENT ON COLUMN registry.person.name_normalised IS 'All names, lower case, without accents and honorifics.';
COMMENT ON COLUMN registry.person.sex IS 'Code of the list sex.';
COMMENT ON COLUMN registry.person.birth_date IS 'Birth date; the first day that fits when less is known.';
COMMENT ON COLUMN registry.person.birth_precision IS 'day, month, year or estimated.';
COMMENT ON COLUMN registry.person.death_date IS 'Day of death.';
COMMENT ON COLUMN registry.person.civil_status IS 'Code of the list civil_status.';
COMMENT ON COLUMN registry.person.languages IS 'ISO 639-3 codes of languages spoken.';
COMMENT ON COLUMN registry.person.education IS 'Code of the list education.';
COMMENT ON COLUMN registry.person.occupation IS 'Code of the list occupation.';
COMMENT ON COLUMN registry.person.employment IS 'Code of the list employment.';
COMMENT ON COLUMN registry.person.displacement IS 'Code of the list displacement.';
COMMENT ON COLUMN registry.person.wg_seeing IS 'Washington Group, seeing: code of the list wg_severity.';
COMMENT ON COLUMN registry.person.wg_hearing IS 'Washington Group, hearing: code of the list wg_severity.';
COMMENT ON COLUMN registry.person.wg_walking IS 'Washington Group, walking: code of the list wg_severity.';
COMMENT ON COLUMN registry.person.wg_remembering IS 'Washington Group, remembering: code of the list wg_severity.';
COMMENT ON COLUMN registry.person.wg_self_care IS 'Washington Group, self-care: code of the list wg_severity.';
COMMENT ON COLUMN registry.person.wg_communicating IS 'Washington Group, communicating: code of the list wg_severity.';
COMMENT ON COLUMN registry.person.is_disabled IS 'At least one domain at level 3 (a lot of difficulty) or above; null when none was asked.';
COMMENT ON COLUMN registry.person.flags IS 'Sensitive flags of the profile.';
COMMENT ON COLUMN registry.person.household_id IS 'Household of the primary open membership.';
COMMENT ON COLUMN registry.person.role IS 'Role there: head or member.';
COMMENT ON COLUMN registry.person.relationship IS 'Relationship to the head there.';
COMMENT ON COLUMN registry.person.recipient IS 'Recipient rank there: first, alternate or null.';
COMMENT ON COLUMN registry.person.area_id IS 'Area of that household, or the person''s own.';
COMMENT ON COLUMN registry.person.area_order IS 'Preorder number of that area.';
COMMENT ON COLUMN registry.person.consent_basis IS 'Consent or legal basis under which the data is held.';
COMMENT ON COLUMN registry.person.consent_on IS 'Day it was given.';
COMMENT ON COLUMN registry.person.photo IS 'SHA-256 of the photo among the attachments.';
COMMENT ON COLUMN registry.person.extras IS 'Attributes of the profile that have no column of their own.';
COMMENT ON COLUMN registry.person.origins IS 'Origin record by attribute, only where it is not the newest record.';
COMMENT ON COLUMN registry.person.sealed IS 'AES-256-GCM sealed identifiers and phone numbers of the view.';
COMMENT ON COLUMN registry.person.merged_into IS 'The survivor, when merged.';
COMMENT ON COLUMN registry.person.observed_on IS 'Newest day of observation among its records.';
COMMENT ON COLUMN registry.person.due_on IS 'When the data should be taken anew.';
COMMENT ON COLUMN registry.person.registered_at IS 'When the registry first knew of the person.';
COMMENT ON COLUMN registry.person.updated_at IS 'When the view last changed.';

CREATE TABLE registry.household (
    id uuid NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    kind text NOT NULL,
    social_id text NOT NULL,
    head_id uuid,
    size integer NOT NULL DEFAULT 0,
    residence text,
    area_id integer,
    area_order integer,
    address text,
    latitude numeric(9, 6),
    longitude numeric(9, 6),
    poverty_score numeric(14, 4),
    poverty_score_type text,
    consent_basis text,
    consent_on date,
    extras jsonb NOT NULL DEFAULT '{}',
    origins jsonb NOT NULL DEFAULT '{}',
    sealed bytea,
    merged_into uuid,
    observed_on date NOT NULL,
    due_on date,
    registered_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT household_pk PRIMARY KEY (id),
    CONSTRAINT household_social_id_unique UNIQUE (social_id),
    CONSTRAINT household_status_known CHECK (status IN ('active', 'inactive', 'merged')),
    CONSTRAINT household_size_counted CHECK (size >= 0),
    CONSTRAINT household_area_whole CHECK ((area_id IS NULL) = (area_order IS NULL)),
    CONSTRAINT household_latitude_in_range CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT household_longitude_in_range CHECK (longitude BETWEEN -180 AND 180),
    CONSTRAINT household_point_whole CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CONSTRAINT household_merged_whole CHECK ((status = 'merged') = (merged_into IS NOT NULL))
);
CREATE INDEX household_area ON registry.household (area_order, id);
CREATE INDEX household_size ON registry.household (size, id);
CREATE INDEX household_poverty ON registry.household (poverty_score, id) WHERE poverty_score IS NOT NULL;
CREATE INDEX household_due ON registry.household (due_on, id) WHERE due_on IS NOT NULL;
CREATE INDEX household_updated ON registry.household (updated_at, id);
COMMENT ON TABLE registry.household IS 'The current view of each household or other group, derived from source records and links.';
COMMENT ON COLUMN registry.household.id IS 'Identity, UUID version 7; stable, answers for ever.';
COMMENT ON COLUMN registry.household.version IS 'Counts the changes of the view, from 1.';
COMMENT ON COLUMN registry.household.status IS 'active, inactive or merged.';
COMMENT ON COLUMN registry.household.kind IS 'Code of the list group_kind; household for most.';
COMMENT ON COLUMN registry.household.social_id IS 'The household''s number in this registry: 12 digits, the last two by ISO 7064 MOD 97-10.';
COMMENT ON COLUMN registry.household.head_id IS 'The head among the open members.';
COMMENT ON COLUMN registry.household.size IS 'Number of open members.';
COMMENT ON COLUMN registry.household.residence IS 'Code of the list residence: urban, rural or another of the profile.';
COMMENT ON COLUMN registry.household.area_id IS 'Area of residence.';
COMMENT ON COLUMN registry.household.area_order IS 'Preorder number of that area.';
COMMENT ON COLUMN registry.household.address IS 'Address in words.';
COMMENT ON COLUMN registry.household.latitude IS 'WGS 84 latitude, degrees.';
COMMENT ON COLUMN registry.household.longitude IS 'WGS 84 longitude, degrees.';
COMMENT ON COLUMN registry.household.poverty_score IS 'Poverty score as stated by a source; exact decimal.';
COMMENT ON COLUMN registry.household.poverty_score_type IS 'Which score that is.';
COMMENT ON COLUMN registry.household.consent_basis IS 'Consent or legal basis under which the data is held.';
COMMENT ON COLUMN registry.household.consent_on IS 'Day it was given.';
COMMENT ON COLUMN registry.household.extras IS 'Dwelling, assets and other attributes of the profile.';
COMMENT ON COLUMN registry.household.origins IS 'Origin record by attribute, only where it is not the newest record.';
COMMENT ON COLUMN registry.household.sealed IS 'AES-256-GCM sealed identifiers and phone numbers of the view.';
COMMENT ON COLUMN registry.household.merged_into IS 'The survivor, when merged.';
COMMENT ON COLUMN registry.household.observed_on IS 'Newest day of observation among its records.';
COMMENT ON COLUMN registry.household.due_on IS 'When the data should be taken anew.';
COMMENT ON COLUMN registry.household.registered_at IS 'When the registry first knew of the household.';
COMMENT ON COLUMN registry.household.updated_at IS 'When the view last changed.';

CREATE TABLE registry.membership (
    household_id uuid NOT NULL,
    person_id uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    role text NOT NULL,
    relationship text,
    recipient text,
    is_primary boolean NOT NULL,
    end_reason text,
    successor_id uuid,
    CONSTRAINT membership_pk PRIMARY KEY (household_id, person_id, valid_from),
    CONSTRAINT membership_role_known CHECK (role IN ('head', 'member')),
    CONSTRAINT membership_validity_ordered CHECK (valid_to >= valid_from),
    CONSTRAINT membership_end_whole CHECK (end_reason IS NULL OR valid_to IS NOT NULL),
    CONSTRAINT membership_primary_open CHECK (NOT is_primary OR valid_to IS NULL)
);
CREATE UNIQUE INDEX membership_one_primary ON registry.membership (person_id) WHERE is_primary;
CREATE INDEX membership_person ON registry.membership (person_id);
COMMENT ON TABLE registry.membership IS 'Who belongs or belonged to which household, derived from the membership claims of source records.';
COMMENT ON COLUMN registry.membership.household_id IS 'The household.';
COMMENT ON COLUMN registry.membership.person_id IS 'The person.';
COMMENT ON COLUMN registry.membership.valid_from IS 'First day of the membership.';
COMMENT ON COLUMN registry.membership.valid_to IS 'First day no longer a member; null while open.';
COMMENT ON COLUMN registry.membership.role IS 'head or member.';
COMMENT ON COLUMN registry.membership.relationship IS 'Relationship to the head, code of the list relationship.';
COMMENT ON COLUMN registry.membership.recipient IS 'Recipient rank: first, alternate or null.';
COMMENT ON COLUMN registry.membership.is_primary IS 'The one open membership that counts when a person has several.';
COMMENT ON COLUMN registry.membership.end_reason IS 'Why it ended, code of the list end_reason.';
COMMENT ON COLUMN registry.membership.successor_id IS 'Who took the role over.';

CREATE TABLE registry.identifier (
    type text NOT NULL,
    hash bytea NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    last4 text NOT NULL,
    sealed bytea NOT NULL,
    issuer text,
    verified_on date,
    verified_how text,
    valid_from date,
    valid_to date,
    CONSTRAINT identifier_pk PRIMARY KEY (hash, type, subject_id),
    CONSTRAINT identifier_subject_known CHECK (subject_kind IN ('person', 'household')),
    CONSTRAINT identifier_last4_short CHECK (char_length(last4) <= 4)
);
CREATE INDEX identifier_subject ON registry.identifier (subject_id);
COMMENT ON TABLE registry.identifier IS 'Identifiers and phone numbers by keyed hash; the value itself is sealed.';
COMMENT ON COLUMN registry.identifier.type IS 'Code of the list identifier_type; PHONE for phone numbers.';
COMMENT ON COLUMN registry.identifier.hash IS 'HMAC-SHA256 of the normalised value under the installation''s key and the type.';
COMMENT ON COLUMN registry.identifier.subject_kind IS 'person or household.';
COMMENT ON COLUMN registry.identifier.subject_id IS 'Whose it is.';
COMMENT ON COLUMN registry.identifier.last4 IS 'Last four characters, for a masked display; fewer when the value is shorter than eight.';
COMMENT ON COLUMN registry.identifier.sealed IS 'AES-256-GCM sealed value.';
COMMENT ON COLUMN registry.identifier.issuer IS 'Who issued it.';
COMMENT ON COLUMN registry.identifier.verified_on IS 'Day it was verified; null when not.';
COMMENT ON COLUMN registry.identifier.verified_how IS 'How: document seen, answered by the issuer, …';
COMMENT ON COLUMN registry.identifier.valid_from IS 'First day of validity.';
COMMENT ON COLUMN registry.identifier.valid_to IS 'Last day of validity.';

CREATE TABLE registry.participation (
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    ordinal integer NOT NULL,
    programme text NOT NULL,
    kind text NOT NULL,
    status text,
    from_on date,
    to_on date,
    amount_minor bigint,
    currency text,
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT participation_pk PRIMARY KEY (subject_id, ordinal),
    CONSTRAINT participation_subject_known CHECK (subject_kind IN ('person', 'household')),
    CONSTRAINT participation_kind_known CHECK (kind IN ('enrolment', 'benefit')),
    CONSTRAINT participation_amount_whole CHECK ((amount_minor IS NULL) = (currency IS NULL))
);
CREATE INDEX participation_programme ON registry.participation (programme, status, subject_id);
COMMENT ON TABLE registry.participation IS 'Enrolments and benefits as programmes reported them, derived from source records.';
COMMENT ON COLUMN registry.participation.subject_kind IS 'person or household.';
COMMENT ON COLUMN registry.participation.subject_id IS 'Who takes part.';
COMMENT ON COLUMN registry.participation.ordinal IS 'Place in the subject''s list.';
COMMENT ON COLUMN registry.participation.programme IS 'Code of the programme.';
COMMENT ON COLUMN registry.participation.kind IS 'enrolment or benefit.';
COMMENT ON COLUMN registry.participation.status IS 'Enrolment status as reported.';
COMMENT ON COLUMN registry.participation.from_on IS 'First day of the enrolment, or day of the benefit.';
COMMENT ON COLUMN registry.participation.to_on IS 'Last day of the enrolment.';
COMMENT ON COLUMN registry.participation.amount_minor IS 'Amount of the benefit in minor units of the currency.';
COMMENT ON COLUMN registry.participation.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN registry.participation.detail IS 'What else the programme reported.';

CREATE TABLE registry.civil_union (
    person_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    kind text NOT NULL,
    started_on date NOT NULL,
    ended_on date,
    end_reason text,
    place_area_id integer,
    registration text,
    CONSTRAINT civil_union_pk PRIMARY KEY (person_id, partner_id, started_on),
    CONSTRAINT civil_union_not_with_self CHECK (person_id <> partner_id),
    CONSTRAINT civil_union_ordered CHECK (ended_on >= started_on)
);
CREATE INDEX civil_union_partner ON registry.civil_union (partner_id);
COMMENT ON TABLE registry.civil_union IS 'Marriages and other unions, a row for each partner, derived from source records.';
COMMENT ON COLUMN registry.civil_union.person_id IS 'One partner.';
COMMENT ON COLUMN registry.civil_union.partner_id IS 'The other partner.';
COMMENT ON COLUMN registry.civil_union.kind IS 'civil, customary, religious or another kind of the profile.';
COMMENT ON COLUMN registry.civil_union.started_on IS 'First day.';
COMMENT ON COLUMN registry.civil_union.ended_on IS 'Last day; null while it lasts.';
COMMENT ON COLUMN registry.civil_union.end_reason IS 'divorce, death or annulment.';
COMMENT ON COLUMN registry.civil_union.place_area_id IS 'Area where it was recorded.';
COMMENT ON COLUMN registry.civil_union.registration IS 'Number of the act, when known.';

CREATE TABLE registry.birth (
    child_id uuid NOT NULL,
    mother_id uuid,
    father_id uuid,
    born_on date NOT NULL,
    precision text NOT NULL,
    place_area_id integer,
    registration text,
    CONSTRAINT birth_pk PRIMARY KEY (child_id),
    CONSTRAINT birth_precision_known CHECK (precision IN ('day', 'month', 'year', 'estimated')),
    CONSTRAINT birth_parents_differ CHECK (mother_id <> father_id AND mother_id <> child_id AND father_id <> child_id)
);
CREATE INDEX birth_mother ON registry.birth (mother_id) WHERE mother_id IS NOT NULL;
CREATE INDEX birth_father ON registry.birth (father_id) WHERE father_id IS NOT NULL;
COMMENT ON TABLE registry.birth IS 'Births recorded here, with the parents known, derived from source records.';
COMMENT ON COLUMN registry.birth.child_id IS 'The child.';
COMMENT ON COLUMN registry.birth.mother_id IS 'The mother, when known to the registry.';
COMMENT ON COLUMN registry.birth.father_id IS 'The father, when known to the registry.';
COMMENT ON COLUMN registry.birth.born_on IS 'Day of birth.';
COMMENT ON COLUMN registry.birth.precision IS 'day, month, year or estimated.';
COMMENT ON COLUMN registry.birth.place_area_id IS 'Area of birth.';
COMMENT ON COLUMN registry.birth.registration IS 'Number of the birth act, when known.';

CREATE TABLE registry.name_key (
    h bigint NOT NULL,
    area_order integer NOT NULL,
    person_id uuid NOT NULL,
    CONSTRAINT name_key_pk PRIMARY KEY (h, area_order, person_id)
);
COMMENT ON TABLE registry.name_key IS 'Search keys of names: hashes of phonetic tokens and of pairs of them.';
COMMENT ON COLUMN registry.name_key.h IS 'Hash of the key.';
COMMENT ON COLUMN registry.name_key.area_order IS 'Preorder number of the person''s area; 0 without area.';
COMMENT ON COLUMN registry.name_key.person_id IS 'The person.';

CREATE TABLE registry.attachment (
    id uuid NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    hash bytea NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    label text,
    command_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT attachment_pk PRIMARY KEY (id),
    CONSTRAINT attachment_subject_known CHECK (subject_kind IN ('person', 'household')),
    CONSTRAINT attachment_kind_known CHECK (kind IN ('photo', 'document')),
    CONSTRAINT attachment_size_positive CHECK (size > 0)
);
CREATE INDEX attachment_subject ON registry.attachment (subject_id);
CREATE INDEX attachment_hash ON registry.attachment (hash);
COMMENT ON TABLE registry.attachment IS 'Photos and documents; the bytes are encrypted files named by hash.';
COMMENT ON COLUMN registry.attachment.id IS 'Identity.';
COMMENT ON COLUMN registry.attachment.subject_kind IS 'person or household.';
COMMENT ON COLUMN registry.attachment.subject_id IS 'Whose it is.';
COMMENT ON COLUMN registry.attachment.kind IS 'photo or document.';
COMMENT ON COLUMN registry.attachment.hash IS 'Keyed hash of the content, name of the file.';
COMMENT ON COLUMN registry.attachment.media_type IS 'Media type, e.g. image/jpeg.';
COMMENT ON COLUMN registry.attachment.size IS 'Bytes of the content.';
COMMENT ON COLUMN registry.attachment.label IS 'What it is, e.g. national id, front.';
COMMENT ON COLUMN registry.attachment.command_id IS 'The command that brought it.';
COMMENT ON COLUMN registry.attachment.recorded_at IS 'When it was added.';

-- ---------------------------------------------------------------- past rows

CREATE TABLE registry.person_past (LIKE registry.person);
ALTER TABLE registry.person_past
    ADD COLUMN replaced_at timestamptz NOT NULL,
    ADD COLUMN replaced_by uuid NOT NULL,
    ADD CONSTRAINT person_past_pk PRIMARY KEY (id, version);
COMMENT ON TABLE registry.person_past IS 'Earlier versions of person rows, copied before each change; columns as in person.';
COMMENT ON COLUMN registry.person_past.replaced_at IS 'When the version ended.';
COMMENT ON COLUMN registry.person_past.replaced_by IS 'The command that ended it.';

CREATE TABLE registry.household_past (LIKE registry.household);
ALTER TABLE registry.household_past
    ADD COLUMN replaced_at timestamptz NOT NULL,
    ADD COLUMN replaced_by uuid NOT NULL,
    ADD CONSTRAINT household_past_pk PRIMARY KEY (id, version);
COMMENT ON TABLE registry.household_past IS 'Earlier versions of household rows, copied before each change; columns as in household.';
COMMENT ON COLUMN registry.household_past.replaced_at IS 'When the version ended.';
COMMENT ON COLUMN registry.household_past.replaced_by IS 'The command that ended it.';

CREATE TABLE registry.membership_past (LIKE registry.membership);
ALTER TABLE registry.membership_past
    ADD COLUMN replaced_at timestamptz NOT NULL,
    ADD COLUMN replaced_by uuid NOT NULL;
CREATE INDEX membership_past_person ON registry.membership_past (person_id);
CREATE INDEX membership_past_household ON registry.membership_past (household_id);
COMMENT ON TABLE registry.membership_past IS 'Earlier membership rows, copied before each change; columns as in membership.';
COMMENT ON COLUMN registry.membership_past.replaced_at IS 'When the row ended.';
COMMENT ON COLUMN registry.membership_past.replaced_by IS 'The command that ended it.';

DO $$
DECLARE
    past record;
BEGIN
    -- The data dictionary of a past column is that of the current one.
    FOR past IN
        SELECT a.attrelid::regclass AS past_table, a.attname, d.description
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid AND c.relname IN ('person_past', 'household_past', 'membership_past')
        JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'registry'
        JOIN pg_attribute AS o ON o.attrelid = ('registry.' || replace(c.relname, '_past', ''))::regclass
            AND o.attname = a.attname
        JOIN pg_description AS d ON d.objoid = o.attrelid AND d.objsubid = o.attnum
        WHERE a.attnum > 0 AND col_description(a.attrelid, a.attnum) IS NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', past.past_table, past.attname, past.description);
    END LOOP;
END
$$;

-- ---------------------------------------------------------------- social ids

CREATE TABLE registry.social_id_pool (
    place bigint NOT NULL,
    social_id text NOT NULL,
    CONSTRAINT social_id_pool_pk PRIMARY KEY (place)
);
COMMENT ON TABLE registry.social_id_pool IS 'Numbers ready to be given out, shuffled beforehand; a number given out leaves the pool.';
COMMENT ON COLUMN registry.social_id_pool.place IS 'Place in the shuffled order.';
COMMENT ON COLUMN registry.social_id_pool.social_id IS 'Number with its two check digits.';

CREATE TABLE registry.social_id_counter (
    only_row boolean NOT NULL DEFAULT true,
    next_place bigint NOT NULL,
    CONSTRAINT social_id_counter_pk PRIMARY KEY (only_row),
    CONSTRAINT social_id_counter_single CHECK (only_row)
);
INSERT INTO registry.social_id_counter (next_place) VALUES (0);
COMMENT ON TABLE registry.social_id_counter IS 'How far the shuffled order has been written into the pool; one row.';
COMMENT ON COLUMN registry.social_id_counter.only_row IS 'Always true.';
COMMENT ON COLUMN registry.social_id_counter.next_place IS 'The first place not yet written.';

-- ---------------------------------------------------------------- events

CREATE TABLE registry.event (
    seq bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id uuid NOT NULL,
    type text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    subject_version integer NOT NULL,
    area_before integer,
    area_after integer,
    actor_id uuid NOT NULL,
    purpose text NOT NULL,
    trace text NOT NULL,
    command_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    body jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT event_pk PRIMARY KEY (seq, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX event_xid ON registry.event (xid, seq);
CREATE INDEX event_subject ON registry.event (subject_id, seq);
COMMENT ON TABLE registry.event IS 'What happened, appended in the transaction of the change; partitioned by month, no personal data.';
COMMENT ON COLUMN registry.event.seq IS 'Number in order of writing; not the order of committing.';
COMMENT ON COLUMN registry.event.xid IS 'Transaction that wrote it.';
COMMENT ON COLUMN registry.event.id IS 'Identity of the event for consumers.';
COMMENT ON COLUMN registry.event.type IS 'Type, e.g. person.registered.v1.';
COMMENT ON COLUMN registry.event.subject_kind IS 'person, household, import, proposal, area.';
COMMENT ON COLUMN registry.event.subject_id IS 'Identity of the subject.';
COMMENT ON COLUMN registry.event.subject_version IS 'Version of the subject after the change.';
COMMENT ON COLUMN registry.event.area_before IS 'Preorder number of the subject''s area before.';
COMMENT ON COLUMN registry.event.area_after IS 'Preorder number of the subject''s area after.';
COMMENT ON COLUMN registry.event.actor_id IS 'Who acted.';
COMMENT ON COLUMN registry.event.purpose IS 'Why.';
COMMENT ON COLUMN registry.event.trace IS 'W3C trace id.';
COMMENT ON COLUMN registry.event.command_id IS 'The command it came from.';
COMMENT ON COLUMN registry.event.recorded_at IS 'When.';
COMMENT ON COLUMN registry.event.body IS 'Ids and codes only.';

CREATE FUNCTION registry.ensure_event_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    month date;
    made integer := 0;
    name text;
BEGIN
    FOR step IN -1 .. months_ahead LOOP
        month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step))::date;
        name := 'event_' || to_char(month, 'YYYY_MM');
        IF to_regclass('registry.' || name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE registry.%I PARTITION OF registry.event FOR VALUES FROM (%L) TO (%L)',
                name, month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('COMMENT ON TABLE registry.%I IS %L', name, 'Events of one month.');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION registry.ensure_event_partitions(integer) IS 'Makes the monthly partitions of the event log, from last month to so many months ahead.';
CREATE TABLE registry.event_other PARTITION OF registry.event DEFAULT;
COMMENT ON TABLE registry.event_other IS 'Events outside the monthly partitions; empty unless the maintenance was away for months.';
SELECT registry.ensure_event_partitions(3);

CREATE TABLE registry.event_order (
    pos bigint NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT event_order_pk PRIMARY KEY (pos),
    CONSTRAINT event_order_once UNIQUE (seq)
);
COMMENT ON TABLE registry.event_order IS 'The final place of each committed event: gap-free, insert-only.';
COMMENT ON COLUMN registry.event_order.pos IS 'Place in the log, from 1.';
COMMENT ON COLUMN registry.event_order.seq IS 'The event.';
COMMENT ON COLUMN registry.event_order.recorded_at IS 'Its time, to find its partition.';

CREATE TABLE registry.event_sequencer (
    only_row boolean NOT NULL DEFAULT true,
    epoch integer NOT NULL,
    horizon xid8 NOT NULL,
    last_pos bigint NOT NULL,
    CONSTRAINT event_sequencer_pk PRIMARY KEY (only_row),
    CONSTRAINT event_sequencer_single CHECK (only_row)
);
INSERT INTO registry.event_sequencer (epoch, horizon, last_pos) VALUES (1, '0', 0);
COMMENT ON TABLE registry.event_sequencer IS 'How far the log is ordered; one row.';
COMMENT ON COLUMN registry.event_sequencer.only_row IS 'Always true.';
COMMENT ON COLUMN registry.event_sequencer.epoch IS 'Counts restores to an earlier point.';
COMMENT ON COLUMN registry.event_sequencer.horizon IS 'Every event of a transaction below this has its place.';
COMMENT ON COLUMN registry.event_sequencer.last_pos IS 'The last place given out.';

CREATE TABLE registry.event_cursor (
    reader text NOT NULL,
    epoch integer NOT NULL,
    pos bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT event_cursor_pk PRIMARY KEY (reader)
);
COMMENT ON TABLE registry.event_cursor IS 'How far each reader inside the registry has come.';
COMMENT ON COLUMN registry.event_cursor.reader IS 'Name of the reader.';
COMMENT ON COLUMN registry.event_cursor.epoch IS 'Epoch of the place.';
COMMENT ON COLUMN registry.event_cursor.pos IS 'Last place handled.';
COMMENT ON COLUMN registry.event_cursor.updated_at IS 'When it moved last.';

CREATE TABLE registry.event_parked (
    reader text NOT NULL,
    pos bigint NOT NULL,
    fault text NOT NULL,
    attempts integer NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT event_parked_pk PRIMARY KEY (reader, pos)
);
COMMENT ON TABLE registry.event_parked IS 'Events that a reader could not handle and set aside.';
COMMENT ON COLUMN registry.event_parked.reader IS 'The reader.';
COMMENT ON COLUMN registry.event_parked.pos IS 'Place of the event.';
COMMENT ON COLUMN registry.event_parked.fault IS 'Code of the fault.';
COMMENT ON COLUMN registry.event_parked.attempts IS 'How often it was tried.';
COMMENT ON COLUMN registry.event_parked.parked_at IS 'When it was set aside.';

-- ---------------------------------------------------------------- proposals

CREATE TABLE registry.proposal (
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid,
    base_version integer,
    command_sealed bytea NOT NULL,
    evidence_sealed bytea,
    reason text NOT NULL,
    approvals_needed integer NOT NULL,
    state text NOT NULL DEFAULT 'open',
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    executed_command uuid,
    CONSTRAINT proposal_pk PRIMARY KEY (id),
    CONSTRAINT proposal_subject_known CHECK (subject_kind IN ('person', 'household', 'import')),
    CONSTRAINT proposal_state_known CHECK (state IN ('open', 'executed', 'rejected', 'withdrawn')),
    CONSTRAINT proposal_approvals_positive CHECK (approvals_needed BETWEEN 1 AND 9),
    CONSTRAINT proposal_executed_once UNIQUE (executed_command),
    CONSTRAINT proposal_executed_whole CHECK ((state = 'executed') = (executed_command IS NOT NULL)),
    CONSTRAINT proposal_closed_whole CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX proposal_open ON registry.proposal (proposed_at, id) WHERE state = 'open';
CREATE INDEX proposal_subject ON registry.proposal (subject_id);
COMMENT ON TABLE registry.proposal IS 'Commands not yet carried out, waiting for decisions; carried out once, with the last approval.';
COMMENT ON COLUMN registry.proposal.id IS 'Identity.';
COMMENT ON COLUMN registry.proposal.kind IS 'Kind of the command proposed.';
COMMENT ON COLUMN registry.proposal.subject_kind IS 'person, household or import.';
COMMENT ON COLUMN registry.proposal.subject_id IS 'Whom it is about.';
COMMENT ON COLUMN registry.proposal.base_version IS 'Version of the subject when proposed; another version at execution is a conflict.';
COMMENT ON COLUMN registry.proposal.command_sealed IS 'The command, sealed.';
COMMENT ON COLUMN registry.proposal.evidence_sealed IS 'Why, in detail, sealed.';
COMMENT ON COLUMN registry.proposal.reason IS 'Code of the reason.';
COMMENT ON COLUMN registry.proposal.approvals_needed IS 'How many approvals by different actors it takes.';
COMMENT ON COLUMN registry.proposal.state IS 'open, executed, rejected or withdrawn.';
COMMENT ON COLUMN registry.proposal.proposed_by IS 'Who proposed it.';
COMMENT ON COLUMN registry.proposal.proposed_at IS 'When.';
COMMENT ON COLUMN registry.proposal.closed_at IS 'When it left the state open.';
COMMENT ON COLUMN registry.proposal.executed_command IS 'The command that carried it out.';

CREATE TABLE registry.proposal_decision (
    proposal_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    proposed_by uuid NOT NULL,
    decision text NOT NULL,
    reason text,
    decided_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT proposal_decision_pk PRIMARY KEY (proposal_id, actor_id),
    CONSTRAINT proposal_decision_proposal_known FOREIGN KEY (proposal_id) REFERENCES registry.proposal (id),
    CONSTRAINT proposal_decision_known CHECK (decision IN ('approve', 'reject')),
    CONSTRAINT proposal_decision_by_another CHECK (actor_id <> proposed_by)
);
COMMENT ON TABLE registry.proposal_decision IS 'Who approved or rejected a proposal; nobody decides on his own.';
COMMENT ON COLUMN registry.proposal_decision.proposal_id IS 'The proposal.';
COMMENT ON COLUMN registry.proposal_decision.actor_id IS 'Who decided.';
COMMENT ON COLUMN registry.proposal_decision.proposed_by IS 'Who proposed it, kept here so that the table itself refuses the same actor.';
COMMENT ON COLUMN registry.proposal_decision.decision IS 'approve or reject.';
COMMENT ON COLUMN registry.proposal_decision.reason IS 'Reason given.';
COMMENT ON COLUMN registry.proposal_decision.decided_at IS 'When.';

-- ---------------------------------------------------------------- append-only, held by the database

CREATE FUNCTION registry.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION registry.refuse_change() IS 'Keeps append-only tables from being changed, whoever asks.';
CREATE TRIGGER source_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.source_record
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER command_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.command
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER survey_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.survey
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON registry.event
    FOR EACH ROW EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER event_order_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.event_order
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
