//! A PostgreSQL server for as long as somebody wants it: prints its URL, and ends when standard input
//! does. `--durable` makes it wait for the disk.

#![expect(clippy::print_stdout, reason = "the URL is the output")]
#![expect(clippy::print_stderr, reason = "it says why there is none")]

use std::io::Read;
use std::process::ExitCode;

use tingfang_tests::postgres::PostgresServer;

fn main() -> ExitCode {
    let durable = std::env::args().any(|argument| argument == "--durable");
    let started = if durable { PostgresServer::start_durable() } else { PostgresServer::start() };
    match started {
        Ok(server) => {
            println!("{}", server.url());
            let mut rest = Vec::new();
            // Whoever started it closes the other end, or dies and leaves it closed.
            let _ = std::io::stdin().read_to_end(&mut rest);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
