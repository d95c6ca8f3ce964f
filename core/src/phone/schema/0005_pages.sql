-- Lists that grow for as long as a phone is used are read a page at a time.

-- By what a row from the server is ordered in its list, in milliseconds; nothing for a row that stands in none.
alter table server_row add column listed_at integer;
create index server_row_by_time on server_row (kind, listed_at, row_key) where listed_at is not null;

-- What was not accepted, and what may wait for a beginning that was not: few among all that was ever sent.
create index item_not_accepted on item (item_no)
    where status in ('refused', 'held', 'malformed', 'set_aside', 'blocked');

-- What lists need of a record's content, so that they need not open the record: whether the owner has said that their
-- part is done, and what it amends. Not known (nothing in the first) once something came in from elsewhere, until
-- somebody looks.
alter table document add column own_part_done integer;
alter table document add column amends_id blob;
