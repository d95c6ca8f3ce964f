//! From sealed records to a final grade and a subsidy line, and back again.

mod assessor_leaves;
mod bulletin;
mod late;
mod missing_report;
mod money;
mod on_the_phone;
pub(crate) mod proof;
mod re_review;
mod representation;
mod rounds;
mod scene;
mod vetoes;
