//! Goes on step by step on a terminal.
use super::{ending, line, show};
use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::prompt;
use holdfast_api::{
    Answer, Code, Failure, IncidentAnswer, IncidentArgs, IncidentClosing, IncidentDo, IncidentStep, StepState,
};

const HELP: &str =
    "  Enter goes on   s leaves it out   n writes a note   t writes down what is to be done later   q leaves";

/// What a person chose at a step.
enum Chosen {
    GoOn(String),
    Stay,
    Leave,
}

pub(super) fn run(id: Option<String>, accept_unverified: bool, session: &Session) -> Answer<Ending> {
    if !session.out.interactive {
        let cause = "there is no terminal to ask on";
        let next = "Go on with holdfast incident next, do, done, answer and skip.";
        return Err(Failure::not_begun("the guided incident", cause, next));
    }
    let mut answer = session.service.incident(id.as_deref())?;
    let id = answer.id.clone();
    while let Some(step) = answer.current.clone() {
        session.out.line(format!("\n{} · {}", answer.phase.title(), show::clock_words(&answer.clock)));
        show::step_words(&step, session);
        session.out.line(HELP);
        let typed = match choose(&id, &step, session)? {
            Chosen::GoOn(typed) => typed,
            Chosen::Stay => {
                answer = session.service.incident(Some(&id))?;
                continue;
            }
            Chosen::Leave => {
                session.out.line("It stays as it is. Go on with: holdfast incident run");
                return Ok(ending(&answer));
            }
        };
        match go_on(&id, &step, &typed, accept_unverified, session) {
            Ok(next) => {
                show::done(Some(&step), &next, session);
                answer = next;
            }
            Err(failure) if failure.is_cancelled() => return Err(failure),
            Err(failure) => {
                // Nothing is lost by it: the step can be done again, or left out.
                session.out.clear();
                crate::terminal::say_failure(&failure);
                answer = session.service.incident(Some(&id))?;
            }
        }
    }
    if answer.closed.is_none() {
        session.out.line("\nAll steps are through.");
        if prompt::yes("Close the incident as resolved?")? {
            answer = session.service.close_incident(Some(&id), IncidentClosing::Resolved, None)?;
        }
    }
    show::closed(&answer, session);
    Ok(ending(&answer))
}

fn choose(id: &str, step: &IncidentStep, session: &Session) -> Answer<Chosen> {
    let question = match step.kind.as_str() {
        "decision" => "Your answer (a number)",
        "check" | "action" => "Let Holdfast do it?",
        _ => "Done?",
    };
    let typed = prompt::line(question, "")?;
    let service = &session.service;
    match typed.as_str() {
        "q" => return Ok(Chosen::Leave),
        "s" => match line("Why is it left out")? {
            Some(reason) => told(service.skip_step(Some(id), &reason)),
            None => session.out.line("A reason is needed."),
        },
        "n" => {
            if let Some(text) = line("Note")? {
                service.note_incident(Some(id), &text)?;
            }
        }
        "t" => {
            if let Some(text) = line("To do")? {
                service.add_to_do(Some(id), &text)?;
            }
        }
        "" if step.kind == "decision" => session.out.line("Type the number of your answer."),
        _ => return Ok(Chosen::GoOn(typed)),
    }
    Ok(Chosen::Stay)
}

/// What cannot be done is said, and the step stays.
fn told<T>(done: Answer<T>) {
    if let Err(failure) = done {
        crate::terminal::say_failure(&failure);
    }
}

fn go_on(
    id: &str,
    step: &IncidentStep,
    typed: &str,
    accept_unverified: bool,
    session: &Session,
) -> Answer<IncidentAnswer> {
    let service = &session.service;
    match step.kind.as_str() {
        "decision" => service.answer_step(Some(id), typed),
        "check" | "action" => {
            if step.changes && !matches!(step.state, StepState::Begun { .. }) {
                let question = format!("It {}.", step.action.as_deref().unwrap_or_default());
                if !prompt::typed_yes(&question)? {
                    let failure = Failure::new(Code::BadRequest, &step.id, "it was not answered with yes");
                    return Err(failure.then("Nothing was done. Enter asks again; s leaves the step out."));
                }
            }
            let args = || -> Answer<IncidentArgs> {
                Ok(IncidentArgs { id: Some(id.to_owned()), keys: session.keys(accept_unverified)? })
            };
            match service.do_step(&args()?, IncidentDo::GoOn, &session.job) {
                Err(failure) if failure.code == Code::CutShort => {
                    crate::terminal::say_failure(&failure);
                    let how = if prompt::typed_yes("Was it done?")? { IncidentDo::WasDone } else { IncidentDo::Again };
                    service.do_step(&args()?, how, &session.job)
                }
                other => other,
            }
        }
        _ => {
            let found = match &step.asks {
                Some(asks) => line(asks)?,
                None => None,
            };
            service.step_done(Some(id), found.as_deref())
        }
    }
}
