//! 删除令: the order to erase what a record says, for privacy (Personal Information Protection Law art. 47; DESIGN
//! section 7).
//!
//! The bytes go, on the server and on every phone; hash, position and order stay, so that everything else can still
//! be proved. Orders are kept outside of the database too: a database that is put back to a time before an order is
//! held to it all the same.

use crate::clock::Moment;
use crate::id::{DocumentId, OrganisationId, PersonId};
use crate::signature::{BadSignature, PublicKey, SecretKey, Signature, digest};

/// The rule by which nothing more comes into a record that was erased by order; and what is wrong with an item that was
/// taken out of its frame without one.
pub const ERASED: &str = "erased";

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct ErasureOrder {
    /// Counts the orders of the server, from 1.
    #[n(0)]
    pub number: u64,
    /// The record.
    #[n(1)]
    pub document: DocumentId,
    /// In whose ledger it stands.
    #[n(2)]
    pub organisation: OrganisationId,
    /// Who ordered it.
    #[n(3)]
    pub ordered_by: PersonId,
    /// When.
    #[n(4)]
    pub ordered_at: Moment,
    /// Why, and on which ground.
    #[n(5)]
    pub reason: String,
    /// The server's signature.
    #[n(6)]
    pub signature: Signature,
}

impl ErasureOrder {
    /// The order under the server's signature.
    #[must_use]
    pub fn signed(self, key: &SecretKey) -> Self {
        Self { signature: key.sign(&self.digest()), ..self }
    }

    /// Checks that the server has given it.
    ///
    /// # Errors
    /// When the signature does not hold.
    pub fn verify(&self, server: &PublicKey) -> Result<(), BadSignature> {
        server.verify(&self.digest(), &self.signature)
    }

    /// What is signed, and what the ledger names it by.
    pub fn digest(&self) -> [u8; 32] {
        let parts: [&[u8]; 6] = [
            &self.number.to_le_bytes(),
            self.document.as_bytes(),
            self.organisation.as_bytes(),
            self.ordered_by.as_bytes(),
            &self.ordered_at.as_millis().to_le_bytes(),
            self.reason.as_bytes(),
        ];
        digest("tingfang-erasure/1", &parts)
    }

    /// The order as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// Reads an order; nothing when the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(key: &SecretKey) -> ErasureOrder {
        let order = ErasureOrder {
            number: 1,
            document: DocumentId::from_bytes([1; 16]),
            organisation: OrganisationId::from_bytes([2; 16]),
            ordered_by: PersonId::from_bytes([3; 16]),
            ordered_at: Moment::from_millis(5),
            reason: "受援人撤回同意".to_owned(),
            signature: Signature([0; 64]),
        };
        order.signed(key)
    }

    #[test]
    fn an_order_counts_as_it_was_signed_and_under_the_servers_key_only() {
        let key = SecretKey::from_seed(&[7; 32]);
        let order = order(&key);
        assert_eq!(order.verify(&key.public()), Ok(()));
        assert_eq!(ErasureOrder::from_bytes(&order.to_bytes()).as_ref(), Some(&order));
        assert!(order.verify(&SecretKey::from_seed(&[8; 32]).public()).is_err());
        let other = ErasureOrder { document: DocumentId::from_bytes([9; 16]), ..order.clone() };
        assert!(other.verify(&key.public()).is_err());
        let other = ErasureOrder { reason: "别的".to_owned(), ..order };
        assert!(other.verify(&key.public()).is_err());
    }
}
