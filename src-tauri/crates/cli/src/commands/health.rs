use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, printable};
use holdfast_api::{
    Answer, CheckAbout, CheckState, Checkup, FixesAnswer, HealthAnswer, HealthArgs, HealthTrendArgs, Turn,
};
use std::io::IsTerminal;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast health
  holdfast health chatbot --check http --check database
  holdfast health --watch 300
  holdfast health --fix
  holdfast health --check http --trend 7
  holdfast health --json

Looks at the chatbot (does it answer), its data (databases, rows, configuration), this machine, and its archives. Nothing of it
is changed; only --fix changes something, and says what before.

With --watch it looks again every so many seconds until Ctrl-C. What reads whole databases is looked at once an hour then. On a
terminal each look is shown; otherwise only what changed is. With --json each look is one line.

More checks are written into the settings:
  [[checks]]
  id = \"site\"
  kind = \"http\"                   http, tcp, process, unit, compose, database, config, secret, disk, memory, load, certificate
  url = \"http://127.0.0.1:8080/health\"
  [[checks]]
  id = \"memory\"                   one of Holdfast's own is left out
  off = true

Exit codes: 0 all is well; 3 a check warns or fails; 1 it could not be looked at.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Look again every so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86400), conflicts_with_all = ["fix", "undo_fix", "trend"])]
    watch: Option<u32>,
    /// Only these checks, by id or kind; may be given several times
    #[arg(long = "check", value_name = "ID")]
    checks: Vec<String>,
    /// How one check went over the last days
    #[arg(long, value_name = "DAYS", requires = "checks", value_parser = clap::value_parser!(u32).range(1..=30))]
    trend: Option<u32>,
    /// Put right what is safe to put right: takes the rights of others off files with secrets
    #[arg(long)]
    fix: bool,
    /// Take back what --fix changed
    #[arg(long, conflicts_with = "fix")]
    undo_fix: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    if args.fix {
        return fix(&args, session);
    }
    if args.undo_fix {
        return undo_fix(&args, session);
    }
    if let Some(days) = args.trend {
        return trend(&args, days, session);
    }
    let request = |watched| -> Answer<HealthArgs> {
        Ok(HealthArgs {
            deployment: args.name.clone(),
            checks: args.checks.clone(),
            watched,
            keys: session.keys(false)?,
        })
    };
    if let Some(seconds) = args.watch {
        return watch(&request(true)?, Duration::from_secs(seconds.into()), session);
    }
    let answer = session.service.health(&request(false)?, &session.job)?;
    show(&answer, &session.out);
    Ok(ending(&answer))
}

fn ending(answer: &HealthAnswer) -> Ending {
    Ending::new(answer.outcome, [], answer)
}

fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Ok => "ok",
        CheckState::Unknown => "unknown",
        CheckState::Warning => "warning",
        CheckState::Failing => "FAILING",
    }
}

fn show(answer: &HealthAnswer, out: &Out) {
    let mut group = None;
    for check in &answer.checks {
        if out.quiet && !check.state.is_bad() {
            continue;
        }
        if check.about != group {
            group = check.about;
            out.line(format!("{}:", group.map_or("Others", CheckAbout::title)));
        }
        line(check, out);
    }
    out.say(format!("{}.", answer.headline));
}

fn line(check: &Checkup, out: &Out) {
    out.line(format!("  {:<8} {:<24} {}", word(check.state), printable(&check.name), printable(&check.seen)));
    let Some(step) = check.next_step.as_ref().filter(|_| check.state != CheckState::Ok) else { return };
    if let Some(expected) = check.expected.as_ref().filter(|_| check.state.is_bad()) {
        out.line(format!("  {:<33} Expected: {}", "", printable(expected)));
    }
    out.line(format!("  {:<33} What to do: {}", "", printable(step)));
}

