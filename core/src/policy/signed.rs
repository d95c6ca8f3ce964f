//! A policy with the server's signature: what phones are given, and what the server keeps of each version.

use super::{Policy, PolicyError};
use crate::signature::{BadSignature, PublicKey, SecretKey, Signature, digest};

/// A version of the policy as the server has adopted it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct SignedPolicy {
    /// Its version; known also to who cannot read the text.
    #[n(0)]
    pub version: u32,
    /// The policy, TOML.
    #[n(1)]
    pub text: String,
    /// The server's signature over both.
    #[n(2)]
    pub signature: Signature,
}

impl SignedPolicy {
    /// Signs a policy.
    ///
    /// # Errors
    /// When the text is none.
    pub fn sign(text: &str, key: &SecretKey) -> Result<Self, PolicyError> {
        let policy = Policy::parse_by_line(text)?;
        if Policy::parse(text)? != policy {
            return Err(PolicyError::ReadOtherwise);
        }
        let version = policy.version;
        let signature = key.sign(&signed_digest(version, text));
        Ok(Self { version, text: text.to_owned(), signature })
    }

    /// Checks that this server has signed it.
    ///
    /// # Errors
    /// When it has not.
    pub fn verify(&self, server: &PublicKey) -> Result<(), BadSignature> {
        server.verify(&self.digest(), &self.signature)
    }

    /// What is signed, and stands in the audit log.
    pub fn digest(&self) -> [u8; 32] {
        signed_digest(self.version, &self.text)
    }

    /// The rules.
    ///
    /// # Errors
    /// When this program cannot read them: they may be of a newer one.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        Policy::parse(&self.text)
    }
}

fn signed_digest(version: u32, text: &str) -> [u8; 32] {
    digest("tingfang-policy/1", &[&version.to_be_bytes(), text.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_taken_only_as_the_server_has_signed_it() {
        let key = SecretKey::from_seed(&[7; 32]);
        let signed = SignedPolicy::sign(Policy::shipped_text(), &key).expect("a policy");
        assert!(signed.verify(&key.public()).is_ok());
        assert_eq!(signed.policy().expect("a policy").version, signed.version);
        let text = signed.text.replacen("\"supervisor\"", "\"undertaker\"", 1);
        assert_ne!(text, signed.text);
        assert!(SignedPolicy { text, ..signed.clone() }.verify(&key.public()).is_err());
        let older = SignedPolicy { version: signed.version - 1, ..signed.clone() };
        assert!(older.verify(&key.public()).is_err());
        assert!(signed.verify(&SecretKey::from_seed(&[8; 32]).public()).is_err());
        assert!(SignedPolicy::sign("version = 3", &key).is_err(), "that is no policy");
    }
}
