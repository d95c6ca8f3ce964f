-- The phone's store. Raw changes are the truth; projections and the search index are made from
-- them when somebody looks, and can be thrown away.

create table setting (
    name text not null primary key,
    value blob not null
) strict;

-- One row per record.
create table document (
    document_no integer not null primary key autoincrement,
    document_id blob not null unique,
    kind text not null,
    assignment_id blob,
    case_id blob,
    undertaker_id blob,
    transcribed_for_id blob,
    own integer not null default 0,
    state text not null default 'open',
    rebase integer not null default 0,
    needs_seal integer not null default 0,
    stale integer not null default 1,
    -- It was linked to an assignment, and what that knows is not written in it yet.
    newly_linked integer not null default 0,
    search_text text not null default '',
    touched_at integer not null default 0
) strict;
create index document_by_assignment on document (assignment_id);
create index document_by_touch on document (touched_at, document_no);

-- Every change of every record, in the order in which this phone learned of them.
create table change (
    change_no integer not null primary key autoincrement,
    document_id blob not null,
    hash blob not null,
    bytes blob not null,
    position integer,
    status text not null,
    rebase integer not null default 0,
    journal blob,
    -- By the phone's own clock, when it was written here.
    written_at integer,
    -- By whom, where and when, when it came from the server.
    writer text,
    device_id blob,
    device_name text,
    not_before integer,
    received_at integer,
    unique (document_id, hash)
) strict;

-- What is to be sent, in order: one row per item, from draft to verdict.
create table item (
    item_no integer not null primary key autoincrement,
    document_id blob not null,
    kind text not null,
    hash blob,
    body blob,
    status text not null default 'draft',
    epoch integer not null default 0,
    frame_number integer not null default 0,
    frame_index integer not null default 0,
    reason text not null default '',
    blocked_by blob,
    settled integer not null default 0
) strict;
create index item_by_status on item (status, item_no);
create index item_by_frame on item (epoch, frame_number, frame_index);
create index item_by_document on item (document_id, status);

-- Signed frames. Kept after they were answered: a restored server asks for them again.
create table frame (
    epoch integer not null,
    number integer not null,
    hash blob not null,
    bytes blob not null,
    state text not null default 'waiting',
    primary key (epoch, number)
) strict;
create index frame_by_state on frame (state, epoch, number);

-- Server rows made for this phone's owner.
create table server_row (
    kind text not null,
    row_key text not null,
    position integer not null,
    body text not null,
    primary key (kind, row_key)
) strict;

-- Two Chinese characters must be found, so the index holds pairs of characters.
create virtual table search using fts5 (
    pairs, content = '', contentless_delete = 1, detail = 'none'
);
