//! The program `tingfang`.

use std::process::ExitCode;

use tingfang_server::command::Cli;

fn main() -> ExitCode {
    match Cli::from_arguments(std::env::args_os().collect()) {
        Ok(cli) => cli.run(),
        Err(code) => code,
    }
}
