-- Records that left the phone: nothing of what they say, only how often they had been written anew. Who writes
-- in one that has come back does so under an actor that was never used.
create table left_record (
    document_id blob not null primary key,
    rebase integer not null
) strict, without rowid;
