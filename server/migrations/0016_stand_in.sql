-- A device of the server's own that has written anew, for its person, what a phone that is gone had written
-- after something that was not accepted. It was used once, and nobody has its key.
create table stand_in (
    device_id blob not null primary key references device (device_id),
    stands_for_id blob not null references device (device_id),
    document_id blob not null references document (document_id),
    ordered_by blob not null references person (person_id),
    ordered_at integer not null,
    reason text not null,
    signature blob not null
);
create index stand_in_stands_for on stand_in (stands_for_id);
create index stand_in_document on stand_in (document_id);
create index stand_in_ordered_by on stand_in (ordered_by);
