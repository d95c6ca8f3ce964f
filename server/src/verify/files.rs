//! Attached files: their bytes are what their digests say.

use super::Report;
use crate::app::App;
use crate::db::DbError;
use crate::erasing::waited_for;
use crate::store::attachment;

/// Reads every file that is said to be here.
pub(super) fn check(app: &App, report: &mut Report) -> Result<(), DbError> {
    let (kept, awaited) = app.db.read(|tx| Ok((attachment::all(tx)?, attachment::awaited(tx)?)))?;
    report.awaited_attachments = awaited;
    for file in kept {
        let found = waited_for(app.files.digest_of(file.digest));
        match found {
            Ok(found) if found == file.digest => report.attachments += 1,
            Ok(_) => report.differs("attachment", file.digest, "digest"),
            Err(error) if error.is_missing() => report.differs("attachment", file.digest, "missing"),
            Err(error) => report.differs("attachment", format!("{}: {error}", file.digest), "unreadable"),
        }
    }
    Ok(())
}
