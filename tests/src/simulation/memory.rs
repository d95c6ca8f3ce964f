//! What steps of a sync hold in memory at the most. Who counts is handed in: only a program whose allocator does can.

use std::cell::Cell;

/// Does a piece of work, and says how many bytes it held at the most, beside what the database's library holds, which
/// has a bound of its own.
pub type Meter = fn(&mut dyn FnMut()) -> u64;

/// The most bytes that any step of a sync holds, on the server or on a phone, however much there is: a request and an
/// answer with their pages, and what becomes of one page. Most hold less than a twentieth. What a step hands to another
/// thread counts as held, also when it is freed there: a frame after which hundreds of blocked items come in, each with
/// a document that goes to the thread that writes, shows 26 MB (seed 30).
const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// The most that any step has held so far.
pub(super) struct Memory {
    meter: Meter,
    most_bytes: Cell<u64>,
}

impl Memory {
    pub(super) const fn new(meter: Meter) -> Self {
        Self { meter, most_bytes: Cell::new(0) }
    }

    /// Does a step, and notes what it held.
    pub(super) fn of<T>(&self, step: impl FnOnce() -> T) -> T {
        let (mut step, mut done) = (Some(step), None);
        let held = (self.meter)(&mut || done = step.take().map(|step| step()));
        self.most_bytes.set(self.most_bytes.get().max(held));
        done.expect("a meter does the work")
    }

    pub(super) fn check(&self) {
        let most = self.most_bytes.get();
        assert!(most > 0, "nothing was measured");
        assert!(most <= MOST_BYTES, "a step of a sync held {most} bytes");
    }
}
