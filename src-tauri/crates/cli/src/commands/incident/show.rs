use crate::session::Session;
use holdfast_api::words::{count_words, duration_words, printable};
use holdfast_api::{ChecklistWhen, IncidentAnswer, IncidentClock, IncidentStep, StepResult, StepState};
use std::time::Duration;

/// Of what a step told: the rest is in the report, and in `--json`.
const LINES: usize = 40;

pub(super) fn begun(answer: &IncidentAnswer, session: &Session) {
    let out = &session.out;
    out.line(format!("{} began: {}", answer.id, answer.title));
    checklist(answer, ChecklistWhen::Before, session);
    next(answer, session);
    out.say("Go on step by step: holdfast incident run");
}

pub(super) fn clock_words(clock: &IncidentClock) -> String {
    let words = |seconds: u64| duration_words(Duration::from_secs(seconds));
    let taken = words(clock.elapsed_seconds);
    if clock.over_seconds > 0 {
        return format!("{taken}, {} over the target of {}", words(clock.over_seconds), words(clock.target_seconds));
    }
    format!("{taken} of {}", words(clock.target_seconds))
}

pub(super) fn next(answer: &IncidentAnswer, session: &Session) {
    let out = &session.out;
    let Some(step) = &answer.current else {
        match answer.closed {
            Some(_) => out.line(format!("{} is closed.", answer.id)),
            None => out.line("All steps are through. Close it with: holdfast incident close"),
        }
        return;
    };
    out.line(format!("\n{} · {}", answer.phase.title(), clock_words(&answer.clock)));
    step_words(step, session);
    let how = match (step.kind.as_str(), step.state) {
        ("check" | "action", StepState::Begun { .. }) => {
            "It had begun and was cut short, or is being done. To go on: holdfast incident do"
        }
        ("check" | "action", StepState::Failed { .. }) => {
            "It failed. Once more: holdfast incident do; without it: holdfast incident skip --reason '…'"
        }
        ("check" | "action", _) => "Let Holdfast do it: holdfast incident do",
        ("decision", _) => "Answer: holdfast incident answer NUMBER",
        (_, _) if step.asks.is_some() => "When you have done it: holdfast incident done --found '…'",
        _ => "When you have done it: holdfast incident done",
    };
    out.say(how);
}

pub(super) fn step_words(step: &IncidentStep, session: &Session) {
    let out = &session.out;
    out.line(printable(&step.title));
    if !step.text.is_empty() {
        out.line(format!("  {}", step.text.replace('\n', "\n  ")));
    }
    if let Some(action) = &step.action {
        let word = if step.changes { "Holdfast" } else { "Holdfast only looks: it" };
        out.line(format!("  {word} {action}."));
    }
    for command in &step.commands {
        out.line(format!("  $ {}", printable(&command.text)));
    }
    if let Some(asks) = &step.asks {
        out.line(format!("  Write down: {asks}"));
    }
    for (place, answer) in step.answers.iter().enumerate() {
        out.line(format!("  {}  {answer}", place + 1));
    }
}

/// What came of the step that was just done.
pub(super) fn done(before: Option<&IncidentStep>, answer: &IncidentAnswer, session: &Session) {
    let Some(step) = before.and_then(|before| answer.steps.iter().find(|step| step.id == before.id)) else { return };
    let out = &session.out;
    let (Some(result), Some(said)) = (step.result, &step.said) else { return };
    out.line(format!("{}: {said}", result_word(result)));
    out.lines(step.lines.iter().take(LINES).map(|line| format!("  {line}")));
    if step.lines.len() > LINES {
        let more = count_words((step.lines.len() - LINES) as u64, "line", "lines");
        out.line(format!("  … and {more} more: holdfast incident report"));
    }
}

fn result_word(result: StepResult) -> &'static str {
    match result {
        StepResult::Ok => "Ok",
        StepResult::Warning => "Warning",
        StepResult::Failing => "Failing",
        StepResult::Unknown => "Not known",
        StepResult::Done => "Done",
        StepResult::Nothing => "Nothing",
        StepResult::Problems => "Done with problems",
        StepResult::Failed => "Failed",
        StepResult::Skipped => "Left out",
    }
}

pub(super) fn status(answer: &IncidentAnswer, session: &Session) {
    let out = &session.out;
    out.line(format!("{}: {} ({})", answer.id, answer.title, answer.deployment));
    if let Some(symptom) = &answer.symptom {
        out.line(format!("Symptom: {}", printable(symptom)));
    }
    out.line(format!("Began {}; {}", out.when(answer.clock.started), clock_words(&answer.clock)));
    let mut phase = None;
    for step in answer.steps.iter().filter(|step| step.visits > 0) {
        if phase != Some(step.phase) {
            phase = Some(step.phase);
            let clock = answer.clock.phases.iter().find(|clock| clock.phase == step.phase);
            let seconds = clock.map_or(0, |clock| clock.seconds);
            out.line(format!("{} ({})", step.phase.title(), duration_words(Duration::from_secs(seconds))));
        }
        let mark = match (step.state, step.result) {
            (StepState::Over { .. }, Some(StepResult::Skipped)) => "-",
            (StepState::Over { .. }, _) => "x",
            (StepState::Failed { .. }, _) => "!",
            _ => ">",
        };
        let said = step.words.as_ref().or(step.said.as_ref());
        let said = said.map(|said| format!(": {}", printable(said))).unwrap_or_default();
        out.line(format!("  [{mark}] {}{said}", printable(step.title.trim_end_matches('.'))));
    }
    checklists(answer, session);
    for item in &answer.to_do {
        out.line(format!("To do: {}", printable(item)));
    }
    next(answer, session);
}

pub(super) fn checklists(answer: &IncidentAnswer, session: &Session) {
    for list in [ChecklistWhen::Before, ChecklistWhen::During, ChecklistWhen::After] {
        checklist(answer, list, session);
    }
}

fn checklist(answer: &IncidentAnswer, list: ChecklistWhen, session: &Session) {
    let mut items = answer.checklist.iter().filter(|item| item.list == list).peekable();
    if items.peek().is_some() {
        let (title, word) = match list {
            ChecklistWhen::Before => ("Before you begin", "before"),
            ChecklistWhen::During => ("While you are at it", "during"),
            ChecklistWhen::After => ("Afterwards", "after"),
        };
        session.out.line(format!("{title} (holdfast incident tick {word} NUMBER):"));
        for item in items {
            let mark = if item.done { 'x' } else { ' ' };
            session.out.line(format!("  [{mark}] {} {}", item.number, printable(&item.text)));
        }
    }
}

pub(super) fn closed(answer: &IncidentAnswer, session: &Session) {
    let out = &session.out;
    out.line(format!("{} is closed after {}.", answer.id, clock_words(&answer.clock)));
    out.say("The report: holdfast incident report --output report.html");
    out.say("The review, with what is to be done: holdfast incident report --review");
    checklist(answer, ChecklistWhen::After, session);
}
