create table placeholder (x integer
);
