-- Of a copy of what another device had written, which came in after this server was put back: that device.
-- It may be one that is not known here any more.
alter table quarantine add column writer_device_id blob;
