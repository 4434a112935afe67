//! The program as it listens, and calls to it without a client library.
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of lines")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

/// A program that listens. Dropped, it is killed.
pub struct Program {
    child: Child,
    pub address: String,
    lines: Receiver<String>,
    said: Vec<String>,
}

/// An answer: its status, its head in lower case and its body.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Program {
    /// Starts it, and waits until it has written an address.
    pub fn start(mut command: Command) -> Program {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), sender.clone());
        forward(child.stderr.take().unwrap(), sender);
        let mut program = Program { child, address: String::new(), lines, said: Vec::new() };
        let line = program.wait_for("http");
        let (_, address) = line.split_once("://").unwrap();
        program.address = address.split('/').next().unwrap().to_owned();
        program
    }

    /// Waits for a line with this text. It fails if the program ends before.
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.recv().unwrap_or_else(|_| panic!("it ended without {text}: {:?}", self.said));
            self.said.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Everything that it has written so far.
    pub fn said(&mut self) -> &[String] {
        self.said.extend(self.lines.try_iter());
        &self.said
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a request, with headers as lines.
    pub fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answered {
        send(&self.address, method, path, headers, body)
    }

    /// Sends a signal, such as TERM.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; the exit, and everything that it has written.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let ended = self.child.wait().unwrap();
        let mut said = std::mem::take(&mut self.said);
        said.extend(self.lines.iter());
        (ended, said)
    }

    /// Kills it; everything that it has written.
    pub fn killed(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.ended().1
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(from: impl Read + Send + 'static, to: Sender<String>) {
    let lines = BufReader::new(from).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(to.send(line))));
}

/// Sends a request to an address, with headers as lines.
pub fn send(address: &str, method: &str, path: &str, headers: &str, body: &str) -> Answered {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n");
    stream.write_all(format!("{head}{headers}\r\n{body}").as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    answered(&text)
}

/// An answer that was read whole.
pub fn answered(text: &str) -> Answered {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answered { status, head: head.to_lowercase(), body: body.to_owned() }
}
