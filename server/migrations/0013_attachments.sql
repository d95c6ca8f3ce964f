-- Attached files. Their bytes lie in a folder or an object store; here stands what is known of them.

-- Files whose bytes are whole and are what their digest says.
create table attachment (
    digest blob not null primary key,
    size_bytes integer not null,
    media_type text not null,
    has_thumbnail integer not null,
    stored_at integer not null
);

-- Who has handed in which file. Nobody else learns that it is here, unless they read a record that names it.
create table attachment_source (
    digest blob not null references attachment (digest),
    person_id blob not null references person (person_id),
    device_id blob not null references device (device_id),
    received_at integer not null,
    primary key (digest, person_id)
);
create index attachment_source_person on attachment_source (person_id);
create index attachment_source_device on attachment_source (device_id);

-- Which records name which files: made from the records, whether the bytes are here or not.
create table attachment_use (
    document_id blob not null references document (document_id),
    entry_id blob not null,
    digest blob not null,
    size_bytes integer not null,
    withdrawn integer not null,
    primary key (document_id, entry_id)
);
create index attachment_use_digest on attachment_use (digest);

-- Files that are on their way.
create table upload (
    upload_id blob not null primary key,
    device_id blob not null references device (device_id),
    person_id blob not null references person (person_id),
    digest blob not null,
    size_bytes integer not null,
    media_type text not null,
    -- What came so far, without a gap.
    received_bytes integer not null,
    -- Whether the file is here: the row is kept for who did not hear the answer.
    is_finished integer not null,
    begun_at integer not null,
    touched_at integer not null
);
create index upload_device on upload (device_id);
create index upload_person on upload (person_id);
create index upload_touched on upload (touched_at);

-- The pieces of a file that is on its way, each an object of its own.
create table upload_part (
    upload_id blob not null references upload (upload_id),
    starts_at integer not null,
    size_bytes integer not null,
    object text not null,
    primary key (upload_id, starts_at)
);
