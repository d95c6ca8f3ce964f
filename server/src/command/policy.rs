//! `tingfang policy`: who may write what, in all its versions.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tingfang_core::policy::Policy as Rules;
use tingfang_core::text::label;

use super::{Common, Output, Trouble};
use crate::policies;
use crate::store::policy::{self, PolicyOrigin};

/// What can be done with the policy.
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// List the versions.
    List,
    /// Print a version; the one that holds now when none is named.
    Show(Show),
    /// Adopt the next version: it holds from now on, and phones receive it.
    Adopt(Adopt),
}

/// What `policy show` takes.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The version.
    #[arg(long, value_name = "NUMBER")]
    version: Option<u32>,
}

/// What `policy adopt` takes.
#[derive(Debug, Args)]
pub(super) struct Adopt {
    /// The file with the policy (TOML); its version is above the newest one.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Policy {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let app = common.app(output)?;
        match self {
            Self::List => list(&app.db, *output),
            Self::Show(Show { version }) => show(&app.db, version, *output),
            Self::Adopt(Adopt { file }) => {
                let text = read(&file)?;
                let adopted = app.adopt_policy(&text, PolicyOrigin::Centre)?;
                let version = adopted.signed.version.to_string();
                output.say("policy_adopted", &[("version", &version)]);
                output.document(&view(&adopted));
                Ok(())
            }
        }
    }
}

fn read(file: &Path) -> Result<String, Trouble> {
    std::fs::read_to_string(file).map_err(Trouble::io("read", file.display()))
}

fn view(kept: &policy::Kept) -> serde_json::Value {
    serde_json::json!({
        "version": kept.signed.version, "origin": kept.origin.code(), "from": kept.from.0,
        "adopted_at": kept.adopted_at,
    })
}

fn list(db: &crate::db::Db, output: Output) -> Result<(), Trouble> {
    let all = db.read(policy::all)?;
    for kept in &all {
        let origin = label(output.language(), "policy_origin", kept.origin.code()).unwrap_or_default();
        let (version, at) = (kept.signed.version.to_string(), kept.adopted_at.minute_in_china());
        output.say("policy_version", &[("version", &version), ("at", &at), ("origin", origin)]);
    }
    output.document(&all.iter().map(view).collect::<Vec<_>>());
    Ok(())
}

fn show(db: &crate::db::Db, version: Option<u32>, output: Output) -> Result<(), Trouble> {
    let found = db.read(|tx| match version {
        Some(version) => policy::find(tx, version),
        None => policy::newest_version(tx)?.map_or(Ok(None), |newest| policy::find(tx, newest)),
    })?;
    let text = match (found, version) {
        (Some(kept), _) => kept.signed.text,
        (None, None) => Rules::shipped_text().to_owned(),
        (None, Some(version)) => return Err(policies::PolicyProblem::NoVersion { version }.into()),
    };
    output.line(text.trim_end());
    output.document(&serde_json::json!({ "text": text }));
    Ok(())
}
