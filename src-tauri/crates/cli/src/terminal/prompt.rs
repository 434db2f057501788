//! Questions, on a terminal only.
use holdfast_api::words::quoted;
use holdfast_api::{Answer, Code, Failure, Passphrase, Verdict, strength};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

static OPEN: AtomicBool = AtomicBool::new(false);
static WAITED_MS: AtomicU64 = AtomicU64::new(0);

/// Whether a question waits for its answer.
pub fn is_open() -> bool {
    OPEN.load(Ordering::Relaxed)
}

/// How long answers were waited for: no part of the time that a command took.
pub fn waited() -> Duration {
    Duration::from_millis(WAITED_MS.load(Ordering::Relaxed))
}

fn ask<T>(question: impl FnOnce() -> std::io::Result<T>) -> Answer<T> {
    OPEN.store(true, Ordering::Relaxed);
    let asked = Instant::now();
    let answer = question();
    WAITED_MS.fetch_add(asked.elapsed().as_millis() as u64, Ordering::Relaxed);
    OPEN.store(false, Ordering::Relaxed);
    answer.map_err(|e| match e.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => Failure::new(Code::Cancelled, "the command", e),
        _ => Failure::new(Code::InputOutput, "the terminal", e),
    })
}

/// Nothing but the whole word counts.
pub fn typed_yes(question: &str) -> Answer<bool> {
    let answer = ask(|| {
        // Not locked while waiting: a signal may have something to say.
        eprint!("{question} Type yes to go on: ");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        Ok(line)
    })?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "yes" | "y"))
}

/// A line, or what is taken where nothing is typed.
pub fn line(question: &str, otherwise: &str) -> Answer<String> {
    let shown = if otherwise.is_empty() { String::new() } else { format!(" [{otherwise}]") };
    let typed = ask(|| {
        eprint!("{question}{shown}: ");
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(line)
    })?;
    let typed = typed.trim();
    Ok(if typed.is_empty() { otherwise.to_owned() } else { typed.to_owned() })
}

/// A line, or nothing for Enter.
pub fn wish(question: &str) -> Answer<Option<String>> {
    line(question, "").map(|text| Some(text).filter(|text| !text.is_empty()))
}

/// For steps that change nothing that was there: Enter is a yes.
pub fn yes(question: &str) -> Answer<bool> {
    let answer = line(&format!("{question} (yes or no)"), "yes")?.to_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}

/// One of several, told by number; the first where nothing is typed.
pub fn one_of(question: &str, count: usize) -> Answer<usize> {
    for _ in 0..5 {
        let typed = line(&format!("{question} (1 to {count})"), "1")?;
        match typed.parse::<usize>() {
            Ok(number) if (1..=count).contains(&number) => return Ok(number - 1),
            _ => eprintln!("{typed} is none of them."),
        }
    }
    Err(Failure::new(Code::Cancelled, "the command", "no number was chosen"))
}

/// What is typed is not shown.
pub fn secret(question: &str) -> Answer<Zeroizing<String>> {
    Ok(Zeroizing::new(ask(|| rpassword::prompt_password(question))?))
}

pub fn passphrase(question: &str) -> Answer<Passphrase> {
    let text = Zeroizing::new(ask(|| rpassword::prompt_password(question))?);
    Passphrase::new(text.as_str()).map_err(Failure::from)
}

/// A new passphrase: its strength is shown, and it is typed twice.
pub fn new_passphrase(name: &str) -> Answer<Passphrase> {
    for _ in 0..5 {
        let first = Zeroizing::new(ask(|| rpassword::prompt_password(format!("New passphrase for {name}: ")))?);
        if first.is_empty() {
            eprintln!("An empty passphrase protects nothing.");
            continue;
        }
        let chosen = Passphrase::new(first.as_str()).map_err(Failure::from)?;
        eprintln!("{}", strength_words(&chosen));
        let again = Zeroizing::new(ask(|| rpassword::prompt_password("The same again: "))?);
        if first == again {
            return Ok(chosen);
        }
        eprintln!("The two are not the same.");
    }
    Err(Failure::new(Code::BadRequest, "the new passphrase", "it was not typed the same way twice"))
}

/// How well it stands, and what would make it better. Says nothing of the passphrase itself.
pub fn strength_words(passphrase: &Passphrase) -> String {
    let found = strength(passphrase);
    let word = match found.verdict {
        Verdict::Weak => "weak: whoever has the drive can guess it",
        Verdict::Fair => "fair: it stands for some days against someone who has the drive",
        Verdict::Good => "good: it stands for years",
        Verdict::Strong => "strong",
    };
    let mut text = format!("Strength of the passphrase: {word}.");
    for advice in found.advice {
        text.push_str("\n  ");
        text.push_str(&advice);
    }
    text
}

/// The command as it was typed, for repeating it in a shell.
pub fn this_command() -> String {
    let mut words = vec!["holdfast".to_owned()];
    words.extend(std::env::args_os().skip(1).map(|word| quoted(&word.to_string_lossy())));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_is_told_without_the_passphrase() {
        let words = strength_words(&Passphrase::new("dragon12").unwrap());
        assert!(words.starts_with("Strength of the passphrase: weak"), "{words}");
        assert!(!words.contains("dragon12"), "{words}");
    }
}
