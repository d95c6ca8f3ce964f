//! The words of the demo data, out of `words.toml`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::random::Random;

/// Everything in `words.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) seed: u64,
    /// The month of the coming hearings, `YYYY-MM`. The data knows no other clock.
    pub(super) month: String,
    /// The title of each sheet, which says that all is invented.
    pub(super) mark: String,
    pub(super) centre: String,
    pub(super) surnames: String,
    pub(super) given: String,
    pub(super) courts: BTreeMap<String, String>,
    pub(super) courtrooms: Vec<String>,
    pub(super) times: Vec<String>,
    pub(super) device_rules: Vec<String>,
    pub(super) sources: Vec<String>,
    pub(super) providers: Vec<Provider>,
    pub(super) kinds: Vec<Kind>,
    pub(super) staff: Vec<Staff>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) undertakers: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) label: String,
    pub(super) letter: String,
    /// Cases in a hundred.
    pub(super) share: usize,
    pub(super) aid_form: String,
    /// Which of the courts; empty where there is none.
    pub(super) organ: String,
    pub(super) causes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Staff {
    pub(super) login: String,
    pub(super) role: String,
    pub(super) count: usize,
    pub(super) observer_kind: Option<String>,
    #[serde(default)]
    pub(super) observer_kinds: Vec<String>,
}

impl Words {
    pub(super) fn load() -> Result<Self> {
        toml::from_str(include_str!("words.toml")).context("words.toml")
    }

    /// The year of the coming hearings.
    pub(super) fn year(&self) -> i32 {
        self.month.split('-').next().and_then(|year| year.parse().ok()).unwrap_or_default()
    }

    pub(super) fn court(&self, which: &str) -> &str {
        self.courts.get(which).map_or("", String::as_str)
    }

    /// A name that nobody among `taken` has yet.
    pub(super) fn fresh_name(&self, random: &mut Random, taken: &mut BTreeSet<String>) -> String {
        loop {
            let name = self.name(random);
            if taken.insert(name.clone()) {
                return name;
            }
        }
    }

    /// Any name.
    pub(super) fn name(&self, random: &mut Random) -> String {
        let surnames: Vec<&str> = self.surnames.split(' ').collect();
        let given: Vec<&str> = self.given.split(' ').collect();
        format!("{}{}", random.pick(&surnames), random.pick(&given))
    }
}
