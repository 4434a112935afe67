//! A server as a process of its own, on a clock of its own.

use std::process::Command;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use keyward_testing::clock::Watch;

use crate::common::program::Program;
use crate::story::TODAY;
use crate::story::connections::Connections;

/// The program, which may be ended and started again.
pub struct Server {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    /// None while it is ended.
    running: Mutex<Option<Program>>,
    pub watch: Watch,
    began: DateTime<Utc>,
    pub connections: Arc<Connections>,
}

impl Server {
    /// Starts the program by that command, on that clock, to be asked by at most that many calls at once.
    pub fn start(watch: Watch, at_most: usize, command: impl Fn() -> Command + Send + Sync + 'static) -> Server {
        let program = started(&watch, command());
        let connections = Arc::new(Connections::to(program.address.parse().unwrap(), at_most));
        Server { command: Box::new(command), running: Mutex::new(Some(program)), watch, began: Utc::now(), connections }
    }

    /// Its clock runs on, ahead by so many seconds of one that showed the time of the beginning when the server was first started.
    pub fn run_clock(&self, ahead: i64) {
        let begin: DateTime<Utc> = TODAY.parse().unwrap();
        let offset = begin.signed_duration_since(self.began).num_seconds() + ahead;
        self.watch.show(&format!("{offset:+}"));
    }

    pub fn id(&self) -> u32 {
        self.running.lock().unwrap().as_ref().unwrap().id()
    }

    /// Kills it (SIGKILL).
    pub fn kill(&self) {
        self.running.lock().unwrap().take().unwrap().killed();
    }

    /// Ends it after the calls that run (SIGTERM).
    pub fn end(&self) {
        let program = self.running.lock().unwrap().take().unwrap();
        program.signal("TERM");
        let (status, said) = program.ended();
        assert!(status.success(), "{status}: {said:?}");
    }

    /// Starts it again, after its end.
    pub fn start_again(&self) {
        let program = started(&self.watch, (self.command)());
        self.connections.moved_to(program.address.parse().unwrap());
        *self.running.lock().unwrap() = Some(program);
    }
}

fn started(watch: &Watch, mut command: Command) -> Program {
    watch.on(&mut command);
    Program::start(command)
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(program) = self.running.get_mut().unwrap()
        {
            eprintln!("a server said: {:#?}", program.said());
        }
    }
}
