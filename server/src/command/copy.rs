//! `tingfang copy`

use clap::Args;

use super::{Common, Output, Trouble};
use crate::db::{Db, Place};

/// What `copy` takes.
#[derive(Debug, Args)]
pub(super) struct Copy {
    /// The database to read: sqlite:FOLDER or postgres://…
    #[arg(long, value_name = "URL")]
    from: String,
    /// The database to fill; it must hold no rows yet.
    #[arg(long, value_name = "URL")]
    to: String,
}

impl Copy {
    /// Copies everything in one transaction and reads it back. The old place is left as it is; whoever
    /// goes on with the new one stops the old server first.
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        output.speak(common.config(&[])?.language);
        let (from, to) = (place(&self.from)?, place(&self.to)?);
        let source = Db::open_to_read(from)?;
        let copied = source.copy_into(&Db::open(to.clone())?)?;
        let rows: u64 = copied.iter().map(|table| table.rows).sum();
        let (tables, rows, to) = (copied.len().to_string(), rows.to_string(), to.to_string());
        output.say("copied", &[("tables", &tables), ("rows", &rows), ("to", &to)]);
        let tables: serde_json::Map<_, _> =
            copied.iter().map(|table| (table.table.to_owned(), table.rows.into())).collect();
        output.document(&serde_json::json!({ "to": to, "tables": tables }));
        Ok(())
    }
}

fn place(url: &str) -> Result<Place, Trouble> {
    url.parse().map_err(Trouble::NoPlace)
}
