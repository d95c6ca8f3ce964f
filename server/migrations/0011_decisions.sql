-- What a person has decided on an item that was held. Once, and proved by the ledger.

create table held_decision (
    held_decision_id blob not null primary key,
    quarantine_id blob not null unique references quarantine (quarantine_id),
    decision text not null,
    reason text not null,
    decided_by blob not null references person (person_id),
    decided_at integer not null
);
create index held_decision_decided_by on held_decision (decided_by);

-- Changes that their writer has rewritten, because they rested on one that was not accepted. Of two that
-- say the same only one comes in. `quarantine.superseded_by` is read by the version before this one only.

create table rewritten_change (
    device_id blob not null references device (device_id),
    document_id blob not null,
    new_hash blob not null,
    old_hash blob not null,
    primary key (device_id, document_id, new_hash)
);
create index rewritten_change_old on rewritten_change (device_id, document_id, old_hash);

insert into rewritten_change (device_id, document_id, new_hash, old_hash)
    select distinct device_id, document_id, superseded_by, hash from quarantine
    where superseded_by is not null and hash is not null;
