-- Work that one node does for all: which one, and until when it may.

create table lease (
    name text not null primary key,
    holder blob not null,
    until_at integer not null
);
