-- Orders to erase what a record says. They are kept beside the attached files as well, for a database that is put
-- back to a time before them; so an order may name a record, a person or an organisation that is not here.
create table erasure (
    order_no integer not null primary key,
    document_id blob not null unique,
    organisation_id blob not null,
    ordered_by blob not null,
    ordered_at integer not null,
    reason text not null,
    signature blob not null
);
