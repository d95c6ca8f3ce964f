//! The foreign shape of what core knows. A field or code that core gains does not compile until it
//! is added here.

pub(crate) mod contact;
pub(crate) mod edit;
pub(crate) mod id;
pub(crate) mod record;
pub(crate) mod sync;
mod task;
pub(crate) mod value;
