//! The surface that foreign languages see, held against the committed one: what an app relies on stays.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};

use crate::bindings;
use crate::run::Run;
use crate::test::tally::Tally;
use crate::workspace::Workspace;

/// The committed surface.
const FILE: &str = "mobile-bindings/surface.txt";
/// Set to write the file anew: `1` when nothing breaks an app, [`BREAKING`] otherwise.
const UPDATE: &str = "TINGFANG_UPDATE_SURFACE";
/// Whoever breaks apps says so.
const BREAKING: &str = "breaking";

/// How the surface differs from the committed one.
#[derive(Debug, PartialEq, Eq)]
enum Difference<'t> {
    /// What apps name is no more.
    Removed(&'t str),
    /// What apps name has another type, other arguments or other fields.
    Changed(&'t str, &'t str),
    /// It came, and apps that were written before do not compile with it.
    AddedAndBreaks(&'t str, &'static str),
    /// It came.
    Added(&'t str),
}

impl Difference<'_> {
    const fn breaks(&self) -> bool {
        !matches!(self, Self::Added(_))
    }
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed(line) => write!(f, "REMOVED  {line}"),
            Self::Changed(before, now) => write!(f, "CHANGED  {before}\n     to  {now}"),
            Self::AddedAndBreaks(line, why) => write!(f, "BREAKS   {line}\n         {why}"),
            Self::Added(line) => write!(f, "added    {line}"),
        }
    }
}

/// Compares the library's surface with the committed one.
pub(super) fn check(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let program = workspace.target("debug").join(format!("tingfang-surface{}", std::env::consts::EXE_SUFFIX));
    let found = Run::new(program).arg(bindings::library(workspace)).captured()?;
    let file = workspace.path(FILE);
    let committed = std::fs::read_to_string(&file).context(FILE)?;
    let differences = differences(&committed, &found);
    for difference in &differences {
        println!("{difference}");
    }
    let breaks = differences.iter().filter(|difference| difference.breaks()).count();
    let wanted = if breaks > 0 { BREAKING } else { "1" };
    let is_taken = committed != found && std::env::var_os(UPDATE).is_some_and(|given| given == wanted);
    if is_taken {
        std::fs::write(&file, &found).context(FILE)?;
        println!("{FILE} is written anew");
    } else if breaks > 0 {
        println!(
            "{breaks} differences from {FILE} break apps: such go with a major version only; \
             {UPDATE}={BREAKING} takes them into the file"
        );
    } else if committed != found {
        println!(
            "{FILE} is not the surface, and nothing breaks an app; {UPDATE}=1 takes what came into the file"
        );
    }
    let failed = u64::from(committed != found && !is_taken);
    tally.add(1 - failed, failed);
    Ok(())
}

/// What went or is other, and what came.
fn differences<'t>(before: &'t str, now: &'t str) -> Vec<Difference<'t>> {
    let (before, now) = (by_name(before), by_name(now));
    let mut differences = Vec::new();
    for (name, line) in &before {
        match now.get(name) {
            None => differences.push(Difference::Removed(line)),
            Some(other) if other != line => differences.push(Difference::Changed(line, other)),
            Some(_) => {}
        }
    }
    for (name, line) in now.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let was_there = |whole: &str| before.keys().any(|known| *known == whole);
        let has_siblings = |of: &str| before.keys().any(|known| known.starts_with(&format!("{of}.")));
        let owner = name.rsplit_once('.').map_or("", |(owner, _)| owner);
        let why = match name.split(' ').next() {
            Some("variant") if has_siblings(owner) => Some("who goes through every case lacks this one"),
            Some("callback") if has_siblings(owner) => Some("who has written such a part lacks this method"),
            Some("record") if was_there(owner) && !line.ends_with(DEFAULT) => {
                Some("who makes such a record lacks this field; with a default it would break nobody")
            }
            _ => None,
        };
        differences.push(why.map_or(Difference::Added(line), |why| Difference::AddedAndBreaks(line, why)));
    }
    differences
}

/// The end of a line that says that something may be left out.
const DEFAULT: &str = " = …";

/// The lines by what they name: `record Task.note` of `record Task.note: String?`.
fn by_name(surface: &str) -> BTreeMap<&str, &str> {
    let name = |line: &'_ str| line.find(['(', ':', '{', '=']).unwrap_or(line.len());
    surface.lines().map(|line| (line[..name(line)].trim_end(), line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "\
callback Listener.on_change(change: Change)
method Tingfang.seal(record: DocumentId) throws TingfangError
record Task
record Task.note: String?
variant SyncEnd.Complete
variant SyncEnd.Later { retry_after_s: UInt32 }
";

    fn told(now: &str) -> Vec<String> {
        differences(BEFORE, now).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_gone_and_what_is_other_are_told_apart_from_what_came() {
        assert!(told(BEFORE).is_empty());
        let now = BEFORE
            .replace("record Task.note: String?\n", "record Task.note: String\n")
            .replace("variant SyncEnd.Later { retry_after_s: UInt32 }\n", "method Tingfang.shut()\n");
        assert_eq!(
            told(&now),
            [
                "CHANGED  record Task.note: String?\n     to  record Task.note: String",
                "REMOVED  variant SyncEnd.Later { retry_after_s: UInt32 }",
                "added    method Tingfang.shut()",
            ]
        );
    }

    #[test]
    fn other_arguments_and_their_order_are_a_change() {
        let now = BEFORE.replace("(record: DocumentId)", "(record: DocumentId, at: Moment)");
        assert!(matches!(differences(BEFORE, &now)[..], [Difference::Changed(..)]));
    }

    #[test]
    fn what_came_breaks_an_app_where_it_had_listed_all_there_was() {
        let came = |line: &str| {
            let now = format!("{BEFORE}{line}\n");
            differences(BEFORE, &now).iter().map(Difference::breaks).collect::<Vec<_>>()
        };
        for breaking in ["variant SyncEnd.OtherKey", "callback Listener.on_end()", "record Task.due: Moment?"]
        {
            assert_eq!(came(breaking), [true], "{breaking}");
        }
        for additive in
            ["variant Fresh.One", "callback Fresh.on_end()", "record Task.due: Moment? = …", "record Fresh"]
        {
            assert_eq!(came(additive), [false], "{additive}");
        }
    }
}
