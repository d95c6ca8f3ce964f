//! `cargo xtask demo`: the whole path on this machine, with a real server process, real HTTP and
//! phones that work offline.
//!
//! `--database postgres` puts the data into a PostgreSQL server of its own instead of a SQLite file.
//! `--headless` ends after the story; without it the server stays up to look around. `--data DIR`
//! keeps everything in that folder; without it the folder lies below `target` and is emptied by
//! the next run.

mod calendar;
mod chapters;
mod console;
mod expect;
mod folder;
mod handset;
mod narrator;
mod plot;
mod server;
mod story;
mod tingfang;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use self::calendar::Calendar;
use self::folder::DataFolder;
use self::narrator::Narrator;
use self::server::ServerProcess;
use self::tingfang::Tingfang;
use crate::scratch_postgres::ScratchPostgres;
use crate::setup::{self, Available};
use crate::workspace::Workspace;

/// What the story has at hand.
struct Stage<'a> {
    /// The program, told where its data is.
    tingfang: Tingfang,
    /// The running server.
    server: ServerProcess,
    /// The clock that the program goes by.
    calendar: Calendar,
    /// Where everything of this run lies.
    folder: &'a DataFolder,
    /// Tells what happens.
    narrator: Narrator,
}

/// Tells the story.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let options = Options::parse(arguments)?;
    let folder = DataFolder::prepare(workspace, options.data)?;
    let mut narrator = Narrator::new();
    narrator.step("编译程序", "Building the program");
    let calendar = Calendar::of_today(folder.path("clock"))?;
    let mut tingfang = calendar.hand_to(Tingfang::build(workspace)?.with_data(folder.path("server")));
    let postgres = if options.postgres { Some(scratch_postgres(workspace)?) } else { None };
    if let Some(server) = &postgres {
        tingfang = tingfang.over(server.url());
        narrator.say(&format!("数据放在 PostgreSQL：{}", server.url()), "the data lies in PostgreSQL");
    }
    narrator.built();
    story::prepare(&folder, &tingfang, &mut narrator)?;
    narrator.step("启动服务端", "Starting the server");
    let server = ServerProcess::start(&tingfang, &folder.path("server.log"))?;
    narrator
        .say(&format!("服务端已就绪：{}", server.url()), &format!("the server is ready at {}", server.url()));
    let mut stage = Stage { tingfang, server, calendar, folder: &folder, narrator };
    story::tell(&mut stage)?;
    if !options.headless {
        stage.narrator.end(stage.folder.root());
        story::look_around(&stage);
        stage.server.wait_for_the_end()?;
        return Ok(ExitCode::SUCCESS);
    }
    stage.server.stop()?;
    stage.narrator.end(stage.folder.root());
    Ok(ExitCode::SUCCESS)
}

/// A PostgreSQL server for as long as the demo goes on.
fn scratch_postgres(workspace: &Workspace) -> Result<ScratchPostgres> {
    match setup::postgres() {
        Available::Yes => ScratchPostgres::start(workspace),
        Available::No(reason) => bail!("{reason}"),
    }
}

/// What the command line asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    headless: bool,
    postgres: bool,
    data: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match (argument.as_str(), argument.strip_prefix("--data=")) {
                ("--headless", _) => options.headless = true,
                ("--data", _) => match arguments.next() {
                    Some(folder) => options.data = Some(folder.into()),
                    None => bail!("--data needs a folder"),
                },
                ("--database", _) => match arguments.next().map(String::as_str) {
                    Some("postgres") => options.postgres = true,
                    Some("sqlite") => options.postgres = false,
                    _ => bail!("--database needs sqlite or postgres"),
                },
                (_, Some(folder)) => options.data = Some(folder.into()),
                _ => bail!("{argument:?} is not known; there are --headless, --database and --data DIR"),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options> {
        Options::parse(&arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_folder_may_follow_or_stand_with_the_flag() {
        let expected = Options { headless: true, postgres: false, data: Some("d".into()) };
        assert_eq!(parse(&["--headless", "--data", "d"]).expect("known"), expected);
        assert_eq!(parse(&["--data=d", "--headless"]).expect("known"), expected);
    }

    #[test]
    fn an_unknown_argument_is_refused_by_name() {
        let error = parse(&["--fast"]).expect_err("unknown");
        assert!(error.to_string().contains("--fast"), "{error}");
    }
}
