//! A PostgreSQL server for as long as somebody wants it: prints its URL, and ends when standard input
//! does.

use std::io::Read;
use std::process::ExitCode;

use tingfang_tests::postgres::PostgresServer;

fn main() -> ExitCode {
    match PostgresServer::start() {
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
