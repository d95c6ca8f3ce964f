//! Devices and enrolments as the API shows and takes them.

use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, PersonId, TenantId};
use tingfang_core::signature::{Algorithm, DeviceKey};
use tingfang_core::sync::frame::Frame;
use utoipa::ToSchema;

use crate::api::schema;
use crate::app::App;
use crate::identity::enrolment::{Enrolled, IssuedCode, Redemption};
use crate::identity::token::{fingerprint, from_hex, hex};
use crate::problem::{FieldProblem, Problem};
use crate::store::device::{Device, DeviceState};
use crate::store::{frame_conflict, wipe_order};

/// For whom a code is wanted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// The person.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
}

/// A code that was issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentView {
    /// The one-time code; shown this once.
    pub code: String,
    /// Until when it may be used.
    #[schema(schema_with = schema::moment)]
    pub expires_at: Moment,
    /// Where the phone reaches the server.
    pub server: String,
    /// How people compare the server's key.
    pub key_fingerprint: String,
    /// All of it as one text, for a QR code.
    pub text: String,
}

/// A phone that wants in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// The one-time code.
    code: String,
    /// The algorithm of the key: `ed25519` or `p256`.
    algorithm: String,
    /// The public key, in hexadecimal digits: 32 bytes of Ed25519, or a compressed point of P-256 in 33.
    public_key: String,
    /// What its owner calls it.
    name: String,
}

/// A phone that was let in.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolledView {
    /// The device.
    #[schema(schema_with = schema::id)]
    pub device: DeviceId,
    /// Whose it is.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// The tenant.
    #[schema(schema_with = schema::id)]
    pub tenant: TenantId,
    /// The bearer token of sync; shown this once.
    pub token: String,
    /// The server's Ed25519 public key, in hexadecimal digits.
    pub server_public_key: String,
    /// How people compare it.
    pub key_fingerprint: String,
}

/// What has become of a device.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateChange {
    /// The new state.
    #[schema(schema_with = schema::device_state)]
    pub state: DeviceState,
}

/// The wish that a phone be wiped.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWipe {
    /// Why; 1 to 500 characters.
    reason: String,
}

impl NewWipe {
    /// Why, trimmed.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn reason(&self) -> Result<String, Problem> {
        let reason = self.reason.trim();
        match reason.chars().count() {
            0 => Err(Problem::field("reason", "empty")),
            1..=500 => Ok(reason.to_owned()),
            _ => Err(Problem::Invalid(vec![FieldProblem::new("reason", "too_long").with("max", 500)])),
        }
    }
}

/// An order to wipe a phone.
#[derive(Debug, Serialize, ToSchema)]
pub struct WipeView {
    /// When it was ordered.
    #[schema(schema_with = schema::moment)]
    pub ordered_at: Moment,
    /// Why.
    pub reason: String,
    /// When the phone said that it has handed in everything and wipes itself.
    #[schema(schema_with = schema::moment, required = false)]
    pub wiped_at: Option<Moment>,
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: DeviceId,
    /// Whose it is.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// What they call it.
    pub name: String,
    /// What has become of it.
    #[schema(schema_with = schema::device_state)]
    pub state: DeviceState,
    /// How people compare its key.
    pub key_fingerprint: String,
    /// When it was enrolled.
    #[schema(schema_with = schema::moment)]
    pub enrolled_at: Moment,
    /// When it last came by.
    #[schema(schema_with = schema::moment, required = false)]
    pub last_seen_at: Option<Moment>,
    /// The order to wipe it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wipe: Option<WipeView>,
}

impl DeviceView {
    /// The view of a device with the order to wipe it.
    pub fn with_order(device: Device, order: Option<wipe_order::Kept>) -> Self {
        let wipe = order.map(|kept| WipeView {
            ordered_at: kept.order.ordered_at,
            reason: kept.reason,
            wiped_at: kept.wiped_at,
        });
        Self { wipe, ..device.into() }
    }
}

/// A frame by which a device contradicts itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContradictionView {
    /// The epoch that the device claims.
    pub epoch: u32,
    /// The number under which it signed.
    pub number: u64,
    /// When the server received it.
    #[schema(schema_with = schema::moment)]
    pub received_at: Moment,
    /// How many items are in it.
    pub items: usize,
    /// The frame's hash. What is in it stays where it is: it may be of records that are not for everybody.
    pub hash: String,
}

impl From<frame_conflict::Kept> for ContradictionView {
    fn from(kept: frame_conflict::Kept) -> Self {
        let frame = Frame::from_bytes(&kept.bytes).ok();
        let items = frame.as_ref().map(|frame| frame.items.len()).unwrap_or_default();
        let hash = frame.map(|frame| hex(&frame.hash().0)).unwrap_or_default();
        let (epoch, number, received_at) = (kept.epoch, kept.number, kept.received_at);
        Self { epoch, number, received_at, items, hash }
    }
}

impl EnrolmentView {
    /// The view of an issued code.
    pub fn new(app: &App, issued: &IssuedCode) -> Self {
        let server = app.config.public_url.clone();
        let key_fingerprint = fingerprint(&app.public_key.0);
        let text = format!("tingfang:1|{server}|{}|{}", issued.code, key_fingerprint);
        Self { code: issued.code.clone(), expires_at: issued.expires_at, server, key_fingerprint, text }
    }
}

impl EnrolledView {
    /// The view of a phone that was let in.
    pub fn new(app: &App, enrolled: Enrolled) -> Self {
        Self {
            device: enrolled.device,
            person: enrolled.person,
            person_name: enrolled.person_name,
            tenant: app.tenant,
            token: enrolled.token,
            server_public_key: hex(&app.public_key.0),
            key_fingerprint: app.public_key.fingerprint(),
        }
    }
}

impl NewDevice {
    /// What the phone redeems.
    ///
    /// # Errors
    /// When the algorithm is unknown, the key is none, or the name is empty.
    pub fn redemption(self) -> Result<Redemption, Problem> {
        let mut wrong = Vec::new();
        let algorithm = Algorithm::ALL.into_iter().find(|known| known.name() == self.algorithm);
        if algorithm.is_none() {
            let known = Algorithm::ALL.map(Algorithm::name).join(", ");
            wrong.push(FieldProblem::new("algorithm", "unknown_algorithm").with("known", known));
        }
        let bytes = from_hex(&self.public_key).unwrap_or_default();
        let key = algorithm.and_then(|algorithm| DeviceKey::from_parts(algorithm as u8, &bytes));
        if algorithm.is_some() && key.is_none() {
            wrong.push(FieldProblem::new("public_key", "not_a_key"));
        }
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            wrong.push(FieldProblem::new("name", "empty"));
        }
        match key {
            Some(key) if wrong.is_empty() => Ok(Redemption { code: self.code, key, name }),
            _ => Err(Problem::Invalid(wrong)),
        }
    }
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        Self {
            id: device.id,
            person: device.person,
            name: device.name,
            state: device.state,
            key_fingerprint: fingerprint(&device.public_key),
            enrolled_at: device.enrolled_at,
            last_seen_at: device.last_seen_at,
            wipe: None,
        }
    }
}
