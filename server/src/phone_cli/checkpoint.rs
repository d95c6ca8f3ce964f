//! The checkpoint of the server's audit log: shown, and compared with another's.

use std::path::Path;

use serde_json::json;
use tingfang_core::audit::Checkpoint;
use tingfang_core::phone::Compared;
use tingfang_core::text::sentence;

use super::work::Desk;
use super::{Answer, PhoneCliError};
use crate::qr;

/// What a checkpoint looks like, for whoever gave something else.
const EXAMPLE: &str = "tingfang/0199… …";

impl Desk {
    /// Shows the phone's own checkpoint, to be given to others.
    pub(super) fn checkpoint(&self) -> Result<Answer, PhoneCliError> {
        let broken = self.phone.broken_history()?;
        let Some(own) = self.phone.checkpoint()? else {
            return Ok(self.said("no_checkpoint", json!({ "checkpoint": null })));
        };
        let former: Vec<String> = self.phone.former_checkpoints()?.iter().map(ToString::to_string).collect();
        let mut text = own.to_string();
        if let Some(code) = qr::to_be_scanned(&text) {
            text = format!("{text}\n{code}");
        }
        if let Some(both) = &broken {
            text = format!("{}\n{both}", sentence(self.language, "phone", "broken_history", &[]));
        }
        if !former.is_empty() {
            let said = sentence(self.language, "phone", "former_histories", &[]);
            text = format!("{text}\n{said}\n{}", former.join("\n"));
        }
        let json = json!({ "checkpoint": own.to_string(), "broken_history": broken, "former": former });
        Ok(Answer { text, json })
    }

    /// Compares it with one that somebody else has shown, in a file.
    pub(super) fn compare_checkpoint(&mut self, file: &Path) -> Result<Answer, PhoneCliError> {
        let shown = std::fs::read_to_string(file)
            .map_err(|source| PhoneCliError::File { path: file.display().to_string(), source })?;
        let first = shown.lines().next().unwrap_or_default().to_owned();
        let shown: Checkpoint =
            shown.parse().map_err(|_| PhoneCliError::NotLike { given: first, example: EXAMPLE })?;
        let (key, code) = match self.phone.compare_checkpoint(shown)? {
            Compared::Same => ("compared_same", "same"),
            Compared::Asked => ("compared_asked", "asked"),
            Compared::SyncFirst => ("compared_sync_first", "sync_first"),
            Compared::Contradicts => ("broken_history", "contradicts"),
            Compared::OfAnother => ("compared_of_another", "of_another"),
        };
        Ok(self.said(key, json!({ "compared": code })))
    }

    fn said(&self, key: &str, json: serde_json::Value) -> Answer {
        Answer { text: sentence(self.language, "phone", key, &[]), json }
    }
}
