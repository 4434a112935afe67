//! TLS without a proxy.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::common::program::Program;
use crate::common::server;
use crate::connections::FIRST;

/// A server with TLS, whose certificate has that name; `None` without openssl.
fn started(name: &str) -> Option<(Program, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    if !certificate(folder.path(), name) {
        println!("SKIPPED: there is no openssl");
        return None;
    }
    let settings = format!("{FIRST}[tls]\ncertificates = \"server.crt\"\nkey = \"server.pem\"\n");
    std::fs::write(folder.path().join("server.toml"), settings).unwrap();
    Some((Program::start(server(folder.path(), &["serve", "--data", "."])), folder))
}

/// Makes a certificate with that name in it; false without openssl.
fn certificate(folder: &Path, name: &str) -> bool {
    let subject = format!("/CN={name}");
    let arguments =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let files = ["-keyout", "server.pem", "-out", "server.crt", "-subj", &subject];
    match Command::new("openssl").current_dir(folder).args(arguments).args(files).output() {
        Ok(made) => {
            assert!(made.status.success(), "{made:?}");
            true
        }
        Err(_) => false,
    }
}

/// The name in the certificate that the server shows.
fn shown(program: &Program) -> String {
    asked(program, &[]).unwrap()
}

/// The same, asked with these options of openssl; `None` if they come to no agreement.
fn asked(program: &Program, options: &[&str]) -> Option<String> {
    let mut client = Command::new("openssl");
    client.args(["s_client", "-connect", &program.address]).args(options).stdin(Stdio::null()).stderr(Stdio::null());
    let said = String::from_utf8_lossy(&client.output().unwrap().stdout).into_owned();
    said.lines().find_map(|line| line.strip_prefix("subject=")).map(|line| line.replace(' ', ""))
}

#[test]
fn renewed_certificates_are_used_and_broken_ones_are_not() {
    let Some((mut program, folder)) = started("first.example") else { return };
    assert_eq!(shown(&program), "CN=first.example");

    std::fs::write(folder.path().join("server.crt"), "no certificate").unwrap();
    program.signal("HUP");
    let line = program.wait_for("can't be used");
    assert!(line.contains("the certificate in use is kept"), "{line}");
    assert_eq!(shown(&program), "CN=first.example");

    assert!(certificate(folder.path(), "second.example"));
    program.signal("HUP");
    program.wait_for("were read again");
    assert_eq!(shown(&program), "CN=second.example");
    // Without a signal too.
    assert!(certificate(folder.path(), "third.example"));
    program.wait_for("were read again");
    assert_eq!(shown(&program), "CN=third.example");
}

#[test]
fn only_tls_1_2_and_1_3_with_forward_secrecy_are_spoken() {
    let Some((program, _folder)) = started("server.example") else { return };
    let old = "DEFAULT:@SECLEVEL=0";
    let name = Some("CN=server.example".to_owned());
    for (options, expected) in [
        (&["-tls1_3"][..], &name),
        (&["-tls1_2"], &name),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"], &name),
        (&["-tls1_1", "-cipher", old], &None),
        (&["-tls1", "-cipher", old], &None),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"], &None),
        (&["-tls1_2", "-cipher", "AES256-GCM-SHA384:AES128-SHA:@SECLEVEL=0"], &None),
        (&["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"], &None),
    ] {
        assert_eq!(asked(&program, options), *expected, "{options:?}");
    }
}

/// A client that was set up without TLS by mistake has to notice it.
#[test]
fn a_call_without_tls_is_not_answered_where_tls_is_spoken() {
    let Some((program, _folder)) = started("server.example") else { return };
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.windows(4).any(|part| part == b"HTTP"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_server_without_tls_for_other_machines_says_so_at_its_start() {
    let folder = tempfile::tempdir().unwrap();
    for (address, is_told) in [("0.0.0.0:0", true), ("127.0.0.1:0", false)] {
        let mut program = Program::start(server(folder.path(), &["serve", "--data", ".", "--listen", address]));
        program.signal("TERM");
        program.wait_for("ended");
        let said = program.said();
        assert_eq!(said.iter().any(|line| line.contains("Calls are not encrypted")), is_told, "{said:?}");
    }
}
