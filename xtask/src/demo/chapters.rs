//! The chapters of the story, in their order.

pub(super) mod assigning;
pub(super) mod attendance;
pub(super) mod channels;
pub(super) mod forbidden;
pub(super) mod gate;
pub(super) mod grading;
pub(super) mod held;
pub(super) mod import;
pub(super) mod killed;
pub(super) mod month;
pub(super) mod papers;
pub(super) mod proof;
pub(super) mod unlinked;
