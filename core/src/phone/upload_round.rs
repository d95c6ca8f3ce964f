//! One going over all files that wait to be sent. A file that comes no further, or whose answers are of no use, is
//! left for the next time and holds up no other.

use std::collections::BTreeSet;

use super::http::HttpAnswer;
use super::setbacks::Setbacks;
use super::{Phone, PhoneError, UploadCall, UploadProgress};
use crate::record::attachment::ContentDigest;

/// After so many files one after the other whose answers were of no use it is not the files.
const MOST_USELESS: usize = 2;
/// After how many seconds what was left may be tried again: what went wrong so often goes wrong in the next moment, too.
const LEFT_FOR_S: u32 = 300;
/// After how many seconds a server that is not well may be asked again, when it does not say.
const UNWELL_FOR_S: u32 = 30;

/// The state of one round.
#[derive(Debug, Default)]
pub struct UploadRound {
    setbacks: Setbacks,
    left: BTreeSet<ContentDigest>,
    /// Files since the last answer that was of use.
    useless: usize,
    asked_to_wait_s: Option<u32>,
}

impl UploadRound {
    /// The next step; nothing when the round is over.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next(&mut self, phone: &mut Phone) -> Result<Option<UploadCall>, PhoneError> {
        // Files of a revoked phone are not taken; an order to wipe it takes them first.
        let stays = phone.is_revoked()? && phone.wipe_ordered_at()?.is_none();
        if self.is_cut_short() || stays {
            return Ok(None);
        }
        phone.next_upload_but(&self.left)
    }

    /// Takes the answer to a step.
    ///
    /// # Errors
    /// When the store fails, or the answer is not the server's.
    pub fn take(
        &mut self,
        phone: &mut Phone,
        call: &UploadCall,
        answer: &HttpAnswer,
    ) -> Result<UploadProgress, PhoneError> {
        let progress = phone.take_upload_answer(call, answer)?;
        match &progress {
            UploadProgress::Later { retry_after_s: None } => {
                self.passes_over(call);
            }
            UploadProgress::Later { retry_after_s } => self.asked_to_wait_s = *retry_after_s,
            UploadProgress::Sent { digest, sent_bytes, .. } => {
                self.useless = 0;
                if !self.setbacks.goes_on(*digest, *sent_bytes) {
                    self.left.insert(*digest);
                }
            }
            UploadProgress::Refused { .. } => self.useless = 0,
        }
        Ok(progress)
    }

    /// Leaves the file of a step whose answer was not the server's: a page of somebody in between says nothing of the
    /// other files. False when it was the same with the file before, so that the round is over.
    pub fn passes_over(&mut self, call: &UploadCall) -> bool {
        self.left.insert(call.digest);
        self.useless += 1;
        !self.is_cut_short()
    }

    /// After how many seconds the next round may begin; nothing when no file is left.
    pub fn retry_after_s(&self) -> Option<u32> {
        let unwell = (self.useless > 0).then_some(UNWELL_FOR_S);
        let left = (!self.left.is_empty()).then_some(LEFT_FOR_S);
        self.asked_to_wait_s.or(unwell).or(left)
    }

    fn is_cut_short(&self) -> bool {
        self.asked_to_wait_s.is_some() || self.useless >= MOST_USELESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::http::HttpCall;

    fn step(file: u8) -> UploadCall {
        let call = HttpCall { method: "POST", path: "/".to_owned(), headers: Vec::new(), body: Vec::new() };
        UploadCall::begins(ContentDigest([file; 32]), call)
    }

    #[test]
    fn one_file_without_a_useful_answer_is_left_and_a_second_ends_the_round() {
        let mut round = UploadRound::default();
        assert_eq!(round.retry_after_s(), None, "nothing is left");
        assert!(round.passes_over(&step(1)), "others may go through");
        assert!(!round.passes_over(&step(2)), "it is not the file");
        assert_eq!(round.retry_after_s(), Some(UNWELL_FOR_S));
    }
}
