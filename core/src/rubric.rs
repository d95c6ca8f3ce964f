//! 评估标准 rubrics: what quality consists of, what each part is worth, and which answers feed it.
//!
//! A rubric is a data file (TOML), frozen by its content hash. The program ships templates, marked
//! as the project's proposal; a centre copies one, edits it and freezes it in an evaluation round.
//! What a rubric leans on are data files of their own: the observer's sheet (a rubric too), the
//! questionnaires, the list of vetoes, the grade scales.
//!
//! - [`item`]: a rubric, its groups and items; [`feed`]: what feeds an item, the evidence map;
//! - [`questionnaire`], [`veto`], [`scale`]: what a rubric leans on; [`form`]: the same as texts;
//! - [`inspection_standard`]: what an institution is inspected by;
//! - [`mod@file`] and [`read`]: the file's form, and how it is checked; [`problem`]: what is wrong with one;
//! - [`hash`]: the content hash; [`template`]: the templates.

pub mod channel;
pub mod feed;
pub mod file;
pub mod form;
pub mod hash;
pub mod inspection_standard;
pub mod item;
pub mod problem;
pub mod questionnaire;
pub mod read;
pub mod scale;
pub mod template;
pub mod veto;

pub use channel::Channel;
pub use feed::{AnswerSource, Feed, Part, Shares};
pub use form::{FormKind, FormText};
pub use hash::ContentHash;
pub use inspection_standard::{Compliance, InspectionStandard, StandardItem};
pub use item::{Group, Item, Purpose, Rubric, Status};
pub use problem::{DataProblem, DataProblemCode, RubricProblem};
pub use questionnaire::{Answer, Derivation, Question, Questionnaire};
pub use read::Forms;
pub use scale::{Grade, PointBands, Scale, Scales};
pub use template::{Templates, templates};
pub use veto::{Veto, VetoFact, Vetoes};
