//! From sealed records to a final grade and a subsidy line, and back again.

mod money;
mod proof;
mod re_review;
mod rounds;
mod scene;
mod vetoes;
