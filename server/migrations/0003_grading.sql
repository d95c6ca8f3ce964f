-- Rubrics, rounds, vetoes, grade decisions, subsidy lines, and the ledger that links them by hash.

-- A rubric as it was frozen; never changed, because its hash is its name.
create table rubric (
    rubric_hash text not null primary key,
    code text not null,
    body text not null,
    frozen_at integer not null
);
create index rubric_code on rubric (code);

-- What rubrics lean on, as it was when a round began: vetoes, scales, questionnaires, the observer's
-- sheet. Never changed, because its hash is its name.
create table form (
    form_hash text not null primary key,
    kind text not null,
    file text not null,
    body text not null,
    frozen_at integer not null
);

create table round (
    round_id blob not null primary key,
    organisation_id blob not null references organisation (organisation_id),
    name text not null,
    rubric_hash text not null references rubric (rubric_hash),
    sheet_rubric_hash text not null references rubric (rubric_hash),
    grading_rule text not null,
    subsidy_rule text not null,
    state text not null,
    created_at integer not null,
    created_by blob not null references person (person_id)
);
create index round_organisation on round (organisation_id, round_id);

create table round_case (
    round_id blob not null references round (round_id),
    legal_case_id blob not null references legal_case (legal_case_id),
    undertaker_id blob not null references undertaker (undertaker_id),
    primary key (round_id, legal_case_id, undertaker_id)
);
create index round_case_case on round_case (legal_case_id);
create index round_case_undertaker on round_case (undertaker_id);

create table round_form (
    round_id blob not null references round (round_id),
    form_hash text not null references form (form_hash),
    primary key (round_id, form_hash)
);
create index round_form_form on round_form (form_hash);

-- Every ruling on a veto is a row; what names the same veto_id is one history.
create table veto_ruling (
    veto_ruling_id blob not null primary key,
    veto_id blob not null,
    legal_case_id blob not null references legal_case (legal_case_id),
    undertaker_id blob not null references undertaker (undertaker_id),
    body text not null,
    ruled_by blob not null references person (person_id),
    ruled_at integer not null
);
create index veto_ruling_case on veto_ruling (legal_case_id, undertaker_id);
create index veto_ruling_veto on veto_ruling (veto_id);
create index veto_ruling_ruled_by on veto_ruling (ruled_by);

-- A decision with what it was made from. State and representation move on; every step is an entry
-- of the ledger.
create table grade_decision (
    grade_decision_id blob not null primary key,
    round_id blob not null references round (round_id),
    legal_case_id blob not null references legal_case (legal_case_id),
    undertaker_id blob not null references undertaker (undertaker_id),
    number integer not null,
    state text not null,
    outcome text not null,
    evidence text not null,
    evidence_seq integer not null,
    representation text not null,
    case_facts text not null,
    decided_at integer not null,
    unique (round_id, legal_case_id, undertaker_id, number)
);
create index grade_decision_case on grade_decision (legal_case_id);
create index grade_decision_undertaker on grade_decision (undertaker_id);

create table subsidy_line (
    subsidy_line_id blob not null primary key,
    grade_decision_id blob not null references grade_decision (grade_decision_id),
    undertaker_id blob not null references undertaker (undertaker_id),
    base_fen integer not null,
    factor_percent integer not null,
    amount_fen integer not null,
    reverses_id blob references subsidy_line (subsidy_line_id),
    entry_no integer not null
);
create index subsidy_line_decision on subsidy_line (grade_decision_id);
create index subsidy_line_undertaker on subsidy_line (undertaker_id);
create index subsidy_line_reverses on subsidy_line (reverses_id);

-- Append-only; each entry names the hash of the one before, and the hashes of the rows that it wrote.
create table ledger_entry (
    entry_no integer not null primary key,
    kind text not null,
    organisation_id blob not null references organisation (organisation_id),
    body text not null,
    previous_hash blob not null,
    hash blob not null,
    entered_at integer not null,
    entered_by blob not null references person (person_id)
);
create index ledger_entry_organisation on ledger_entry (organisation_id, entry_no);
create index ledger_entry_entered_by on ledger_entry (entered_by);

-- How far the ledger and the frames go, signed by the server: what is cut off the end is missed.
create table server_tip (
    chain text not null primary key,
    number integer not null,
    hash blob not null,
    signature blob not null
);
