-- What tasks say, so that lists need not open every row. Made from the task rows, and made anew from them at
-- any time.
create table task (
    assignment_id blob not null primary key,
    kind text not null,
    is_open integer not null,
    -- When it begins or is due, in milliseconds; nothing when nobody has set a time.
    at integer
) strict;
create index task_by_time on task (is_open, at, assignment_id);

create table task_case (
    case_id blob not null,
    assignment_id blob not null,
    case_no text not null,
    -- The words by which the case is found: number, cause, undertaker, provider; folded.
    words text not null,
    primary key (case_id, assignment_id)
) strict;
create index task_case_by_number on task_case (case_no, case_id);
create index task_case_by_assignment on task_case (assignment_id);
create index document_by_case on document (case_id);
