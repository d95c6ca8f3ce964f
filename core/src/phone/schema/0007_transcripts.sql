-- An observer is told which copies of their paper wait for their word. Few records are such copies.
create index document_by_observer on document (transcribed_for_id, document_no) where transcribed_for_id is not null;
