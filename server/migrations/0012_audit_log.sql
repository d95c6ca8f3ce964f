-- The audit log: a Merkle tree over what was taken in and decided, in its order. A leaf is never changed;
-- a node is a complete subtree, which never changes either.

create table audit_leaf (
    leaf_no integer not null primary key,
    kind text not null,
    hash blob not null,
    unique (kind, hash)
);

create table audit_node (
    level integer not null,
    node_no integer not null,
    hash blob not null,
    primary key (level, node_no)
);
