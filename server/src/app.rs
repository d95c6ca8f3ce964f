//! What every handler has at hand.

use std::sync::Arc;
use std::time::Duration;

use tingfang_core::clock::Moment;
use tingfang_core::id::{LogEpoch, Minter, TenantId};
use tingfang_core::signature::{PublicKey, SecretKey};
use tingfang_core::sync::order::Terms;

use crate::config::Config;
use crate::db::{Db, DbError, Place, Tx};
use crate::files::{self, Files, FilesPlace};
use crate::host::system_minter;
use crate::identity::{Hashing, WrongCodes};
use crate::policies::{self, PolicyProblem};
use crate::store::policy::{self, PolicyOrigin};
use crate::store::tenant::Tenant;
use crate::sync::{Pace, SyncDoor};
use crate::{audit, erasing, log, private, store};

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot make the data folder {folder}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The data folder was never initialised.
    #[error("the data folder {folder} is empty; run `tingfang init` first")]
    NotInitialised {
        /// The folder.
        folder: String,
    },
    /// The place of attached files does not open.
    #[error("cannot open the files at {place}")]
    Files {
        /// The place.
        place: String,
        /// Why.
        #[source]
        source: files::OpenError,
    },
    /// The database failed.
    #[error("cannot open the data")]
    Db(#[from] DbError),
}

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The data layer.
    pub db: Db,
    /// The configuration.
    pub config: Arc<Config>,
    /// Makes ids, tokens and keys, and tells the time.
    pub minter: Minter,
    /// The tenant of this deployment.
    pub tenant: TenantId,
    /// The public half of the server's signing key.
    pub public_key: PublicKey,
    /// The door of sync.
    pub sync: SyncDoor,
    /// Where attached files lie.
    pub files: Files,
    /// Where passwords are hashed.
    pub hashing: Hashing,
    /// How many enrolment codes were wrong lately.
    pub wrong_codes: Arc<WrongCodes>,
}

impl App {
    /// Opens an initialised data folder with the machine's own clock and randomness, and brings its
    /// schema up to date. Makes nothing.
    ///
    /// # Errors
    /// When the folder cannot be opened or was never initialised.
    pub fn open(config: Config) -> Result<Self, StartError> {
        let db = opened(&config, Db::open_existing)?;
        let adopted = if db.read(audit::is_behind)? { db.write(audit::adopt)? } else { 0 };
        if adopted > 0 {
            tracing::info!(adopted, "took {adopted} things from an older version into the audit log");
        }
        let app = Self::with(config, db, host_minter())?;
        let key = app.db.read(store::server_key::signer)?;
        policies::adopt_shipped(&app.db, &key, app.now())?;
        if let Err(problem) = erasing::catch_up(&app) {
            tracing::error!(%problem, "orders to erase could not be looked for");
        }
        Ok(app)
    }

    /// Adopts a policy: it holds from now on.
    ///
    /// # Errors
    /// When it is none, or not the next one.
    pub fn adopt_policy(&self, text: &str, origin: PolicyOrigin) -> Result<policy::Kept, PolicyProblem> {
        let key = self.db.read(store::server_key::signer)?;
        policies::adopt(&self.db, &key, text, origin, self.now())
    }

    /// Opens an initialised data folder to read it as it is; writes are refused.
    ///
    /// # Errors
    /// As [`App::open`], and when the schema is older than this program's.
    pub fn open_to_read(config: Config) -> Result<Self, StartError> {
        let db = opened(&config, Db::open_to_read)?;
        Self::with(config, db, host_minter())
    }

