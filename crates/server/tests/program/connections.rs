//! Slow clients, requests without a clear end, and the end of the server.

use std::io::{Read, Write};
use std::net::TcpStream;

use tempfile::TempDir;

use crate::common::program::{Program, answered};
use crate::common::server;

pub const FIRST: &str = "listen = \"127.0.0.1:0\"\nenvironments = [\"production\"]\n";

fn started(settings: &str) -> (Program, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("server.toml"), format!("{FIRST}{settings}")).unwrap();
    (Program::start(server(folder.path(), &["serve", "--data", "."])), folder)
}

/// A connection on which this was sent.
fn sent(program: &Program, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// What is read until the server closes the connection. It may reset it.
fn rest(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read);
    String::from_utf8_lossy(&read).into_owned()
}

/// The head of a request whose body has so many bytes.
fn head(length: usize) -> String {
    format!(
        "POST /v1/validate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

/// A call that runs, and waits for the rest of its body.
fn running(program: &Program) -> TcpStream {
    let expecting = head(BODY.len()).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    let mut stream = sent(program, &expecting);
    // The server asks for the body when it begins to read it.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

const BODY: &str = r#"{"key": "no key"}"#;

#[test]
fn clients_that_do_not_go_on_are_dropped() {
    let (program, _folder) = started("[connections]\nhead_seconds = 1\ncall_seconds = 1\nidle_seconds = 2\n");
    // Each of them waits until the server closes the connection.
    for begun in
        ["", "G", "GET /healthz HTTP/1.1\r\nHost: local", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        assert!(!rest(sent(&program, begun)).contains("200 OK"), "{begun}");
    }
    // A connection without a further request.
    assert!(rest(sent(&program, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")).ends_with("ok\n"));
    let late = rest(sent(&program, &format!("{}{}", head(BODY.len()), &BODY[..5])));
    assert_eq!(answered(&late).status, 503, "{late}");
    assert!(answered(&late).body.contains("urn:keyward:problem:timed-out"), "{late}");
    let whole = rest(sent(&program, &format!("{}{BODY}", head(BODY.len()))));
    assert_eq!(answered(&whole).status, 200, "{whole}");
}

#[test]
fn heads_and_bodies_are_bounded() {
    let (program, _folder) = started("");
    let long = "a".repeat(40 << 10);
    let refused = rest(sent(&program, &format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n")));
    // The answer may be lost, since the server reads no further and resets the connection.
    assert!(refused.is_empty() || answered(&refused).status == 431, "{refused}");
    let refused = rest(sent(&program, &head((1 << 20) + 1)));
    assert_eq!(answered(&refused).status, 413, "{refused}");
}

#[test]
fn one_connection_too_many_is_closed_and_a_place_is_free_again() {
    let (program, _folder) = started("[connections]\nmost = 2\n");
    let ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answer = |stream: &mut TcpStream| {
        let mut byte = [0; 4];
        stream.read_exact(&mut byte).map(|()| byte)
    };
    let mut held = [sent(&program, ask), sent(&program, ask)];
    held.iter_mut().for_each(|stream| assert_eq!(&answer(stream).unwrap(), b"HTTP"));
    assert_eq!(rest(sent(&program, ask)), "");
    let [first, _second] = held;
    drop(first);
    // The server notices the end of the first one soon.
    while answer(&mut sent(&program, ask)).is_err() {}
}

#[test]
fn the_end_waits_for_calls_that_run() {
    let (mut program, _folder) = started("");
    let mut stream = running(&program);
    program.signal("TERM");
    program.wait_for("the end was asked for");
    // Nobody else is answered.
    while TcpStream::connect(&program.address).is_ok() {}
    stream.write_all(BODY.as_bytes()).unwrap();
    let answer = rest(stream);
    assert_eq!(answered(&answer).status, 200, "{answer}");
    let (ended, said) = program.ended();
    assert!(ended.success() && said.last().unwrap() == "ended", "{said:?}");
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let (mut program, folder) = started("");
    let stream = running(&program);
    program.signal("TERM");
    program.wait_for("the end was asked for");
    program.signal("INT");
    assert_eq!(rest(stream), "");
    let (ended, said) = program.ended();
    assert!(ended.success(), "{said:?}");
    assert!(!folder.path().join("control.sock").exists());
}

/// Two programs that disagree on the end of a request take a part of its body for another request.
#[test]
fn a_request_has_one_end_or_is_refused() {
    let (program, _folder) = started("");
    let request = |lengths: &str, body: &str| {
        let head = "POST /v1/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        rest(sent(&program, &format!("{head}{lengths}\r\n{body}")))
    };
    for unclear in [
        "Content-Length: 17\r\nContent-Length: 18\r\n",
        "Content-Length: 17, 18\r\n",
        "Content-Length: +17\r\n",
        "Content-Length: 0x11\r\n",
        "Content-Length: -1\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
    ] {
        let answer = request(unclear, BODY);
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.matches("HTTP/1.1").count() == 1, "{unclear}: {answer}");
    }
    // Where both are there, the length does not count (RFC 9112).
    let chunked =
        format!("{:x}\r\n{BODY}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", BODY.len());
    let answers = request("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", &chunked);
    assert!(answers.starts_with("HTTP/1.1 200 ") && answers.contains("\"outcome\":\"malformed\""), "{answers}");
    for ill_chunked in ["5\r\n{}\r\n0\r\n\r\n", "zz\r\n{}\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}\r\n"] {
        let answer = request("Connection: close\r\nTransfer-Encoding: chunked\r\n", ill_chunked);
        assert!(!answer.contains(" 200 ") && !answer.contains(" 500 "), "{ill_chunked}: {answer}");
    }
}

#[test]
fn methods_that_no_call_has_are_refused() {
    let (program, _folder) = started("");
    for method in ["TRACE", "OPTIONS", "CONNECT", "PROPFIND", "DEBUG", "get"] {
        for path in ["/v1/validate", "/v1/trust", "/healthz", "/docs/api"] {
            let answer = program.send(method, path, "X-Secret: of the caller\r\n", "");
            assert!([400, 404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
            assert!(!answer.body.contains("of the caller"), "{method} {path}: {answer:?}");
        }
    }
}
