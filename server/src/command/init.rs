//! `tingfang init`

use clap::Args;
use tingfang_core::id::Minter;
use tingfang_core::people::{Organisation, OrganisationLevel, Person, Role};
use tingfang_core::text::{Language, label};

use super::{Common, Output, Trouble};
use crate::app::{self, Foundation};
use crate::config::Secret;
use crate::identity::password;
use crate::problem::Problem;
use crate::store;

/// What `init` takes.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The tenant: the top authority of this deployment. The organisation's name when left out.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The organisation, for instance the county's legal aid centre.
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// Where it stands: ministry, province, city, county or workstation.
    #[arg(long, value_name = "LEVEL", default_value = "county", value_parser = level)]
    level: OrganisationLevel,
    /// Its administrative division code, six digits.
    #[arg(long, value_name = "CODE")]
    region_code: Option<String>,
    /// The first administrator's sign-in name.
    #[arg(long, value_name = "LOGIN", default_value = "admin")]
    login: String,
    /// The first administrator's name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl Init {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let config = common.config(&[])?;
        output.speak(config.language);
        let minter = app::host_minter();
        let given = config.admin_password.clone();
        // Before anything is made: a folder with a password that anybody guesses is worse than none.
        if let Some(given) = &given {
            password::check(given.expose())?;
        }
        let db = app::open_database(&config)?;
        let usual = label(Language::default(), "command", "usual_organisation").unwrap_or_default();
        let centre = self.organisation.as_deref().unwrap_or(usual).to_owned();
        let tenant = self.tenant.as_deref().unwrap_or(&centre);
        let foundation = Foundation::new(&minter, tenant);
        let folder = config.data.display().to_string();
        let password =
            given.as_ref().map_or_else(|| password::generate(&minter), |secret| secret.expose().to_owned());
        let hash = password::hash(&minter, &password).map_err(Problem::internal)?;
        let (organisation, person) = self.rows(&minter, centre);
        let ids = (organisation.id, person.login.clone().unwrap_or_default());
        let now = minter.clock().now();
        // All or nothing: a folder without an administrator could never be entered.
        let fresh = db.write(move |tx| {
            if !foundation.lay(tx, now)? {
                return Ok(false);
            }
            store::organisation::save(tx, &organisation)?;
            store::person::save(tx, &person)?;
            store::role_grant::add(tx, person.id, organisation.id, Role::Admin)?;
            store::account::set_password(tx, person.id, &hash, now)?;
            Ok(true)
        })?;
        if !fresh {
            output.say("initialised_before", &[("folder", &folder)]);
            output.document(&serde_json::json!({ "folder": folder, "fresh": false }));
            return Ok(());
        }
        let (organisation, login) = ids;
        output.say("initialised", &[("folder", &folder)]);
        announce(*output, &login, &password, given.as_ref());
        output.document(&serde_json::json!({
            "folder": folder,
            "fresh": true,
            "organisation": organisation,
            "login": login,
            "password": given.is_none().then_some(password),
        }));
        Ok(())
    }

    fn rows(&self, minter: &Minter, centre: String) -> (Organisation, Person) {
        let organisation = Organisation {
            id: minter.mint(),
            name: centre,
            level: self.level,
            parent: None,
            region_code: self.region_code.clone(),
        };
        let person = Person {
            id: minter.mint(),
            name: self.name.clone().unwrap_or_else(|| Role::Admin.label(Language::default()).to_owned()),
            login: Some(self.login.trim().to_lowercase()),
            phone: None,
            provider: None,
            undertaker: None,
            observer_kind: None,
            adult: true,
            trained_until: None,
        };
        (organisation, person)
    }
}

fn announce(output: Output, login: &str, password: &str, given: Option<&Secret>) {
    if given.is_some() {
        output.say("first_admin_given", &[("login", login)]);
    } else {
        output.say("first_admin", &[("login", login), ("password", password)]);
    }
}

fn level(text: &str) -> Result<OrganisationLevel, String> {
    OrganisationLevel::from_code(text).ok_or_else(|| OrganisationLevel::CODES.join(", "))
}
