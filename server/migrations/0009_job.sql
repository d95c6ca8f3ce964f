-- Work that is asked for now and done by some node later, once and with one result.

create table job (
    job_id blob not null primary key,
    kind text not null,
    asked_by blob references person (person_id),
    asked_at integer not null,
    -- Which node does it, and until when it may; whoever finds that time over may take it.
    holder blob,
    until_at integer,
    attempts integer not null,
    finished_at integer,
    result text
);
create index job_waiting on job (finished_at, asked_at, job_id);
create index job_newest on job (kind, asked_at, job_id);
