-- Checks on the spot 实地核实: who went where, when, and what was found. A row is never changed.

create table spot_check (
    spot_check_id blob not null primary key,
    round_id blob not null references round (round_id),
    legal_case_id blob not null references legal_case (legal_case_id),
    undertaker_id blob not null references undertaker (undertaker_id),
    checked_by blob not null references person (person_id),
    checked_on text not null,
    place text not null,
    finding text not null,
    entered_by blob not null references person (person_id),
    entered_at integer not null
);
create index spot_check_subject on spot_check (round_id, legal_case_id, undertaker_id);
create index spot_check_case on spot_check (legal_case_id);
create index spot_check_undertaker on spot_check (undertaker_id);
create index spot_check_checked_by on spot_check (checked_by);
create index spot_check_entered_by on spot_check (entered_by);
