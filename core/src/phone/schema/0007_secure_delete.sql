-- What has left the phone stands in no index either: its words go when its row goes.
insert into search (search, rank) values ('secure-delete', 1);
