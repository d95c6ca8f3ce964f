//! Who takes part in the month, and whose turn it is.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::civil::DateTime;
use serde_json::Value;

use super::super::super::expect::{list, text};
use super::super::super::handset::Handset;
use super::super::super::plot::Plot;

/// How good the work of the undertakers is, in turn: in percent of what is asked.
const QUALITY: [i64; 8] = [97, 91, 84, 88, 76, 94, 66, 48];

/// An undertaker with the cases that may be watched.
pub(super) struct Undertaker {
    pub(super) login: String,
    pub(super) person: String,
    pub(super) id: String,
    /// Running cases, none of them secret or in the story before.
    pub(super) running: Vec<String>,
    /// Cases that have come to their end.
    pub(super) ended: Vec<String>,
    /// How good the work is, in percent.
    pub(super) quality: i64,
}

/// Everybody.
pub(super) struct Cast {
    /// The centre itself.
    pub(super) centre: String,
    pub(super) phones: BTreeMap<String, Handset>,
    pub(super) undertakers: Vec<Undertaker>,
    /// The case of each id.
    pub(super) cases: BTreeMap<String, Value>,
    people: BTreeMap<String, String>,
    booked: BTreeMap<String, BTreeSet<(jiff::civil::Date, bool)>>,
}

impl Cast {
    /// Asks the server who and what there is.
    pub(super) fn of(plot: &Plot) -> Result<Self> {
        let mut people = BTreeMap::new();
        let mut undertakers = Vec::new();
        for person in plot.manager.all("/people")? {
            let Some(login) = person["login"].as_str() else { continue };
            people.insert(login.to_owned(), text(&person, "/id")?.to_owned());
            if let Some(id) = person["undertaker"].as_str() {
                undertakers.push(Undertaker {
                    login: login.to_owned(),
                    person: text(&person, "/id")?.to_owned(),
                    id: id.to_owned(),
                    running: Vec::new(),
                    ended: Vec::new(),
                    quality: 0,
                });
            }
        }
        // By their numbers: 2 comes before 10.
        undertakers.sort_by_key(|undertaker| (undertaker.login.len(), undertaker.login.clone()));
        for (undertaker, quality) in undertakers.iter_mut().zip(QUALITY.into_iter().cycle()) {
            undertaker.quality = quality;
        }
        let told: BTreeSet<&str> =
            plot.visits.iter().filter_map(|visit| visit.hearing["case"].as_str()).collect();
        let mut cases = BTreeMap::new();
        for case in plot.manager.all("/cases")? {
            let id = text(&case, "/id")?.to_owned();
            let [part] = list(&case, "/undertakers")? else { continue };
            if told.contains(id.as_str()) || case["flags"]["secret"] == true {
                continue;
            }
            let of = undertakers.iter_mut().find(|known| part["undertaker"] == known.id.as_str());
            match (of, text(&case, "/status")?) {
                (Some(undertaker), "in_progress") => undertaker.running.push(id.clone()),
                (Some(undertaker), "closed" | "archived") => undertaker.ended.push(id.clone()),
                _ => {}
            }
            cases.insert(id, case);
        }
        let organisations = plot.manager.all("/organisations")?;
        let centre = organisations.first().context("there is no organisation")?;
        let centre = text(centre, "/id")?.to_owned();
        Ok(Self { centre, phones: BTreeMap::new(), undertakers, cases, people, booked: BTreeMap::new() })
    }

    /// The id of who signs in by this name.
    pub(super) fn person(&self, login: &str) -> Result<&str> {
        self.people.get(login).map(String::as_str).with_context(|| format!("nobody signs in as {login}"))
    }

    /// Which of them goes: who is free in that half of the day and has been out least.
    pub(super) fn book(&mut self, among: &[&'static str], at: DateTime) -> Result<&'static str> {
        let half = (at.date(), at.hour() < 12);
        let free = among
            .iter()
            .filter(|login| self.booked.get(**login).is_none_or(|booked| !booked.contains(&half)))
            .min_by_key(|login| self.booked.get(**login).map_or(0, BTreeSet::len));
        let login = *free.with_context(|| format!("nobody of {among:?} is free at {at}"))?;
        self.booked.entry(login.to_owned()).or_default().insert(half);
        Ok(login)
    }
}
