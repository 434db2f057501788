//! Programs of the system that Holdfast calls: `systemctl`, `docker`, and what a person wrote into the settings. Always a list
//! of arguments, never a shell; one that hangs is ended with all that it started.
use crossbeam_channel::{Receiver, bounded};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What a program said when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// `None`: a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn is_good(&self) -> bool {
        self.code == Some(0)
    }

    /// The last line of what it complained of, or how it ended.
    pub fn complaint(&self) -> String {
        let last = |text: &str| text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned);
        last(&self.err).or_else(|| last(&self.out)).unwrap_or_else(|| match self.code {
            Some(code) => format!("it ended with {code}"),
            None => "a signal ended it".to_owned(),
        })
    }
}

#[derive(Debug)]
pub enum NotRun {
    /// This machine does not have it.
    Missing,
    /// It was ended, because it took too long or nobody waits any more.
    Slow,
    Failed(io::Error),
}

/// So much of what a program says is kept.
const KEPT_BYTES: u64 = 1 << 20;
const STEP: Duration = Duration::from_millis(20);

/// The words of a command as a person would type them; for showing only.
pub fn typed(words: &[String]) -> String {
    let plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c));
    let quoted =
        words.iter().map(|word| if plain(word) { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) });
    quoted.collect::<Vec<_>>().join(" ")
}

/// A program by its name, in a folder that goes before `PATH` where there is one.
pub fn program(name: &str, before: Option<&Path>) -> PathBuf {
    before.map(|folder| folder.join(name)).filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(name))
}

/// Runs a program to its end. `over` is asked every now and then whether anybody still waits.
pub fn run(
    program: &Path,
    arguments: &[String],
    folder: Option<&Path>,
    limit: Duration,
    over: &dyn Fn() -> bool,
) -> Result<Ran, NotRun> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Its own group: ended, nothing that it started stays.
    command.process_group(0);
    // Words are looked for in what is said.
    command.env("LC_ALL", "C");
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let mut child = command.spawn().map_err(|e| match e.kind() {
        ErrorKind::NotFound => NotRun::Missing,
        _ => NotRun::Failed(e),
    })?;
    let (out, err) = (listen(child.stdout.take()), listen(child.stderr.take()));
    let steps = limit.as_millis().div_ceil(STEP.as_millis()).max(1);
    for _ in 0..steps {
        match child.try_wait() {
            Ok(Some(status)) => {
                return Ok(Ran { code: status.code(), out: heard(&out), err: heard(&err) });
            }
            Ok(None) if over() => break,
            Ok(None) => std::thread::sleep(STEP),
            Err(e) => {
                end(&mut child);
                return Err(NotRun::Failed(e));
            }
        }
    }
    end(&mut child);
    Err(NotRun::Slow)
}

fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn listen(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (told, said) = bounded(1);
    std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.by_ref().take(KEPT_BYTES).read_to_end(&mut text);
            // What goes beyond is let go, so that the program is not held up.
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        let _ = told.send(String::from_utf8_lossy(&text).into_owned());
    });
    said
}

/// What it left running may hold its pipe open: then what it said is not waited for.
fn heard(said: &Receiver<String>) -> String {
    said.recv_timeout(Duration::from_secs(1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn sh(script: &str, limit: Duration) -> Result<Ran, NotRun> {
        run(Path::new("/bin/sh"), &["-c".to_owned(), script.to_owned()], None, limit, &|| false)
    }

    #[test]
    fn what_it_says_and_how_it_ends_come_back() {
        let ran = sh("echo out; echo 'no such unit' >&2; exit 4", Duration::from_secs(5)).unwrap();
        assert_eq!((ran.code, ran.out.as_str(), ran.complaint().as_str()), (Some(4), "out\n", "no such unit"));
        let long = sh("yes | head -c 3000000; exit 0", Duration::from_secs(20)).unwrap();
        assert!(long.is_good() && long.out.len() as u64 == KEPT_BYTES);
        let missing = run(Path::new("holdfast-no-such-program"), &[], None, Duration::from_secs(1), &|| false);
        assert!(matches!(missing, Err(NotRun::Missing)));
    }

    #[test]
    fn one_that_hangs_is_ended_with_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let noted = dir.path().join("pid");
        let script = format!("trap '' TERM; sleep 60 & echo $! > {}; wait", noted.display());
        let before = Instant::now();
        assert!(matches!(sh(&script, Duration::from_secs(3)), Err(NotRun::Slow)));
        assert!(before.elapsed() < Duration::from_secs(20));
        let child: i32 = std::fs::read_to_string(noted).unwrap().trim().parse().unwrap();
        let gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        };
        for _ in 0..100 {
            if gone() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("what it started goes on");
    }

    #[test]
    fn words_are_shown_as_they_would_be_typed() {
        let words = ["docker", "compose", "-f", "/srv/my bot/c.yml", "it's", ""].map(str::to_owned);
        assert_eq!(typed(&words), "docker compose -f '/srv/my bot/c.yml' 'it'\\''s' ''");
    }
}