/// Until somebody ends it: on a terminal every look, elsewhere what changed.
fn watch(request: &HealthArgs, pause: Duration, session: &Session) -> Answer<Ending> {
    let out = &session.out;
    let all = std::io::stdout().is_terminal();
    let mut last: Option<HealthAnswer> = None;
    loop {
        match session.service.health(request, &session.job) {
            Ok(answer) => {
                if out.json {
                    println!("{}", serde_json::json!(answer));
                } else if all || last.is_none() {
                    out.line(out.local(answer.at));
                    show(&answer, out);
                } else {
                    answer.turns.iter().for_each(|turn| out.line(turned(turn, &out.local(answer.at))));
                }
                last = Some(answer);
            }
            Err(failure) => match last {
                Some(answer) if failure.is_cancelled() => return Ok(ending(&answer)),
                _ => return Err(failure),
            },
        }
        if !waited(pause, session)
            && let Some(answer) = last
        {
            return Ok(ending(&answer));
        }
    }
}

/// Whether it is to go on.
fn waited(pause: Duration, session: &Session) -> bool {
    const STEP: Duration = Duration::from_millis(100);
    let mut left = pause;
    while !left.is_zero() {
        if session.job.is_cancelled() {
            return false;
        }
        let step = left.min(STEP);
        std::thread::sleep(step);
        left -= step;
    }
    !session.job.is_cancelled()
}

fn turned(turn: &Turn, at: &str) -> String {
    let before = turn.before.map_or("new", word);
    let after = turn.after.map_or("gone", word);
    format!("{at}  {}: {before} -> {after}: {}", printable(&turn.name), printable(&turn.seen))
}

fn trend(args: &Args, days: u32, session: &Session) -> Answer<Ending> {
    let check = args.checks.first().cloned().unwrap_or_default();
    let request = HealthTrendArgs { deployment: args.name.clone(), check, days };
    let answer = session.service.health_trend(&request)?;
    let out = &session.out;
    if answer.points.is_empty() {
        out.say("Nothing is known of this check yet.");
    }
    for point in &answer.points {
        let number = point.number.map(|number| format!("  {number}")).unwrap_or_default();
        out.line(format!("{}  {:<8}{number}", out.local(point.at), word(point.state)));
    }
    Ok(Ending::new(holdfast_api::Outcome::Done, [], &answer).with("outcome", &"done"))
}

fn fix(args: &Args, session: &Session) -> Answer<Ending> {
    let planned = session.service.plan_fixes(args.name.as_deref())?;
    let out = &session.out;
    let can = planned.preview.fixes.iter().filter(|fix| fix.not_done.is_none()).count() as u64;
    for fix in &planned.preview.fixes {
        let path = printable(&fix.path.display().to_string());
        match &fix.not_done {
            None => out.line(format!("  chmod {} {path}   (it is {})", fix.after, fix.before)),
            Some(why) => out.line(format!("  left to you: {path}   ({why})")),
        }
    }
    if can == 0 {
        out.say("There is nothing that Holdfast could put right.");
        let none = FixesAnswer {
            outcome: holdfast_api::Outcome::Done,
            deployment: planned.preview.deployment.clone(),
            changed: Vec::new(),
        };
        return Ok(Ending::new(none.outcome, [], &none));
    }
    let question = "Nobody else on this machine can read these files then. holdfast health --undo-fix takes it back.";
    session.confirm(args.yes, "the change", question)?;
    let answer = session.service.fix(planned)?;
    out.say(count_words(answer.changed.len() as u64, "file was put right.", "files were put right."));
    Ok(Ending::new(answer.outcome, [], &answer))
}

fn undo_fix(args: &Args, session: &Session) -> Answer<Ending> {
    let answer = session.service.undo_fixes(args.name.as_deref())?;
    let out = &session.out;
    for fix in &answer.changed {
        out.say(format!("  {} is {} again", printable(&fix.path.display().to_string()), fix.after));
    }
    if answer.changed.is_empty() {
        out.say("There is nothing to take back.");
    }
    Ok(Ending::new(answer.outcome, [], &answer))
}
