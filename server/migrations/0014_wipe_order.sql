-- Orders to wipe a phone. One for each device; it is given on to the device whenever it comes by.
create table wipe_order (
    device_id blob not null primary key references device (device_id),
    ordered_by blob references person (person_id),
    ordered_at integer not null,
    reason text not null,
    signature blob not null,
    -- When the phone said that it has handed in everything and wipes itself.
    wiped_at integer
);
create index wipe_order_by on wipe_order (ordered_by);
