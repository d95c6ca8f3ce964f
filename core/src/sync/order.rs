//! What a server orders a device to do, how it says that the device stands, and on which terms it is used.

use minicbor::encode::Write;
use minicbor::{Decoder, Encoder, decode, encode};

use crate::clock::Moment;
use crate::codes;
use crate::id::DeviceId;
use crate::recovery::RecoveryKey;
use crate::signature::{BadSignature, PublicKey, SecretKey, Signature, digest};

codes! {
    /// How a device stands with the centre, as far as whoever holds it is told.
    ///
    /// Three words for more states: whether a device was reported lost, lies with a court, or contradicts itself is
    /// one word here. Who has found or copied a phone would learn by the right one that they were found out, and by
    /// the others that they were not; its owner asks the centre, which knows whom it speaks to
    /// (`docs/threat-model.md`).
    DeviceStanding as "device_standing" {
        /// In use.
        Active = "active",
        /// What it sends is held for a person, and it is given nothing, until the centre says otherwise.
        Suspended = "suspended",
        /// The same, for good.
        Revoked = "revoked",
    }
}

/// A server that says nothing knows of nothing.
impl Default for DeviceStanding {
    fn default() -> Self {
        Self::Active
    }
}

impl<C> minicbor::Encode<C> for DeviceStanding {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(self.code())?.ok()
    }
}

/// A later version's word is one more that asks its holder to speak to the centre.
impl<'b, C> minicbor::Decode<'b, C> for DeviceStanding {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(Self::from_code(d.str()?).unwrap_or(Self::Suspended))
    }
}

/// The terms on which devices are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Terms {
    /// After how many days without the server the app locks, and keeps everything; 0 for never.
    #[n(0)]
    pub lease_days: u32,
    /// To what phones seal their secret, so that a forgotten PIN costs no record; nothing where the centre has
    /// no such key.
    #[n(1)]
    pub recovery_key: Option<RecoveryKey>,
}

/// The order to hand in everything and then to wipe the phone: it was lost, or its owner has left.
///
/// It is signed by itself, so that the phone can show afterwards who had it wiped.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct WipeOrder {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// When it was ordered.
    #[n(1)]
    pub ordered_at: Moment,
    /// The server's signature.
    #[n(2)]
    pub signature: Signature,
}

impl WipeOrder {
    /// Signs an order.
    pub fn sign(device: DeviceId, ordered_at: Moment, key: &SecretKey) -> Self {
        Self { device, ordered_at, signature: key.sign(&order_digest(device, ordered_at)) }
    }

    /// Checks that the server has given it, and to this device.
    ///
    /// # Errors
    /// When the signature does not hold, or it is another device's.
    pub fn verify(&self, device: DeviceId, server: &PublicKey) -> Result<(), BadSignature> {
        if self.device != device {
            return Err(BadSignature);
        }
        server.verify(&order_digest(self.device, self.ordered_at), &self.signature)
    }
}

fn order_digest(device: DeviceId, ordered_at: Moment) -> [u8; 32] {
    digest("tingfang-wipe/1", &[device.as_bytes(), &ordered_at.as_millis().to_le_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_survives_the_wire_and_a_later_versions_word_asks_to_speak_to_the_centre() {
        for standing in DeviceStanding::ALL {
            let bytes = minicbor::to_vec(standing).expect("encodes");
            assert_eq!(minicbor::decode::<DeviceStanding>(&bytes).expect("a standing"), *standing);
        }
        let later = minicbor::to_vec("on_loan").expect("encodes");
        assert_eq!(minicbor::decode::<DeviceStanding>(&later).expect("a word"), DeviceStanding::Suspended);
    }

    #[test]
    fn an_order_counts_for_its_device_and_under_the_servers_key_only() {
        let key = SecretKey::from_seed(&[7; 32]);
        let device = DeviceId::from_bytes([1; 16]);
        let order = WipeOrder::sign(device, Moment::from_millis(5), &key);
        assert_eq!(order.verify(device, &key.public()), Ok(()));
        assert!(order.verify(DeviceId::from_bytes([2; 16]), &key.public()).is_err());
        let other = SecretKey::from_seed(&[8; 32]).public();
        assert!(order.verify(device, &other).is_err());
        let later = WipeOrder { ordered_at: Moment::from_millis(6), ..order };
        assert!(later.verify(device, &key.public()).is_err());
    }
}
