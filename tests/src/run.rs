//! Programs run to their end, never longer than a limit, and what they say is judged.
use serde_json::Value;
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No test hangs longer than this on one program.
pub const LIMIT: Duration = Duration::from_mins(2);

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Ran {
    pub line: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

pub fn run(command: &mut Command) -> Ran {
    run_for(command, LIMIT)
}

/// Kills the program with all that it started, and fails the test, when it takes longer than `limit`.
pub fn run_for(command: &mut Command, limit: Duration) -> Ran {
    let line = shown(command);
    let begun = Instant::now();
    // What a script started would keep its output open, and the test with it.
    command.process_group(0);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = listen(child.stdout.take().unwrap());
    let err = listen(child.stderr.take().unwrap());
    let status = wait(&mut child, limit);
    let (stdout, stderr) = (out.join().unwrap(), err.join().unwrap());
    let took = begun.elapsed();
    let Some(status) = status else {
        panic!("{line}\ndid not end within {limit:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
    };
    Ran { line, status, stdout, stderr, took }
}

/// Begins a program whose output does not matter.
pub fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if begun.elapsed() > limit {
            let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(3));
    }
}

fn listen(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

impl Ran {
    /// -1 where a signal ended it.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    // Often the code is all that matters.
    #[allow(clippy::return_self_not_must_use)]
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "{self}");
        self
    }

    /// The one object on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("not one JSON object: {e}\n{self}"));
        assert!(value.is_object(), "{self}");
        assert!(value["outcome"].is_string(), "{self}");
        value
    }

    /// Exit 0 and `done`.
    #[track_caller]
    pub fn done(&self) -> Value {
        self.outcome(0, "done")
    }

    /// Exit 3 and `problems`.
    #[track_caller]
    pub fn problems(&self) -> Value {
        self.outcome(3, "problems")
    }

    #[track_caller]
    pub fn outcome(&self, code: i32, outcome: &str) -> Value {
        assert_eq!(self.code(), code, "{self}");
        let value = self.json();
        assert_eq!(value["outcome"], outcome, "{self}");
        value
    }

    /// Failed with this exit code and this word, and says what happened to which thing and what to do.
    #[track_caller]
    pub fn failed(&self, exit: i32, code: &str) -> Value {
        let value = self.outcome(exit, "failed");
        assert_eq!(value["error"]["code"], code, "{self}");
        for part in ["subject", "cause", "title", "next_step"] {
            assert!(value["error"][part].as_str().is_some_and(|text| !text.is_empty()), "no {part}: {self}");
        }
        value
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |text: &str| text.chars().take(6_000).collect::<String>();
        let (line, status, took) = (&self.line, self.status, self.took);
        write!(
            f,
            "{line}\n{status} after {took:?}\n--- stdout\n{}\n--- stderr\n{}",
            cut(&self.stdout),
            cut(&self.stderr)
        )
    }
}
