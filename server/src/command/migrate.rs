//! `tingfang migrate`

use clap::Args;

use super::{Common, Output, Trouble};
use crate::db::Db;

/// What `migrate` takes: only the place of the data.
#[derive(Debug, Args)]
pub(super) struct Migrate {}

impl Migrate {
    /// Brings the schema up to date before the first node of a new version starts. Several at once wait
    /// for each other, and the later ones find nothing to do.
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let config = common.config(&[])?;
        output.speak(config.language);
        let (from, to) = Db::migrate(config.database.clone())?;
        let numbers = [("from", from.to_string()), ("to", to.to_string())];
        let values = numbers.each_ref().map(|(key, number)| (*key, number.as_str()));
        output.say(if from == to { "migrated_before" } else { "migrated" }, &values);
        output.document(&serde_json::json!({ "from": from, "to": to }));
        Ok(())
    }
}
