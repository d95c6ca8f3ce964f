-- What every sync looks for at its end is found without reading all that is settled: a page that is encrypted costs a
-- hundred times what a plain one costs to look at.
create index change_unsettled on change (status, document_id) where status <> 'accepted';
create index document_locked on document (document_no) where state = 'locked';
create index document_linked on document (document_no) where newly_linked = 1;
create index server_row_doubted on server_row (kind, row_key) where position = 0;
