-- People, organisations, cases, hearings, assignments, devices, and the head of the log.
--
-- Ids are 16-byte blobs, moments integers (milliseconds since 1970), dates and JSON text, truth 0 or 1.
-- What ends in _key is a natural key: a number or a name with everything taken out that people write
-- in two ways.
-- added_seq and removed_seq are positions of the log: rows that carry them are never overwritten,
-- because what a person was allowed at a point in the log must stay answerable.

create table tenant (
    tenant_id blob not null primary key,
    name text not null,
    created_at integer not null
);

create table server_key (
    server_key_id integer not null primary key,
    algorithm integer not null,
    secret_key blob not null,
    public_key blob not null,
    created_at integer not null
);

create table log_head (
    shard integer not null primary key,
    seq integer not null,
    log_epoch blob not null
);

create table organisation (
    organisation_id blob not null primary key,
    name text not null unique,
    level text not null,
    parent_id blob references organisation (organisation_id),
    region_code text
);
create index organisation_parent on organisation (parent_id);

create table provider (
    provider_id blob not null primary key,
    name text not null,
    name_key text not null unique,
    kind text not null,
    on_panel integer not null default 1
);

create table undertaker (
    undertaker_id blob not null primary key,
    name text not null,
    licence_no text not null,
    licence_key text not null unique,
    provider_id blob not null references provider (provider_id),
    kind text not null,
    practice_since text,
    panel_state text not null
);
create index undertaker_provider on undertaker (provider_id);
create index undertaker_name on undertaker (name, undertaker_id);

create table person (
    person_id blob not null primary key,
    name text not null,
    login text unique,
    phone text,
    provider_id blob references provider (provider_id),
    undertaker_id blob references undertaker (undertaker_id),
    observer_kind text,
    adult integer not null default 1,
    trained_until text
);
create index person_phone on person (phone);
create index person_name on person (name, person_id);
create index person_provider on person (provider_id);
create index person_undertaker on person (undertaker_id);

create table account (
    person_id blob not null primary key references person (person_id),
    password_hash text not null,
    changed_at integer not null
);

create table role_grant (
    person_id blob not null references person (person_id),
    organisation_id blob not null references organisation (organisation_id),
    role text not null,
    added_seq integer not null,
    removed_seq integer,
    primary key (person_id, organisation_id, role, added_seq)
);
create index role_grant_organisation on role_grant (organisation_id, role);

create table sign_in_failure (
    login text not null,
    failed_at integer not null
);
create index sign_in_failure_login on sign_in_failure (login, failed_at);

create table session (
    token_hash blob not null primary key,
    person_id blob not null references person (person_id),
    created_at integer not null,
    expires_at integer not null
);
create index session_person on session (person_id);
create index session_expiry on session (expires_at);

create table device (
    device_id blob not null primary key,
    person_id blob not null references person (person_id),
    name text not null,
    algorithm integer not null,
    public_key blob not null unique,
    epoch integer not null default 0,
    state text not null,
    state_changed_at integer not null,
    enrolled_at integer not null,
    enrolled_by blob references person (person_id),
    last_seen_at integer,
    -- The server's word on whose the device is, given when it was enrolled and never again.
    enrolment_signature blob not null,
    -- The server's word on what has become of it, given with every change of the state.
    state_signature blob not null
);
create index device_person on device (person_id);
create index device_enrolled_by on device (enrolled_by);

create table device_token (
    token_hash blob not null primary key,
    device_id blob not null references device (device_id),
    created_at integer not null,
    revoked_at integer
);
create index device_token_device on device_token (device_id);

create table enrolment_code (
    code_hash blob not null primary key,
    person_id blob not null references person (person_id),
    created_by blob references person (person_id),
    created_at integer not null,
    expires_at integer not null,
    used_at integer,
    device_id blob references device (device_id)
);
create index enrolment_code_person on enrolment_code (person_id);
create index enrolment_code_created_by on enrolment_code (created_by);
create index enrolment_code_device on enrolment_code (device_id);

