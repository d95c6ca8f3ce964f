-- What is still to be done is read by an index, however much is done. Whether a task is done, and since when it is
-- late, follows from its row, its records and what was said of it; a task that is stale has to be looked at again,
-- and counts as not done until then.
alter table task add column is_done integer not null default 0;
alter table task add column is_stale integer not null default 1;
-- The last moment at which it is not late, in milliseconds; nothing when it cannot be.
alter table task add column due_by integer;

drop index task_by_time;
create index task_by_time on task (at);
create index task_to_come on task (at, assignment_id) where is_open = 1 and is_done = 0;
create index task_overdue on task (due_by, assignment_id) where is_open = 1 and is_done = 0;
create index task_stale on task (assignment_id) where is_stale = 1;
-- Weeks without a network leave thousands of drafts, and hardly a report among them.
create index item_of_report on item (status, item_no) where kind = 'task_report';

-- Whoever changes where a record stands need not think of its task.
create trigger record_begun after insert on document when new.assignment_id is not null
begin
    update task set is_done = 0, is_stale = 1 where assignment_id = new.assignment_id;
end;
create trigger record_moved after update of state, assignment_id on document
    when old.state is not new.state or old.assignment_id is not new.assignment_id
begin
    update task set is_done = 0, is_stale = 1 where assignment_id in (old.assignment_id, new.assignment_id);
end;
create trigger record_gone after delete on document when old.assignment_id is not null
begin
    update task set is_done = 0, is_stale = 1 where assignment_id = old.assignment_id;
end;

-- Of which task a report is stands inside of it. Reports are few, and so are open tasks.
create trigger report_said after insert on item when new.kind = 'task_report'
begin
    update task set is_stale = 1 where is_open = 1 and is_done = 0;
end;
create trigger report_settled after update of status on item
    when new.kind = 'task_report' and old.status is not new.status
begin
    update task set is_stale = 1 where is_open = 1 and is_done = 0;
end;
