//! Who wrote a value, when, and on which device, as far as this phone knows.

use crate::clock::{Interval, Moment};
use crate::sync::wire::Writer;

/// Where a change of a record comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorship {
    /// It was written on this phone.
    Here {
        /// When, by the phone's own clock.
        at: Moment,
    },
    /// It came from the server.
    Elsewhere {
        /// Who wrote it, on which device.
        writer: Writer,
        /// When, as far as the server can prove it.
        made: Interval,
    },
}
