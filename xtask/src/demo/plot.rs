//! What the chapters hand on to one another.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Stage;
use super::console::Console;
use super::expect::{list, text};
use super::handset::{Handset, person};

/// Everybody's password in the demo; the data is invented and the server is on this machine only.
pub(super) const PASSWORD: &str = "yunchuan-demo";

/// The people who sign in at a console, beside the administrator.
pub(super) const ACCOUNTS: [&str; 5] = ["manager1", "director", "supervisor1", "assessor3", "undertaker1"];

/// What has happened so far.
pub(super) struct Plot {
    /// The administrator's console.
    pub(super) admin: Console,
    /// The manager's console.
    pub(super) manager: Console,
    /// The director's console.
    pub(super) director: Console,
    /// Every hearing, as the server lists them.
    pub(super) hearings: Vec<Value>,
    /// The attendances of the story; each case goes on to the round.
    pub(super) visits: Vec<Visit>,
}

/// One attendance: a hearing and the phones of its observers, the chair first.
pub(super) struct Visit {
    /// The assignment.
    pub(super) assignment: String,
    /// The hearing, as the server shows it.
    pub(super) hearing: Value,
    /// The undertaker who is observed: id and name.
    pub(super) undertaker: (String, String),
    /// The chair's phone.
    pub(super) chair: Handset,
    /// The other observer's phone.
    pub(super) observer: Handset,
}

impl Plot {
    /// Signs the actors in.
    pub(super) fn begin(stage: &Stage<'_>) -> Result<Self> {
        let url = stage.server.url();
        let admin = Console::sign_in(url, "admin", PASSWORD)?;
        // The import made the accounts; the administrator hands out the passwords.
        for login in ACCOUNTS {
            let id = text(&person(&admin, login)?, "/id")?.to_owned();
            admin.put(&format!("/people/{id}/password"), &json!({ "password": PASSWORD }))?;
        }
        let manager = Console::sign_in(url, "manager1", PASSWORD)?;
        let director = Console::sign_in(url, "director", PASSWORD)?;
        let hearings = manager.all("/hearings")?;
        Ok(Self { admin, manager, director, hearings, visits: Vec::new() })
    }

    /// Trials of first instance that may be attended, one for each undertaker, by time.
    pub(super) fn open_trials(&self) -> Result<Vec<(Value, Value)>> {
        let mut found: Vec<(Value, Value)> = Vec::new();
        for hearing in &self.hearings {
            let fits = hearing["gate"]["may_attend"] == true
                && hearing["kind"] == "trial"
                && hearing["instance"] == "first"
                && hearing["procedure"] == "ordinary";
            if !fits {
                continue;
            }
            let case = self.manager.get(&format!("/cases/{}", text(hearing, "/case")?))?;
            let undertakers = list(&case, "/undertakers")?;
            let fresh = undertakers.len() == 1
                && found.iter().all(|(_, other)| other["undertakers"] != case["undertakers"]);
            if case["kind"] == "criminal" && fresh {
                found.push((hearing.clone(), case));
            }
        }
        Ok(found)
    }
}

impl Visit {
    /// Who chairs and who observes, with fresh phones that know their task.
    pub(super) fn assign(
        stage: &Stage<'_>,
        manager: &Console,
        hearing: &Value,
        [chair, observer]: [&str; 2],
    ) -> Result<Self> {
        let chair = Handset::of(stage, manager, chair)?;
        let observer = Handset::of(stage, manager, observer)?;
        let made =
            manager.post("/assignments", &attendance(hearing, [chair.person(), observer.person()])?)?;
        let subject = made.pointer("/task/subjects/0").context("the task is about nobody")?;
        let undertaker =
            (text(subject, "/undertaker")?.to_owned(), text(subject, "/undertaker_name")?.to_owned());
        chair.sync()?;
        observer.sync()?;
        let assignment = text(&made, "/id")?.to_owned();
        Ok(Self { assignment, hearing: hearing.clone(), undertaker, chair, observer })
    }
}

impl Visit {
    /// The same two attend another hearing with the phones that they have.
    pub(super) fn assign_again(
        manager: &Console,
        hearing: &Value,
        chair: Handset,
        observer: Handset,
    ) -> Result<Self> {
        let made =
            manager.post("/assignments", &attendance(hearing, [chair.person(), observer.person()])?)?;
        let subject = made.pointer("/task/subjects/0").context("the task is about nobody")?;
        let undertaker =
            (text(subject, "/undertaker")?.to_owned(), text(subject, "/undertaker_name")?.to_owned());
        chair.sync()?;
        observer.sync()?;
        let assignment = text(&made, "/id")?.to_owned();
        Ok(Self { assignment, hearing: hearing.clone(), undertaker, chair, observer })
    }
}

/// The wish that these two attend a hearing, the first as chair.
pub(super) fn attendance(hearing: &Value, [chair, observer]: [&str; 2]) -> Result<Value> {
    Ok(json!({
        "kind": "attendance",
        "hearing": text(hearing, "/id")?,
        "members": [{ "person": chair, "duty": "chair" }, { "person": observer, "duty": "observer" }],
    }))
}