create table legal_case (
    legal_case_id blob not null primary key,
    organisation_id blob not null references organisation (organisation_id),
    case_no text not null,
    case_key text not null,
    organ_case_no text,
    organ_case_key text,
    kind text not null,
    stage text,
    cause text not null,
    source text not null,
    aid_form text,
    status text not null,
    recipients text not null,
    organ text,
    assigned_on text,
    closed_on text,
    archived_on text,
    close_method text,
    effect text,
    flags text not null,
    first_case_of_undertaker integer not null default 0,
    unique (organisation_id, case_key)
);
create index legal_case_organ_case_key on legal_case (organ_case_key);
create index legal_case_case_no on legal_case (case_no, legal_case_id);

create table case_undertaker (
    legal_case_id blob not null references legal_case (legal_case_id),
    undertaker_id blob not null references undertaker (undertaker_id),
    provider_id blob not null references provider (provider_id),
    place integer not null,
    primary key (legal_case_id, undertaker_id)
);
create index case_undertaker_undertaker on case_undertaker (undertaker_id);
create index case_undertaker_provider on case_undertaker (provider_id);

-- Who is related to a case by declaration, and why. Relation wins over role.
create table case_relation (
    legal_case_id blob not null references legal_case (legal_case_id),
    person_id blob not null references person (person_id),
    ground text not null,
    declared_at integer not null,
    declared_by blob references person (person_id),
    added_seq integer not null,
    primary key (legal_case_id, person_id)
);
create index case_relation_person on case_relation (person_id);
create index case_relation_declared_by on case_relation (declared_by);

create table hearing (
    hearing_id blob not null primary key,
    legal_case_id blob not null references legal_case (legal_case_id),
    kind text not null,
    state text not null,
    court text not null,
    courtroom text,
    starts_at integer not null,
    procedure_code text,
    instance_code text,
    openness text not null,
    defendant_under_18_at_trial text not null,
    record_may_be_sealed text not null,
    presiding text,
    device_rule text,
    source text
);
create index hearing_case on hearing (legal_case_id);
create index hearing_starts_at on hearing (starts_at, hearing_id);

create table assignment (
    assignment_id blob not null primary key,
    kind text not null,
    organisation_id blob not null references organisation (organisation_id),
    hearing_id blob references hearing (hearing_id),
    round_id blob,
    -- What members need to know of the round, frozen with the assignment.
    round text,
    due_at integer,
    state text not null,
    closed_reason text,
    -- In words, when somebody called it off.
    closed_note text,
    -- Since when it is closed; nothing while it is open.
    closed_seq integer,
    added_seq integer not null,
    created_at integer not null,
    created_by blob references person (person_id)
);
create index assignment_hearing on assignment (hearing_id);
create index assignment_round on assignment (round_id);
create index assignment_organisation on assignment (organisation_id, assignment_id);
create index assignment_created_by on assignment (created_by);

create table assignment_subject (
    assignment_id blob not null references assignment (assignment_id),
    legal_case_id blob not null references legal_case (legal_case_id),
    undertaker_id blob not null references undertaker (undertaker_id),
    place integer not null,
    primary key (assignment_id, legal_case_id, undertaker_id)
);
create index assignment_subject_case on assignment_subject (legal_case_id);
create index assignment_subject_undertaker on assignment_subject (undertaker_id);

create table assignment_member (
    assignment_id blob not null references assignment (assignment_id),
    person_id blob not null references person (person_id),
    duty text not null,
    added_seq integer not null,
    removed_seq integer,
    primary key (assignment_id, person_id, added_seq)
);
create index assignment_member_person on assignment_member (person_id);

-- What a phone gets besides documents. Only the newest row under a key is kept; its seq is its
-- place in the log.
create table phone_row (
    seq integer not null primary key,
    person_id blob not null references person (person_id),
    kind text not null,
    row_key text not null,
    body text not null,
    unique (person_id, kind, row_key)
);
create index phone_row_person on phone_row (person_id, seq);

-- What an upload could not take in, for as long as its sender may want to correct it.
create table import_result (
    import_id blob not null primary key,
    person_id blob not null references person (person_id),
    created_at integer not null,
    expires_at integer not null,
    error_sheet blob not null
);
create index import_result_person on import_result (person_id);
create index import_result_expiry on import_result (expires_at);

-- Answers to writes that were sent under an idempotency key, for as long as somebody may send them
-- again. Without a status the write is still under way.
create table idempotency (
    key_hash blob not null primary key,
    request_hash blob not null,
    created_at integer not null,
    status integer,
    content_type text,
    body blob
);
create index idempotency_created_at on idempotency (created_at);
