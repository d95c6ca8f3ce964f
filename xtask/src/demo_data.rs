//! The Excel files of the demo: people, cases and hearings of an invented county centre.
//!
//! Made from `demo_data/words.toml` and a fixed seed, without a clock: the same files every time.
//! A handful of rows is bad on purpose, so that the demo shows what an import says of them.

mod cases;
mod hearings;
mod people;
mod random;
mod sheet;
mod words;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::civil::Date;

use self::random::Random;
use self::sheet::Sheet;
use self::words::Words;
use crate::workspace::Workspace;

type Names = BTreeSet<String>;

/// Writes `people.xlsx`, `cases.xlsx` and `hearings.xlsx` into the folder.
///
/// Import them in the order cases, hearings, people: people name licences that the cases bring.
pub(crate) fn write(dir: &Path) -> Result<()> {
    save(dir, &Words::load()?)
}

/// Writes them with the hearings in a December that lies ahead of this day: a hearing whose day has
/// passed cannot be assigned.
pub(crate) fn write_ahead_of(dir: &Path, today: Date) -> Result<()> {
    let year = if today.month() < 12 { today.year() } else { today.year() + 1 };
    save(dir, &Words { month: format!("{year}-12"), ..Words::load()? })
}

fn save(dir: &Path, words: &Words) -> Result<()> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    for (name, sheet) in sheets(words)? {
        sheet.save(&dir.join(name))?;
    }
    Ok(())
}

/// The name of the centre that the files are about.
pub(crate) fn centre() -> Result<String> {
    Ok(Words::load()?.centre)
}

/// `cargo xtask demo-data`.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<ExitCode> {
    write(&workspace.path("xtask/demo-data"))?;
    Ok(ExitCode::SUCCESS)
}

fn sheets(words: &Words) -> Result<[(&'static str, Sheet); 3]> {
    let mut random = Random::new(words.seed);
    let mut names = Names::new();
    let undertakers = cases::undertakers(words, &mut random, &mut names);
    let people = people::sheet(words, &undertakers, &mut random, &mut names);
    let (cases, case_sheet) = cases::sheet(words, &undertakers, &mut random);
    let hearings = hearings::sheet(words, &cases, &mut random);
    Ok([("people.xlsx", people), ("cases.xlsx", case_sheet), ("hearings.xlsx", hearings)])
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use calamine::{Data, Reader, Xlsx, open_workbook};

    use super::*;

    fn cells(path: &Path) -> Vec<Vec<Data>> {
        let mut workbook: Xlsx<_> = open_workbook(path).expect("a workbook");
        let range = workbook.worksheet_range_at(0).expect("a sheet").expect("readable");
        range.rows().map(<[Data]>::to_vec).collect()
    }

    #[test]
    fn the_hearings_lie_ahead_whenever_the_story_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        for (today, year) in [((2026, 11, 24), "2026"), ((2026, 12, 1), "2027"), ((2031, 1, 1), "2031")] {
            let today = jiff::civil::date(today.0, today.1, today.2);
            write_ahead_of(folder.path(), today).expect("the files");
            let shown = cells(&folder.path().join("hearings.xlsx"));
            let texts = shown.iter().flatten().map(ToString::to_string).filter(|text| text.contains("-12-"));
            let years: BTreeSet<String> = texts.map(|text| text[..4].to_owned()).collect();
            assert_eq!(years, BTreeSet::from([year.to_owned()]), "as of {today}");
        }
    }

    #[test]
    fn the_committed_files_are_what_the_generator_makes() {
        let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("demo-data");
        let fresh = tempfile::tempdir().expect("a folder");
        write(fresh.path()).expect("the files");
        for name in ["people.xlsx", "cases.xlsx", "hearings.xlsx"] {
            let (kept, fresh) = (cells(&kept.join(name)), cells(&fresh.path().join(name)));
            assert_eq!(kept.len(), fresh.len(), "{name}");
            for (kept, fresh) in kept.iter().zip(&fresh) {
                assert_eq!(kept, fresh, "{name}: write it again with `cargo xtask demo-data`");
            }
        }
    }
}
