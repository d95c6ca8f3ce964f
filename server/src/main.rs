//! The program `tingfang`.

use std::process::ExitCode;

use clap::Parser;
use tingfang_server::command::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
