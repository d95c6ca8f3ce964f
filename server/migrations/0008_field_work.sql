-- Field work besides hearings: what an assignment says more, how recipients are reached, what members
-- say of tasks, what staff say of records, complaints, and visits at home.

alter table assignment add column inspected_id blob references organisation (organisation_id);
alter table assignment add column stage text;
alter table assignment add column note text;
create index assignment_inspected on assignment (inspected_id);

create table recipient_contact (
    legal_case_id blob not null references legal_case (legal_case_id),
    place integer not null,
    body text not null,
    primary key (legal_case_id, place)
);

create table task_report (
    task_report_id blob not null primary key,
    assignment_id blob not null references assignment (assignment_id),
    seq integer not null unique,
    person_id blob not null references person (person_id),
    device_id blob not null references device (device_id),
    kind text not null,
    reason text not null,
    until_at integer,
    absent_id blob references person (person_id),
    said_at integer not null,
    received_at integer not null
);
create index task_report_assignment on task_report (assignment_id, seq);
create index task_report_person on task_report (person_id);
create index task_report_device on task_report (device_id);
create index task_report_absent on task_report (absent_id);

-- Sealed records that a manager has returned with notes on fields; the answer is an amendment.
create table record_return (
    record_return_id blob not null primary key,
    document_id blob not null references document (document_id),
    seq integer not null unique,
    person_id blob not null references person (person_id),
    notes text not null,
    returned_at integer not null,
    answered_by blob references document (document_id),
    answered_seq integer
);
create index record_return_document on record_return (document_id, seq);
create index record_return_person on record_return (person_id);
create index record_return_answered_by on record_return (answered_by);

-- What staff say of an undertaker's report. Never overwritten: a later row takes the place of an
-- earlier one from its position on.
create table report_check (
    report_check_id blob not null primary key,
    document_id blob not null references document (document_id),
    seq integer not null unique,
    person_id blob not null references person (person_id),
    state text not null,
    answers text not null,
    note text,
    checked_at integer not null
);
create index report_check_document on report_check (document_id, seq);
create index report_check_person on report_check (person_id);

create table complaint (
    complaint_id blob not null primary key,
    organisation_id blob not null references organisation (organisation_id),
    -- The record that it comes from; one complaint each.
    document_id blob not null unique references document (document_id),
    legal_case_id blob references legal_case (legal_case_id),
    undertaker_id blob references undertaker (undertaker_id),
    ground text not null,
    way text not null,
    opened_seq integer not null,
    opened_at integer not null
);
create index complaint_organisation on complaint (organisation_id, complaint_id);
create index complaint_case on complaint (legal_case_id);
create index complaint_undertaker on complaint (undertaker_id);

-- Visits at home that are under way: the newest word of their record.
create table home_visit (
    document_id blob not null primary key references document (document_id),
    assignment_id blob not null references assignment (assignment_id),
    expected_back_at integer,
    back_at integer
);
create index home_visit_assignment on home_visit (assignment_id);
create index home_visit_expected on home_visit (expected_back_at);
