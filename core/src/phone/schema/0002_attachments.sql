-- Files that records on this phone name: those that were attached here, and those that were fetched.
create table attachment (
    digest blob not null primary key,
    size_bytes integer not null,
    media_type text not null,
    -- The record for which it was attached or fetched.
    document_id blob not null,
    -- Whether the whole file lies on this phone.
    is_here integer not null default 0,
    -- How far it has come on its way to the server: none, waiting, sent, stored, refused.
    upload text not null default 'none',
    -- Where the server takes it, once an upload has begun.
    url text,
    sent_bytes integer not null default 0,
    -- Whether the last answer is missing, so that the server must be asked how much it has.
    is_unsure integer not null default 0,
    -- Why the server does not take it.
    reason text not null default ''
) strict;
create index attachment_by_upload on attachment (upload);

-- Which records on this phone have which of these files.
create table attachment_use (
    document_id blob not null,
    digest blob not null,
    primary key (document_id, digest)
) strict;
create index attachment_use_by_digest on attachment_use (digest);
