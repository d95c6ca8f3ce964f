//! Enrolling a phone: somebody issues a one-time code, the phone redeems it with its public key.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, PersonId};
use tingfang_core::signature::DeviceKey;

use super::token;
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::problem::Problem;
use crate::store::device::{Device, DeviceState};
use crate::store::{device, enrolment_code, person};

const HOUR_MS: i64 = 3_600_000;

/// A code that was issued; shown this once.
#[derive(Debug)]
pub struct IssuedCode {
    /// The code, in groups of four.
    pub code: String,
    /// Until when it may be used.
    pub expires_at: Moment,
}

/// A phone that wants in.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// The code as it was typed or scanned.
    pub code: String,
    /// The phone's public key.
    pub key: DeviceKey,
    /// What its owner calls it.
    pub name: String,
}

/// A phone that was let in.
#[derive(Debug)]
pub struct Enrolled {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// The device token; shown this once.
    pub token: String,
}

/// Issues a code for a person.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such person.
pub fn issue(app: &App, person: PersonId, issued_by: Option<PersonId>) -> Result<IssuedCode, Problem> {
    let now = app.now();
    let expires_at = now.plus_millis(i64::from(app.config.enrolment_hours) * HOUR_MS);
    let code = token::mint_code(&app.minter);
    let hash = token::hash_code(&code);
    app.db.try_write(move |tx| {
        person::find(tx, person)?.ok_or(Problem::NotFound { what: "person" })?;
        Ok::<_, Problem>(enrolment_code::insert(tx, &hash, person, issued_by, now, expires_at)?)
    })?;
    Ok(IssuedCode { code, expires_at })
}

/// Redeems a code: makes the device and its token.
///
/// In this order: a code is looked up by an index, among those that read. A wrong one is counted, in memory, and
/// that was all: whoever floods the server with codes writes nothing and holds up nobody who writes. A right one is
/// never counted and never held back, however many wrong ones come with it; what keeps it from being guessed are
/// its 80 random bits.
///
/// # Errors
/// [`Problem::CodeSpent`] for a code that is unknown, spent or has run out, and [`Problem::TooManyAttempts`] for
/// such a one when there were many lately; [`Problem::Invalid`] for a key that is none, [`Problem::Exists`] for one
/// that another device has.
pub fn redeem(app: &App, redemption: Redemption) -> Result<Enrolled, Problem> {
    if !redemption.key.is_sound() {
        return Err(Problem::field("public_key", "not_a_key"));
    }
    let (code, now) = (token::hash_code(&redemption.code), app.now());
    if !app.db.read(|tx| counts(tx, &redemption, &code, now))? {
        app.wrong_codes.count(now)?;
        return Err(Problem::CodeSpent);
    }
    let (id, token) = (app.minter.mint(), token::mint(&app.minter, token::DEVICE));
    app.db.try_write(move |tx| redeem_in(tx, &redemption, id, &token, now))
}

/// Whether a code counts for a phone: it is still to be used, or was used by this very phone, which may not have
/// heard the answer.
fn counts(tx: &Tx, redemption: &Redemption, code: &[u8; 32], now: Moment) -> Result<bool, DbError> {
    Ok(enrolment_code::find(tx, code, now)?.is_some() || spent_on(tx, redemption, code, now)?.is_some())
}

fn redeem_in(
    tx: &Tx,
    redemption: &Redemption,
    id: DeviceId,
    token: &str,
    now: Moment,
) -> Result<Enrolled, Problem> {
    let code = token::hash_code(&redemption.code);
    if let Some(again) = redeemed_before(tx, redemption, &code, token, now)? {
        return Ok(again);
    }
    let (person, enrolled_by) = enrolment_code::find(tx, &code, now)?.ok_or(Problem::CodeSpent)?;
    let profile = person::find(tx, person)?.ok_or(Problem::CodeSpent)?;
    let fresh = Device {
        id,
        person,
        name: redemption.name.clone(),
        algorithm: redemption.key.algorithm() as u8,
        public_key: redemption.key.as_bytes().to_vec(),
        epoch: 0,
        state: DeviceState::Active,
        enrolled_at: now,
        enrolled_by,
        last_seen_at: None,
    };
    device::insert(tx, &fresh).map_err(exists)?;
    device::add_token(tx, id, &token::hash(token), now)?;
    if !enrolment_code::spend(tx, &code, id, now)? {
        return Err(Problem::CodeSpent);
    }
    Ok(Enrolled { device: id, person, person_name: profile.name, token: token.to_owned() })
}

/// The same phone once more, with the same code and key: its answer was lost on the way, so it gets
/// another token. Only until it has come for the first time.
fn redeemed_before(
    tx: &Tx,
    redemption: &Redemption,
    code: &[u8; 32],
    token: &str,
    now: Moment,
) -> Result<Option<Enrolled>, Problem> {
    let Some(device) = spent_on(tx, redemption, code, now)? else { return Ok(None) };
    let profile = person::find(tx, device.person)?.ok_or(Problem::CodeSpent)?;
    device::add_token(tx, device.id, &token::hash(token), now)?;
    Ok(Some(Enrolled {
        device: device.id,
        person: device.person,
        person_name: profile.name,
        token: token.to_owned(),
    }))
}

/// The device that the code was spent on, when it is this phone and has not come yet.
fn spent_on(
    tx: &Tx,
    redemption: &Redemption,
    code: &[u8; 32],
    now: Moment,
) -> Result<Option<Device>, DbError> {
    let Some(id) = enrolment_code::spent_on(tx, code, now)? else { return Ok(None) };
    Ok(device::find(tx, id)?.filter(|device| {
        device.key() == Some(redemption.key)
            && device.state == DeviceState::Active
            && device.last_seen_at.is_none()
    }))
}

fn exists(error: DbError) -> Problem {
    if error.is_unique() { Problem::Exists { what: "device" } } else { error.into() }
}