    /// The application over a database that is open already, and this minter.
    ///
    /// # Errors
    /// When the database was never initialised.
    pub fn with(config: Config, db: Db, minter: Minter) -> Result<Self, StartError> {
        let found = db.read(|tx| Ok((store::tenant::find(tx)?, store::server_key::newest(tx)?)))?;
        let (Some(tenant), Some(secret)) = found else {
            return Err(StartError::NotInitialised { folder: config.database.to_string() });
        };
        let secret = SecretKey::from_seed(&secret);
        let public_key = secret.public();
        let terms = Terms { lease_days: config.lease_days, recovery_key: config.recovery_key };
        let sync = SyncDoor::new(db.clone(), tenant.id, secret, minter.clone())
            .on_terms(terms)
            .at_pace(Pace::new(config.sync_burst, config.sync_per_minute));
        let place = &config.files;
        let files = place.open().map_err(|source| StartError::Files { place: place.to_string(), source })?;
        if matches!((&config.database, &config.files), (Place::Postgres(_), FilesPlace::Folder(_))) {
            tracing::info!("attached files lie in a folder of this machine; several nodes need one place");
        }
        let patience = Duration::from_secs(config.sign_in_patience_s);
        let hashing = Hashing::new(config.sign_in_at_once, config.sign_in_waiting, patience);
        let wrong_codes = Arc::new(WrongCodes::new(config.enrolment_failures, config.enrolment_window_s));
        let (config, tenant) = (Arc::new(config), tenant.id);
        Ok(Self { db, config, minter, tenant, public_key, sync, files, hashing, wrong_codes })
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.minter.clock().now()
    }

    /// Runs blocking work off the async threads.
    ///
    /// # Errors
    /// What the work says, or [`DbError::NoAnswer`] when it panicked.
    pub async fn blocking<T, E>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let app = self.clone();
        tokio::task::spawn_blocking(move || work(&app))
            .await
            .unwrap_or_else(|_| Err(DbError::NoAnswer.into()))
    }

    /// Reads off the async threads. The closure may refuse with an error of its own.
    ///
    /// # Errors
    /// What the closure or the database says.
    pub async fn read<T, E>(&self, closure: impl FnMut(&Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.blocking(move |app| app.db.try_read(closure)).await
    }

    /// Writes off the async threads. The closure may refuse with an error of its own, which writes
    /// nothing.
    ///
    /// # Errors
    /// What the closure or the database says.
    pub async fn write<T, E>(&self, closure: impl FnMut(&Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.blocking(move |app| app.db.try_write(closure)).await
    }
}

/// A minter over the machine's own clock and randomness.
pub fn host_minter() -> Minter {
    system_minter()
}

/// Opens the database of the data folder, and makes both where they are missing.
///
/// # Errors
/// When the folder or the file cannot be opened.
pub fn open_database(config: &Config) -> Result<Db, StartError> {
    private::make_folder(&config.data)
        .map_err(|source| StartError::Folder { folder: config.data.display().to_string(), source })?;
    Ok(Db::open(config.database.clone())?)
}

/// Opens the database of an initialised data folder.
fn opened(config: &Config, open: impl Fn(Place) -> Result<Db, DbError>) -> Result<Db, StartError> {
    open(config.database.clone()).map_err(|error| match error {
        DbError::Missing { .. } => StartError::NotInitialised { folder: config.database.to_string() },
        other => other.into(),
    })
}

/// What every database begins with.
#[derive(Clone)]
pub struct Foundation {
    tenant: Tenant,
    key: SecretKey,
    epoch: LogEpoch,
}

impl Foundation {
    /// A tenant of this name, a fresh signing key, a fresh log.
    pub fn new(minter: &Minter, tenant_name: &str) -> Self {
        Self {
            tenant: Tenant { id: minter.mint(), name: tenant_name.to_owned() },
            key: SecretKey::from_seed(&minter.random()),
            epoch: minter.mint(),
        }
    }

    /// Lays it. False, and nothing happens, when the database has one already.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lay(&self, tx: &Tx, now: Moment) -> Result<bool, DbError> {
        if store::tenant::find(tx)?.is_some() {
            return Ok(false);
        }
        store::tenant::insert(tx, &self.tenant, now)?;
        store::server_key::insert(tx, &self.key.seed(), &self.key.public().0, now)?;
        log::begin(tx, self.epoch)?;
        for chain in store::tip::Chain::ALL {
            store::tip::renew(tx, *chain, 0, &[0; 32])?;
        }
        Ok(true)
    }
}

/// Lays the foundation of a fresh database. False when it has one already.
///
/// # Errors
/// When the database fails.
pub fn initialise(db: &Db, minter: &Minter, tenant_name: &str) -> Result<bool, DbError> {
    let (foundation, now) = (Foundation::new(minter, tenant_name), minter.clock().now());
    db.write(move |tx| foundation.lay(tx, now))
}
