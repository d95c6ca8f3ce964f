//! Signing in, and slowing down those who guess.

use tingfang_core::clock::Moment;
use tingfang_core::id::PersonId;

use super::{password, token};
use crate::app::App;
use crate::db::Tx;
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
/// In this order: a login that is locked is told so from an index alone. Then there must be a place among those
/// whose passwords are hashed. Only who has one is counted, looked up and answered, so that nobody is locked out by
/// attempts at which no password was looked at, and a flood of logins writes no more rows than can be hashed.
///
/// # Errors
/// [`Problem::TooManyAttempts`] after too many failures of this login, whatever the password;
/// [`Problem::Wait`] while too many others sign in; and [`Problem::WrongCredentials`].
pub async fn sign_in(app: &App, login: String, given: String) -> Result<NewSession, Problem> {
    let login = login.trim().to_lowercase();
    // Nobody's is so long, and what is counted by login must stay small.
    if login.len() > LONGEST_LOGIN_BYTES {
        return Err(Problem::WrongCredentials);
    }
    let (window, asked) = (Window::now(app), login.clone());
    app.read(move |tx| window.demand_open(tx, &asked)).await?;
    let (on_thread, asked) = (app.clone(), login.clone());
    let person = app.hashing.run(move || who(&on_thread, asked, &given)).await??;

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

/// Who has this login and password. The attempt is counted as failed before the password is looked at, so that
/// many at once do not slip through; a success forgets it.
fn who(app: &App, login: String, given: &str) -> Result<PersonId, Problem> {
    let (window, asked) = (Window::now(app), login.clone());
    app.db.try_write(move |tx| {
        window.demand_open(tx, &asked)?;
        Ok::<_, Problem>(account::note_failure(tx, &asked, window.now, window.since)?)
    })?;
    let found = app.db.read(|tx| account::by_login(tx, &login))?;
    let kept = found.as_ref().map(|(_, hash)| hash.as_str());
    let fits = password::verify(given, kept);
    found.filter(|_| fits).map(|(person, _)| person).ok_or(Problem::WrongCredentials)
}

/// The time within which failures count.
#[derive(Clone, Copy)]
struct Window {
    now: Moment,
    since: Moment,
    length_ms: i64,
    most: u32,
}

impl Window {
    fn now(app: &App) -> Self {
        let (now, length_ms) = (app.now(), i64::from(app.config.sign_in_window_s) * 1_000);
        Self { now, since: now.plus_millis(-length_ms), length_ms, most: app.config.sign_in_failures }
    }

    /// Demands that a login is not locked, be it anybody's or nobody's.
    fn demand_open(self, tx: &Tx, login: &str) -> Result<(), Problem> {
        let (failures, oldest) = account::failures_since(tx, login, self.since)?;
        if failures < self.most {
            return Ok(());
        }
        let free_at = oldest.unwrap_or(self.now).plus_millis(self.length_ms);
        let wait_ms = free_at.as_millis() - self.now.as_millis();
        Err(Problem::TooManyAttempts { retry_after_s: u32::try_from(wait_ms / 1_000 + 1).unwrap_or(1) })
    }
}
