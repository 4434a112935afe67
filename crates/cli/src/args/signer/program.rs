use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use keyward_issuer::Signature;

/// The time a program may take: long enough to touch an HSM or to type a PIN.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Runs the program with the message on its standard input; returns the signature on its standard output.
///
/// The program's standard error is shown unchanged. A program that takes too long is stopped.
pub fn run(program: &str, message: &[u8], limit: Duration) -> Result<Signature, ProgramError> {
    let started = Instant::now();
    let mut running = Running::start(program)?;

    // A program need not read its input: writing it must not block.
    if let Some(mut stdin) = running.child.stdin.take() {
        let message = message.to_vec();
        // A program may end before it has read everything; its answer counts.
        thread::spawn(move || stdin.write_all(&message).is_ok());
    }
    let (answered, answer) = sync_channel(1);
    if let Some(stdout) = running.child.stdout.take() {
        thread::spawn(move || answered.send(read_answer(stdout)));
    }

    let answer = match answer.recv_timeout(limit) {
        Ok(answer) => answer.map_err(ProgramError::Unreadable)?,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Err(ProgramError::Late(limit)),
    };
    if answer.len() > Signature::BYTE_SIZE {
        return Err(ProgramError::TooLong);
    }
    let Some(status) = running.wait_until(started, limit)? else { return Err(ProgramError::Late(limit)) };
    if !status.success() {
        return Err(ProgramError::Failed(status));
    }
    Signature::from_slice(&answer).map_err(|_| ProgramError::TooShort { found: answer.len() })
}

/// Reads one byte more than a signature has, which shows that an answer is too long.
fn read_answer(stdout: impl Read) -> io::Result<Vec<u8>> {
    const ENOUGH: u64 = Signature::BYTE_SIZE as u64 + 1;
    let mut answer = Vec::new();
    stdout.take(ENOUGH).read_to_end(&mut answer)?;
    Ok(answer)
}

/// A running program. Dropping it stops the program.
struct Running {
    child: Child,
    group: Group,
}

/// The processes to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// The shell and every process that it started.
    Own,
    /// The shell alone.
    Ours,
}

impl Running {
    fn start(program: &str) -> Result<Running, ProgramError> {
        let mut command = Command::new("sh");
        command.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let group = set_group(&mut command);
        command.spawn().map(|child| Running { child, group }).map_err(ProgramError::NotStarted)
    }

