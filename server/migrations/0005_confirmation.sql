-- Confirmations of transcripts: an observer's word that a clerk's copy is what they wrote on paper.

create table confirmation (
    document_id blob not null primary key references document (document_id),
    seq integer not null unique,
    bytes blob not null,
    person_id blob not null references person (person_id),
    device_id blob not null references device (device_id),
    not_before integer,
    received_at integer not null,
    server_signature blob not null
);
create index confirmation_person on confirmation (person_id);
create index confirmation_device on confirmation (device_id);
