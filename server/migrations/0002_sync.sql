-- Frames, the change log, documents, seals, and what was not accepted.

-- Every frame that a device sent, as it was signed. State `stored` until its verdicts are durable.
create table frame (
    device_id blob not null references device (device_id),
    epoch integer not null,
    number integer not null,
    -- Counts the frames of the server in the order in which they came, from 1 without gaps.
    intake_no integer not null unique,
    hash blob not null,
    bytes blob not null,
    beacon_seq integer not null,
    beacon_at integer,
    received_at integer not null,
    state text not null,
    verdicts blob,
    -- The server's signature over the frame's hash, its verdicts, and when and as which it came: the
    -- receipt.
    receipt blob,
    primary key (device_id, epoch, number)
);
create index frame_state on frame (state);

-- A frame that contradicts one that the device signed before: both are kept.
create table frame_conflict (
    frame_conflict_id blob not null primary key,
    device_id blob not null references device (device_id),
    epoch integer not null,
    number integer not null,
    bytes blob not null,
    received_at integer not null
);
create index frame_conflict_device on frame_conflict (device_id);

create table document (
    document_id blob not null primary key,
    kind text not null,
    schema_version integer not null,
    assignment_id blob references assignment (assignment_id),
    legal_case_id blob references legal_case (legal_case_id),
    undertaker_id blob references undertaker (undertaker_id),
    -- The observer whose paper sheet a clerk has transcribed.
    transcribed_for_id blob references person (person_id),
    writer_id blob references person (person_id),
    amends_id blob references document (document_id),
    begun_by blob not null references person (person_id),
    begun_seq integer not null,
    sealed_seq integer,
    -- Counts what was accepted, so that a verdict judged on an older state is judged again.
    revision integer not null,
    changed_at integer not null
);
create index document_assignment on document (assignment_id);
create index document_case on document (legal_case_id);
create index document_undertaker on document (undertaker_id);
create index document_transcribed_for on document (transcribed_for_id);
create index document_writer on document (writer_id);
create index document_amends on document (amends_id);
create index document_begun_by on document (begun_by);

-- Who receives a document, from when until when in the log.
create table document_reader (
    document_id blob not null references document (document_id),
    person_id blob not null references person (person_id),
    added_seq integer not null,
    removed_seq integer,
    primary key (document_id, person_id, added_seq)
);
create index document_reader_person on document_reader (person_id, added_seq, document_id);

-- The accepted changes: the evidence. Order here is order of visibility.
create table change_log (
    seq integer not null primary key,
    document_id blob not null references document (document_id),
    hash blob not null,
    actor blob not null,
    bytes blob not null,
    -- Nothing for a derived change.
    person_id blob references person (person_id),
    device_id blob references device (device_id),
    epoch integer not null,
    frame_number integer not null,
    not_before integer,
    received_at integer not null,
    unique (document_id, hash)
);
create index change_log_person on change_log (person_id);
create index change_log_device on change_log (device_id);

create table seal (
    document_id blob not null primary key references document (document_id),
    seq integer not null unique,
    bytes blob not null,
    person_id blob not null references person (person_id),
    device_id blob not null references device (device_id),
    not_before integer,
    received_at integer not null,
    server_signature blob not null
);
create index seal_person on seal (person_id);
create index seal_device on seal (device_id);

-- Items that rest on a change that is not accepted; judged again when it is.
create table blocked_item (
    device_id blob not null references device (device_id),
    epoch integer not null,
    frame_number integer not null,
    frame_index integer not null,
    document_id blob not null,
    blocked_by blob not null,
    primary key (device_id, epoch, frame_number, frame_index)
);
create index blocked_item_document on blocked_item (document_id);

-- What was refused, held or malformed. The bytes stay in the frame; here is why.
create table quarantine (
    quarantine_id blob not null primary key,
    device_id blob not null references device (device_id),
    person_id blob not null references person (person_id),
    epoch integer not null,
    frame_number integer not null,
    frame_index integer not null,
    document_id blob not null,
    hash blob,
    verdict text not null,
    rule text not null,
    superseded_by blob,
    -- Where the log shows it, once what stood against it was gone.
    accepted_seq integer,
    received_at integer not null,
    unique (device_id, epoch, frame_number, frame_index)
);
create index quarantine_person on quarantine (person_id);
create index quarantine_document on quarantine (document_id);
create index quarantine_received_at on quarantine (received_at, quarantine_id);