    /// Waits for the end; `None` after the limit.
    fn wait_until(&mut self, started: Instant, limit: Duration) -> Result<Option<ExitStatus>, ProgramError> {
        const PAUSE: Duration = Duration::from_millis(2);
        loop {
            let ended = self.child.try_wait().map_err(ProgramError::Unreadable)?;
            if ended.is_some() || started.elapsed() >= limit {
                return Ok(ended);
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Gives the program a process group of its own, so that every process of it can be stopped. Not at a terminal: there,
/// only the foreground group can ask for a PIN, and Ctrl-C stops it.
#[cfg(unix)]
fn set_group(command: &mut Command) -> Group {
    use std::os::unix::process::CommandExt;
    if std::fs::File::open("/dev/tty").is_ok() {
        return Group::Ours;
    }
    command.process_group(0);
    Group::Own
}

#[cfg(not(unix))]
fn set_group(_: &mut Command) -> Group {
    Group::Ours
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process id is not reused before the process has been waited for.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        #[cfg(unix)]
        if self.group == Group::Own {
            use rustix::process::{Pid, Signal, kill_process_group};
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The reason why a program did not sign. It contains nothing of the input, the answer and the command line, which may
/// have a PIN in it.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    #[error("sh, which runs the signing program, can't be started: check that it is installed and in the PATH")]
    NotStarted(#[source] io::Error),
    #[error("the output of the signing program can't be read")]
    Unreadable(#[source] io::Error),
    #[error("the signing program failed ({0}): see its message on standard error, and run it alone")]
    Failed(ExitStatus),
    #[error(
        "the signing program did not answer in {} seconds, and was stopped: check whether it reaches its HSM or \
         service, and whether it waits for a PIN or a confirmation",
        .0.as_secs_f32()
    )]
    Late(Duration),
    #[error(
        "the signing program wrote {found} bytes, and a signature has 64: it must write the signature of its whole \
         standard input, as bytes, to standard output"
    )]
    TooShort { found: usize },
    #[error(
        "the signing program wrote more than the 64 bytes of a signature: it must write bytes, not hex, base64 or \
         DER, without a line end, and messages to standard error"
    )]
    TooLong,
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(300);

    #[test]
    fn a_program_answers_with_64_bytes_whether_it_reads_or_not() {
        let long = vec![b'x'; 1 << 20];
        for (program, message, answer) in [
            ("cat", &[7; 64][..], [7; 64]),
            ("head -c 64 /dev/zero", b"", [0; 64]),
            ("head -c 64", &long, [b'x'; 64]),
            ("exec 0<&-; head -c 64 /dev/zero; sleep 0.05", &long, [0; 64]),
            ("cat >/dev/null | head -c 64 /dev/zero | cat", &long, [0; 64]),
        ] {
            assert_eq!(run(program, message, LIMIT).unwrap().to_bytes(), answer, "{program}");
        }
    }

    #[test]
    fn a_slow_program_is_stopped() {
        for program in [
            "sleep 60",
            "sleep 60; true",
            "sleep 60 | cat",
            "cat >/dev/null; head -c 64 /dev/zero; sleep 60",
            "head -c 64 /dev/zero; exec >&-; sleep 60",
            "sleep 60 & head -c 64 /dev/zero",
            "trap '' TERM INT HUP; while :; do sleep 1; done",
        ] {
            let started = Instant::now();
            let error = run(program, &[7; 1 << 20], SHORT).unwrap_err();
            assert!(matches!(error, ProgramError::Late(limit) if limit == SHORT), "{program}: {error}");
            assert!(started.elapsed() < Duration::from_secs(30), "{program}");
        }
    }

    #[test]
    fn the_children_of_a_slow_program_are_stopped_with_it() {
        if std::fs::File::open("/dev/tty").is_ok() {
            let test = "the_children_of_a_slow_program_are_stopped_with_it";
            return keyward_testing::skip::skip(test, "there is a terminal");
        }
        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        let program = format!("(while :; do echo >>'{}'; sleep 0.02; done) & wait", alive.display());
        assert!(matches!(run(&program, b"", SHORT), Err(ProgramError::Late(_))));
        let size = || std::fs::metadata(&alive).unwrap().len();
        let before = size();
        thread::sleep(Duration::from_millis(200));
        assert_eq!(size(), before);
    }

    #[test]
    fn a_program_that_writes_without_end_is_stopped() {
        for program in ["yes", "cat /dev/zero", "head -c 65 /dev/zero", "head -c 65 /dev/zero; sleep 60"] {
            assert!(matches!(run(program, b"", LIMIT), Err(ProgramError::TooLong)), "{program}");
        }
    }

    #[test]
    fn a_program_that_fails_or_writes_too_little_gives_no_signature() {
        for (program, found) in [("head -c 63 /dev/zero", 63), ("true", 0), (":", 0)] {
            let error = run(program, b"message", LIMIT).unwrap_err();
            assert!(matches!(error, ProgramError::TooShort { found: size } if size == found), "{program}: {error}");
        }
        for (program, said) in [
            ("head -c 64 /dev/zero; exit 3", "exit status: 3"),
            ("exit 127", "exit status: 127"),
            ("kill -9 $$", "signal: 9"),
        ] {
            let error = run(program, &[7; 1 << 20], LIMIT).unwrap_err();
            assert!(matches!(error, ProgramError::Failed(_)) && error.to_string().contains(said), "{program}: {error}");
        }
    }
}
