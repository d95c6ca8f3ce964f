//! Signing in, and slowing down those who guess.

use tingfang_core::clock::Moment;
use tingfang_core::id::PersonId;

use super::{password, token};
use crate::app::App;
use crate::problem::Problem;
use crate::store::{account, session};

const HOUR_MS: i64 = 3_600_000;

/// A session that has just begun.
#[derive(Debug)]
pub struct NewSession {
    /// The bearer token; shown this once.
    pub token: String,
    /// Whose it is.
    pub person: PersonId,
    /// Until when it lasts.
    pub expires_at: Moment,
}

/// The longest sign-in name that is looked for.
const LONGEST_LOGIN_BYTES: usize = 500;

/// Signs somebody in.
///
/// # Errors
/// [`Problem::TooManyAttempts`] after too many failures of this login, whatever the password; and
/// [`Problem::WrongCredentials`].
pub async fn sign_in(app: &App, login: String, given: String) -> Result<NewSession, Problem> {
    let login = login.trim().to_lowercase();
    // Nobody's is so long, and what is counted by login must stay small.
    if login.len() > LONGEST_LOGIN_BYTES {
        return Err(Problem::WrongCredentials);
    }
    count_attempt(app, login.clone()).await?;
    let found = {
        let login = login.clone();
        app.read(move |tx| Ok::<_, Problem>(account::by_login(tx, &login)?)).await?
    };
    let person = app
        .blocking(move |_| {
            let kept = found.as_ref().map(|(_, hash)| hash.as_str());
            let fits = password::verify(&given, kept);
            Ok::<_, Problem>(found.filter(|_| fits).map(|(person, _)| person))
        })
        .await?
        .ok_or(Problem::WrongCredentials)?;

    let now = app.now();
    let expires_at = now.plus_millis(i64::from(app.config.session_hours) * HOUR_MS);
    let token = token::mint(&app.minter, token::SESSION);
    let hash = token::hash(&token);
    app.write(move |tx| {
        account::forget_failures(tx, &login)?;
        session::insert(tx, &hash, person, now, expires_at)?;
        Ok::<_, Problem>(())
    })
    .await?;
    Ok(NewSession { token, person, expires_at })
}

/// Counts the attempt as failed before the password is looked at, so that many at once do not slip
/// through; a success forgets it.
async fn count_attempt(app: &App, login: String) -> Result<(), Problem> {
    let now = app.now();
    let window_ms = i64::from(app.config.sign_in_window_s) * 1_000;
    let since = now.plus_millis(-window_ms);
    let most = app.config.sign_in_failures;
    app.write(move |tx| {
        let (failures, oldest) = account::failures_since(tx, &login, since)?;
        if failures >= most {
            let wait_ms = oldest.unwrap_or(now).plus_millis(window_ms).as_millis() - now.as_millis();
            let retry_after_s = u32::try_from(wait_ms / 1_000 + 1).unwrap_or(1);
            return Err(Problem::TooManyAttempts { retry_after_s });
        }
        Ok(account::note_failure(tx, &login, now, since)?)
    })
    .await
}
