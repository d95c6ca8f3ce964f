//! The enrolment of a device: whose it is, as the server signs it on that day.

use crate::clock::Moment;
use crate::id::{DeviceId, PersonId};
use crate::signature::digest;

/// The signs of a one-time code, however somebody has typed it: what looks alike is the same, and only letters and
/// digits count.
pub fn code_signs(typed: &str) -> String {
    let signs = typed.chars().filter(char::is_ascii_alphanumeric);
    signs
        .map(|sign| match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            sign => sign,
        })
        .collect()
}

/// Whose a device is.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Enrolment {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// Its owner.
    #[n(1)]
    pub person: PersonId,
    /// What the owner calls it.
    #[n(2)]
    pub name: String,
    /// The algorithm byte of its key; 1 is Ed25519.
    #[n(3)]
    pub algorithm: u8,
    /// Its public key.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub public_key: Vec<u8>,
    /// When it was enrolled.
    #[n(5)]
    pub enrolled_at: Moment,
    /// Who issued the code.
    #[n(6)]
    pub enrolled_by: Option<PersonId>,
}

impl Enrolment {
    /// What the server signs.
    pub fn digest(&self) -> [u8; 32] {
        let enrolled_by = self.enrolled_by.map(|person| *person.as_bytes());
        let parts: [&[u8]; 7] = [
            self.device.as_bytes(),
            self.person.as_bytes(),
            self.name.as_bytes(),
            &[self.algorithm],
            &self.public_key,
            &self.enrolled_at.as_millis().to_le_bytes(),
            enrolled_by.as_ref().map_or(&[], <[u8; 16]>::as_slice),
        ];
        digest("tingfang-enrolment/1", &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_was_typed() {
        assert_eq!(code_signs("abcd-0i1l"), "ABCD0111");
        assert_eq!(code_signs(" ABCD OILI "), code_signs("abcd-0111"));
        assert_ne!(code_signs("ABCD-EFGH"), code_signs("ABCD-EFGJ"));
    }
}
