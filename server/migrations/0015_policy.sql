-- The versions of the policy: who may write what. None is ever changed; from a position of the log on the
-- next one holds.
create table policy (
    version integer not null primary key,
    toml text not null,
    signature blob not null,
    from_seq integer not null,
    -- 'shipped' with the program, or written by the 'centre'.
    origin text not null,
    adopted_at integer not null
);
