//! `tingfang user`

use std::io::Read;

use clap::{Args, Subcommand};
use tingfang_core::id::OrganisationId;
use tingfang_core::people::{Person, Role};

use super::{Common, Output, Trouble};
use crate::app::App;
use crate::identity::password;
use crate::problem::Problem;
use crate::store;

/// What can be done to people.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add a person with a sign-in name, roles and a password.
    Add(Add),
    /// Give a person a new password.
    Password(Password),
}

/// What `user add` takes.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The name.
    #[arg(long)]
    name: String,
    /// The sign-in name.
    #[arg(long)]
    login: String,
    /// A role; may be given several times.
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// The organisation by name, where there are several.
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// Read the password from standard input instead of making one.
    #[arg(long)]
    password_stdin: bool,
}

/// What `user password` takes.
#[derive(Debug, Args)]
pub(super) struct Password {
    /// The sign-in name.
    #[arg(long)]
    login: String,
    /// Read the password from standard input instead of making one.
    #[arg(long)]
    password_stdin: bool,
}

impl User {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let app = common.app(output)?;
        match self {
            Self::Add(add) => add.run(&app, *output),
            Self::Password(password) => password.run(&app, *output),
        }
    }
}

impl Add {
    fn run(self, app: &App, output: Output) -> Result<(), Trouble> {
        let organisation = organisation(app, self.organisation.as_deref())?;
        let password = password_of(app, self.password_stdin)?;
        let login = self.login.trim().to_lowercase();
        let person = Person {
            id: app.minter.mint(),
            name: self.name.clone(),
            login: Some(login.clone()),
            phone: None,
            provider: None,
            undertaker: None,
            observer_kind: None,
            adult: true,
            trained_until: None,
        };
        let (id, roles) = (person.id, self.roles);
        app.db.try_write(move |tx| {
            store::person::save(tx, &person).map_err(|error| {
                if error.is_unique() { Problem::field("login", "login_taken") } else { error.into() }
            })?;
            for role in &roles {
                store::role_grant::add(tx, person.id, organisation, *role)?;
            }
            Ok::<_, Problem>(())
        })?;
        password::set(app, id, &password)?;
        output.say("user_added", &[("name", &self.name), ("login", &login), ("password", &password)]);
        output.document(&serde_json::json!({ "person": id, "login": login, "password": password }));
        Ok(())
    }
}

impl Password {
    fn run(self, app: &App, output: Output) -> Result<(), Trouble> {
        let password = password_of(app, self.password_stdin)?;
        let person = by_login(app, &self.login)?;
        password::set(app, person.id, &password)?;
        output.say("password_set", &[("login", &self.login), ("password", &password)]);
        output
            .document(&serde_json::json!({ "person": person.id, "login": self.login, "password": password }));
        Ok(())
    }
}

/// The person who signs in with this name.
pub(super) fn by_login(app: &App, login: &str) -> Result<Person, Trouble> {
    let login = login.trim().to_lowercase();
    let found = app.db.read(|tx| store::person::by_login(tx, &login))?;
    Ok(found.ok_or(Problem::NotFound { what: "person" })?)
}

/// The organisation of this name, or the only one.
pub(super) fn organisation(app: &App, name: Option<&str>) -> Result<OrganisationId, Trouble> {
    let found = app.db.read(|tx| match name {
        Some(name) => Ok(store::organisation::by_name(tx, name)?.into_iter().collect()),
        None => store::organisation::all(tx),
    })?;
    match (found.as_slice(), name) {
        ([only], _) => Ok(only.id),
        (_, Some(_)) | ([], None) => Err(Problem::NotFound { what: "organisation" }.into()),
        (_, None) => Err(Problem::field("organisation", "choose_organisation").into()),
    }
}

fn password_of(app: &App, from_stdin: bool) -> Result<String, Trouble> {
    if !from_stdin {
        return Ok(password::generate(&app.minter));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(Trouble::io("read", "-"))?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    password::check(&password)?;
    Ok(password)
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_code(text).ok_or_else(|| Role::CODES.join(", "))
}
