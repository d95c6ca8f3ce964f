-- Records that were begun without a task, and the assignment that a manager has linked each to.

create table record_link (
    document_id blob not null primary key references document (document_id),
    assignment_id blob not null references assignment (assignment_id),
    legal_case_id blob references legal_case (legal_case_id),
    undertaker_id blob references undertaker (undertaker_id),
    linked_by blob not null references person (person_id),
    linked_at integer not null
);
create index record_link_assignment on record_link (assignment_id);
create index record_link_case on record_link (legal_case_id);
create index record_link_undertaker on record_link (undertaker_id);
create index record_link_linked_by on record_link (linked_by);
