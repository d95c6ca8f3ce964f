//! The foreign shape of what core knows. A field or code that core gains does not compile until it
//! is added here.

pub(crate) mod agenda;
pub(crate) mod attachment;
pub(crate) mod case;
pub(crate) mod contact;
pub(crate) mod device;
pub(crate) mod edit;
pub(crate) mod id;
pub(crate) mod page;
pub(crate) mod question;
pub(crate) mod record;
pub(crate) mod score;
pub(crate) mod sync;
mod task;
pub(crate) mod value;
