//! The extractor of a phone with its device token.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tingfang_core::id::PersonId;

use super::token;
use crate::app::App;
use crate::problem::Problem;
use crate::store::device::{self, Device, DeviceState};
use crate::store::wipe_order;

/// A phone that was enrolled. It may have been lost or revoked since: what such a phone still sends
/// is held, never lost, so sync decides itself; everything else demands [`EnrolledDevice::require_active`].
#[derive(Clone, Debug)]
pub struct EnrolledDevice {
    /// The device.
    pub device: Device,
    /// Whose it is.
    pub person: PersonId,
}

impl EnrolledDevice {
    /// Demands that the device is active.
    ///
    /// # Errors
    /// [`Problem::DeviceInactive`].
    pub const fn require_active(&self) -> Result<(), Problem> {
        match self.device.state {
            DeviceState::Active => Ok(()),
            DeviceState::HeldByCourt | DeviceState::Lost | DeviceState::Frozen | DeviceState::Revoked => {
                Err(Problem::DeviceInactive)
            }
        }
    }
}

impl EnrolledDevice {
    /// Demands that the device may hand in files: one that is lost, held by a court or to be wiped brings what
    /// it has.
    ///
    /// # Errors
    /// [`Problem::DeviceInactive`].
    pub async fn require_handing_in(&self, app: &App) -> Result<(), Problem> {
        match self.device.state {
            DeviceState::Active | DeviceState::HeldByCourt | DeviceState::Lost => Ok(()),
            DeviceState::Frozen | DeviceState::Revoked => {
                let id = self.device.id;
                let order = app.read(move |tx| Ok::<_, Problem>(wipe_order::find(tx, id)?)).await?;
                let has_still_to_wipe = order.is_some_and(|kept| kept.wiped_at.is_none());
                if has_still_to_wipe { Ok(()) } else { Err(Problem::DeviceInactive) }
            }
        }
    }
}

impl FromRequestParts<App> for EnrolledDevice {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = token::bearer(&parts.headers, token::DEVICE).ok_or(Problem::SignInFirst)?;
        let token_hash = token::hash(token);
        app.read(move |tx| {
            let device = device::by_token(tx, &token_hash)?.ok_or(Problem::SignInFirst)?;
            Ok(Self { person: device.person, device })
        })
        .await
    }
}
