-- A county's list of cases ends at the index, however many counties there are beside it.

create index legal_case_of_organisation on legal_case (organisation_id, case_no, legal_case_id);
