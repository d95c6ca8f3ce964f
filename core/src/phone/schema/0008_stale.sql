-- What is to be indexed is found in steps, so that whoever records is let in between.
create index document_stale on document (document_no) where stale = 1;
