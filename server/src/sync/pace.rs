//! How often a phone may ask: a bucket of requests for each, which fills up again with time.
//!
//! In memory, for each node: it keeps a phone that goes wild from taking the server's time from others, and
//! counts nothing that anybody is held to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tingfang_core::clock::Moment;
use tingfang_core::id::DeviceId;

const MINUTE_US: i64 = 60_000_000;
const SECOND_US: u64 = 1_000_000;

/// The most buckets that are kept. A full one is none, so they are those of phones that have just asked.
const MOST_BUCKETS: usize = 10_000;

/// A bucket for each phone.
#[derive(Debug)]
pub struct Pace {
    /// How long one request takes to be made up for, in microseconds.
    each_us: i64,
    /// How long an empty bucket takes to be full, in microseconds.
    whole_us: i64,
    /// When each bucket that is not full will be, in microseconds since 1970.
    full_at: Mutex<BTreeMap<DeviceId, i64>>,
}

impl Pace {
    /// So many requests at once, and so many in a minute for ever.
    pub fn new(burst: u32, per_minute: u32) -> Self {
        let each_us = (MINUTE_US / i64::from(per_minute.max(1))).max(1);
        Self { each_us, whole_us: each_us * i64::from(burst.max(1)), full_at: Mutex::default() }
    }

    /// Takes a request out of a phone's bucket; for how many seconds it is to wait where there is none in it.
    pub(super) fn take(&self, device: DeviceId, now: Moment) -> Option<u32> {
        let now_us = now.as_millis().saturating_mul(1_000);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MOST_BUCKETS && !full_at.contains_key(&device) {
            full_at.retain(|_, at| *at > now_us);
            if full_at.len() >= MOST_BUCKETS {
                // So many phones at once are no phone gone wild.
                return None;
            }
        }
        let empty = now_us.saturating_add(self.whole_us);
        // A clock that was put back must not keep a phone waiting for longer than an empty bucket does.
        let known = full_at.get(&device).copied().unwrap_or(now_us).clamp(now_us, empty);
        let taken = known.saturating_add(self.each_us);
        if taken > empty {
            full_at.insert(device, known);
            let wait_us = u64::try_from(taken - empty).unwrap_or(0);
            return Some(u32::try_from(wait_us.div_ceil(SECOND_US)).unwrap_or(u32::MAX));
        }
        full_at.insert(device, taken);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(number: u32) -> DeviceId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        DeviceId::from_bytes(bytes)
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(1_700_000_000_000 + seconds * 1_000)
    }

    #[test]
    fn a_bucket_is_emptied_at_once_and_fills_up_with_time_for_each_phone_by_itself() {
        let pace = Pace::new(3, 30);
        for _ in 0..3 {
            assert_eq!(pace.take(device(1), at(0)), None);
        }
        assert_eq!(pace.take(device(1), at(0)), Some(2));
        assert_eq!(pace.take(device(1), at(1)), Some(1), "who asks in vain loses nothing");
        assert_eq!(pace.take(device(2), at(1)), None, "another phone");
        assert_eq!(pace.take(device(1), at(2)), None);
        assert_eq!(pace.take(device(1), at(2)), Some(2));
        for _ in 0..3 {
            assert_eq!(pace.take(device(1), at(60)), None);
        }
        assert_eq!(pace.take(device(1), at(60)), Some(2), "no fuller than full");
    }

    #[test]
    fn a_clock_that_is_put_back_keeps_nobody_waiting() {
        let pace = Pace::new(2, 60);
        assert_eq!(pace.take(device(1), at(100_000)), None);
        assert_eq!(pace.take(device(1), at(0)), Some(1));
        assert_eq!(pace.take(device(1), at(1)), None);
    }

    #[test]
    fn buckets_that_are_full_again_are_none_and_there_are_never_too_many() {
        let pace = Pace::new(2, 60);
        let kept = || pace.full_at.lock().expect("no panic while held").len();
        for number in 0..10_100 {
            assert_eq!(pace.take(device(number), at(0)), None);
        }
        assert_eq!(kept(), MOST_BUCKETS);
        assert_eq!(pace.take(device(20_000), at(10)), None);
        assert_eq!(kept(), 1);
    }
}
