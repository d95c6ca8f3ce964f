//! A server that is asked to stop finishes what it can and then ends, whatever its clients do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use tingfang_server::app::initialise;
use tingfang_server::db::{Db, scratch};
use tingfang_tests::processes::Server;
use tingfang_tests::time::{HandClock, minter};

/// Longer than any of these servers should need, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(15);

fn server(folder: &Path, drain_timeout_s: &str) -> Server {
    {
        let minter = minter(&HandClock::new(), 51);
        let db = Db::open(scratch::place(folder)).expect("a fresh database");
        initialise(&db, &minter, "云河县(虚构)").expect("a fresh server");
    }
    Server::start_with(folder, &[("TINGFANG_DRAIN_TIMEOUT_S", drain_timeout_s)])
}

/// A connection over which the server has answered once, so that it is known to be attended.
fn attended(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: here\r\n\r\n").expect("sent");
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).expect("an answer");
    assert_eq!(&begin, b"HTTP/1.1 200");
    stream
}

/// A connection that has sent half the head of its first request. Connections are taken in their
/// order, so it is attended when a later one is.
fn half_sent(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).expect("connects");
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: he").expect("sent");
    drop(attended(server));
    stream
}

/// What somebody signs in with who is not there, in two parts.
const BODY: (&str, &str) = (r#"{"login":"no"#, r#"body","password":"wrong password"}"#);

/// A connection whose request is under way: the server has asked for its body, and got half of it.
fn under_way(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let length = BODY.0.len() + BODY.1.len();
    let head = format!(
        "POST /api/v1/session HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).expect("an answer");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(BODY.0.as_bytes()).expect("sent");
    stream
}

#[test]
fn half_a_request_does_not_keep_a_server_up_that_was_asked_to_stop() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let mut server = server(folder.path(), "1");
    let _stream = half_sent(&server);
    server.terminate();
    let (_, well) = server.ended_within(PATIENCE).expect("it ends although the header never does");
    assert!(well, "a stop that was asked for is no failure");
}

#[test]
fn a_second_signal_ends_a_server_at_once() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let mut server = server(folder.path(), "600");
    let _stream = under_way(&server);
    server.terminate();
    assert!(server.ended_within(Duration::from_millis(300)).is_none(), "the first one lets it drain");
    server.terminate();
    assert!(server.ended_within(PATIENCE).is_some(), "the second one does not");
}

#[test]
fn a_request_under_way_is_answered_before_the_server_ends() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let mut server = server(folder.path(), "600");
    let mut stream = under_way(&server);
    server.terminate();
    assert!(server.ended_within(Duration::from_millis(300)).is_none(), "it waits for the request");
    stream.write_all(BODY.1.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered, then closed");
    assert!(answer.contains("HTTP/1.1 401"), "{answer}");
    let (_, well) = server.ended_within(PATIENCE).expect("nothing is left to wait for");
    assert!(well);
}
