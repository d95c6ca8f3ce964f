//! When a file that comes no further is left for later: no answer of a server may keep a phone sending for ever.

use std::collections::BTreeMap;

use crate::record::attachment::ContentDigest;

/// How often in one go a file may be after a step where it was before it, or further back. An upload that the server
/// has forgotten, or to which somebody else has sent, costs one to three; a file that the server finds other than its
/// digest says, two for each time that it is sent as a whole.
const MOST: u32 = 4;

/// How far files have come in one go, and how often they came no further.
#[derive(Debug, Default)]
pub struct Setbacks {
    files: BTreeMap<ContentDigest, (u64, u32)>,
}

impl Setbacks {
    /// Notes how many bytes of a file have come; false when it is to be left for later.
    pub fn goes_on(&mut self, file: ContentDigest, bytes: u64) -> bool {
        let Some((before, setbacks)) = self.files.get_mut(&file) else {
            self.files.insert(file, (bytes, 0));
            return true;
        };
        if bytes <= *before {
            *setbacks += 1;
        }
        *before = bytes;
        *setbacks <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: ContentDigest = ContentDigest([7; 32]);

    #[test]
    fn a_file_that_the_server_takes_and_throws_away_is_sent_three_times_and_left() {
        let mut setbacks = Setbacks::default();
        let mut sent = 0;
        'sync: loop {
            // Begun; a hundred pieces; then the server finds another digest than it should, and it begins again.
            for bytes in (0..=100).chain([0]) {
                if !setbacks.goes_on(FILE, bytes) {
                    break 'sync;
                }
                sent += usize::from(bytes == 100);
            }
        }
        assert_eq!(sent, 3);
    }

    #[test]
    fn an_answer_that_changes_nothing_is_asked_for_a_few_times_and_no_other_file_suffers() {
        let mut setbacks = Setbacks::default();
        assert!(setbacks.goes_on(FILE, 10));
        for _ in 0..MOST {
            assert!(setbacks.goes_on(FILE, 10));
        }
        assert!(!setbacks.goes_on(FILE, 10));
        assert!(setbacks.goes_on(ContentDigest([8; 32]), 10));
    }

    #[test]
    fn a_large_file_that_the_server_has_forgotten_once_goes_through() {
        let mut setbacks = Setbacks::default();
        for bytes in (0..50).chain([0, 0]).chain(1..=100) {
            assert!(setbacks.goes_on(FILE, bytes));
        }
    }
}
