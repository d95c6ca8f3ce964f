//! Stories in which another language reads what Tingfang writes.
//!
//! They need the other language's tools and packages; `cargo xtask setup` installs them.

mod fetched;
mod javascript;
mod uploads;
