use super::fields::{Located, Table};
use super::known::{ActionSpec, Known, Parameter, Takes};
use super::texts::{is_id, nearest, one_of};
use super::{Arguments, Case, Choice, Does, Phase, STEPS, Step, StepResult, To, Value};
use crate::Class;
use std::ops::Range;

/// A step, and where in the file it and what it refers to stand.
pub(super) struct Draft {
    pub step: Step,
    pub at: Range<usize>,
    pub field: String,
    pub refers: Vec<Refer>,
}

/// Another step that one speaks of.
pub(super) struct Refer {
    id: Located<String>,
    /// It has to do one of these; anything where there are none.
    actions: &'static [&'static str],
}

const COMMON: [&str; 6] = ["id", "phase", "kind", "title", "text", "next"];
const KINDS: [&str; 5] = ["check", "action", "decision", "manual", "note"];

/// And the ids of all of them, also of those with faults: that one has a fault is told once.
pub(super) fn read(file: &Table<'_, '_>, known: &Known<'_>) -> (Vec<Draft>, Vec<String>) {
    let tables = file.tables("step");
    if tables.is_empty() {
        if !file.has("step") {
            file.missing("step", "a runbook has steps, each under [[step]]");
        }
        return (Vec::new(), Vec::new());
    }
    if tables.len() > STEPS {
        let message = format!("there are {} steps; at most {STEPS} are allowed", tables.len());
        file.faults.add(&tables[STEPS].at, "step", message);
        return (Vec::new(), Vec::new());
    }
    let mut drafts: Vec<Draft> = Vec::with_capacity(tables.len());
    for table in &tables {
        let Some(draft) = step(table, known) else { continue };
        if let Some(first) = drafts.iter().find(|other| other.step.id == draft.step.id) {
            let message = format!("{} is the id of {} already; each step needs its own", draft.step.id, first.field);
            file.faults.add(&draft.at, &format!("{}.id", draft.field), message);
        }
        drafts.push(draft);
    }
    let ids: Vec<String> = tables.iter().filter_map(|table| table.plain("id")).collect();
    references(file, &drafts, &ids);
    (drafts, ids)
}

fn step(table: &Table<'_, '_>, known: &Known<'_>) -> Option<Draft> {
    let id = table.required("id", 60, "a short name that other steps can point to");
    if let Some(id) = id.as_ref().filter(|id| !is_id(&id.value) || id.value == "end") {
        let message = "has to be small letters, digits and hyphens, beginning with a letter, and not \"end\"";
        table.faults.add_to(id, message);
    }
    let phase = table.required("phase", 60, &one_of(Phase::ALL.map(Phase::as_str)));
    let phase = phase.and_then(|word| {
        let phase = Phase::parse(&word.value);
        if phase.is_none() {
            let allowed = one_of(Phase::ALL.map(Phase::as_str));
            table.faults.add_to(&word, format!("{:?} is no phase; it has to be {allowed}", word.value));
        }
        phase
    });
    let title = table.required("title", 200, "one short sentence that says what to do");
    if let Some(title) = &title {
        table.faults.template(title);
    }
    let text = table.template("text", 4000);
    let mut refers = Vec::new();
    let next = table.text("next", 60).map(|next| to(next, &mut refers));
    let does = kind(table, known, &mut refers);
    Some(Draft {
        at: table.at.clone(),
        field: table.name.clone(),
        refers,
        step: Step {
            id: id?.value,
            phase: phase?,
            title: title?.value,
            text: text.map(|text| text.value).unwrap_or_default(),
            next,
            does: does?,
        },
    })
}

fn to(id: Located<String>, refers: &mut Vec<Refer>) -> To {
    if id.value == "end" {
        return To::End;
    }
    let to = To::Step(id.value.clone());
    refers.push(Refer { id, actions: &[] });
    to
}

fn kind(table: &Table<'_, '_>, known: &Known<'_>, refers: &mut Vec<Refer>) -> Option<Does> {
    let kind = table.required("kind", 60, &one_of(KINDS))?;
    let allow = |more: &[&str], of: &str| table.allow(&[&COMMON[..], more].concat(), of);
    match kind.value.as_str() {
        "check" => {
            allow(&["checks"], "a check");
            Some(check(table, known))
        }
        "action" => {
            allow(&["action", "with", "may-fail"], "an action");
            action(table, known, refers)
        }
        "decision" => {
            // Where it leads is what its choices say.
            table.allow(&["id", "phase", "kind", "title", "text", "of", "choice"], "a decision");
            decision(table, refers)
        }
        "manual" => {
            allow(&["commands", "asks"], "a manual step");
            let commands = table.templates("commands", 1000, 30);
            let asks = table.template("asks", 300).map(|asks| asks.value);
            Some(Does::Manual { commands, asks })
        }
        "note" => {
            allow(&[], "a note");
            if !table.has("text") {
                table.missing("text", "a note says something");
            }
            Some(Does::Note)
        }
        other => {
            let meant = nearest(other, KINDS).map(|word| format!(" Did you mean {word}?")).unwrap_or_default();
            table.faults.add_to(&kind, format!("{other:?} is no kind; it has to be {}.{meant}", one_of(KINDS)));
            None
        }
    }
}

fn check(table: &Table<'_, '_>, known: &Known<'_>) -> Does {
    let checks = table.texts("checks", 60, 30);
    for check in &checks {
        if !known.checks.contains(&check.value.as_str()) {
            let meant = nearest(&check.value, known.checks.iter().copied());
            let meant = meant.map(|word| format!(" Did you mean {word}?")).unwrap_or_default();
            let allowed = one_of(known.checks.iter().copied());
            table.faults.add_to(check, format!("there is no check {:?}; there are {allowed}.{meant}", check.value));
        }
    }
    Does::Check { checks: checks.into_iter().map(|check| check.value).collect() }
}

fn action(table: &Table<'_, '_>, known: &Known<'_>, refers: &mut Vec<Refer>) -> Option<Does> {
    let name = table.required("action", 60, "the name of what Holdfast is to do")?;
    let may_fail = table.flag("may-fail").unwrap_or(false);
    let Some(spec) = known.action(&name.value) else {
        let names = || known.actions.iter().map(|action| action.name);
        let meant = nearest(&name.value, names()).map(|word| format!(" Did you mean {word}?")).unwrap_or_default();
        let message = format!("there is no action {:?}; there are {}.{meant}", name.value, one_of(names()));
        table.faults.add_to(&name, message);
        return None;
    };
    let with = arguments(table, spec, refers);
    Some(Does::Action { action: name.value, with, may_fail })
}

fn arguments(table: &Table<'_, '_>, spec: &ActionSpec, refers: &mut Vec<Refer>) -> Arguments {
    let mut arguments = Arguments::new();
    let with = table.table("with");
    for parameter in spec.parameters.iter().filter(|parameter| parameter.required) {
        if !with.as_ref().is_some_and(|with| with.has(parameter.name)) {
            table.missing(&format!("with.{}", parameter.name), &format!("the action {} needs it", spec.name));
        }
    }
    let Some(with) = with else { return arguments };
    if spec.parameters.is_empty() {
        for (name, at) in with.names() {
            with.faults.add(at, &with.field(name), format!("the action {} takes nothing", spec.name));
        }
        return arguments;
    }
    let names: Vec<&str> = spec.parameters.iter().map(|parameter| parameter.name).collect();
    with.allow(&names, &format!("the action {}", spec.name));
    for parameter in spec.parameters {
        if let Some(value) = argument(&with, parameter, refers) {
            arguments.insert(parameter.name.to_owned(), value);
        }
    }
    arguments
}

fn argument(with: &Table<'_, '_>, parameter: &Parameter, refers: &mut Vec<Refer>) -> Option<Value> {
    let name = parameter.name;
    match parameter.takes {
        Takes::Text => with.template(name, 1000).map(|text| Value::Text(text.value)),
        Takes::Texts => with.has(name).then(|| Value::Texts(with.templates(name, 1000, 100))),
        Takes::Flag => with.flag(name).map(Value::Flag),
        Takes::Number(from, to) => with.number(name, from, to).map(Value::Number),
        Takes::Duration => with.duration(name).map(Value::Number),
        Takes::OneOf(words) => {
            let text = with.text(name, 100)?;
            if !words.contains(&text.value.as_str()) {
                let message =
                    format!("{:?} is not possible; it has to be {}", text.value, one_of(words.iter().copied()));
                with.faults.add_to(&text, message);
            }
            Some(Value::Text(text.value))
        }
        Takes::Components => {
            let texts = with.texts(name, 60, 10);
            for text in texts.iter().filter(|text| Class::parse(&text.value).is_none()) {
                let allowed = one_of(Class::ALL.map(Class::as_str));
                with.faults.add_to(text, format!("{:?} is no component; there are {allowed}", text.value));
            }
            with.has(name).then(|| Value::Texts(texts.into_iter().map(|text| text.value).collect()))
        }
        Takes::Step(actions) => {
            let id = with.text(name, 60)?;
            let value = Value::Text(id.value.clone());
            refers.push(Refer { id, actions });
            Some(value)
        }
    }
}

fn decision(table: &Table<'_, '_>, refers: &mut Vec<Refer>) -> Option<Does> {
    let of = table.text("of", 60);
    let choices = table.tables("choice");
    if !table.has("choice") {
        table.missing("choice", "a decision has choices, each under [[step.choice]]");
        return None;
    }
    let Some(of) = of else {
        let mut asked = Vec::new();
        for choice in &choices {
            choice.allow(&["answer", "to"], "a choice of a person");
            let answer = choice.required("answer", 200, "the words of the answer");
            let to = choice.required("to", 60, "the step that it leads to, or \"end\"").map(|id| to(id, refers));
            let Some((answer, to)) = answer.zip(to) else { continue };
            if asked.iter().any(|other: &Choice| other.answer.eq_ignore_ascii_case(&answer.value)) {
                choice.faults.add_to(&answer, format!("{:?} is an answer already", answer.value));
            }
            asked.push(Choice { answer: answer.value, to });
        }
        if choices.len() < 2 {
            table.faults.add(&table.at, &table.field("choice"), "a person needs at least two choices");
        }
        return Some(Does::Ask { choices: asked });
    };
    let mut cases: Vec<Case> = Vec::new();
    let mut otherwise = None;
    for choice in &choices {
        choice.allow(&["results", "otherwise", "to"], "a choice by result");
        let to = choice.required("to", 60, "the step that it leads to, or \"end\"").map(|id| to(id, refers));
        if choice.flag("otherwise") == Some(true) {
            otherwise = to;
            continue;
        }
        if !choice.has("results") {
            choice.missing("results", "the results that lead there, or otherwise = true");
        }
        let mut results = Vec::new();
        for word in choice.texts("results", 60, 10) {
            let Some(result) = StepResult::parse(&word.value) else {
                let allowed = one_of(StepResult::ALL.map(StepResult::as_str));
                choice.faults.add_to(&word, format!("{:?} is no result; there are {allowed}", word.value));
                continue;
            };
            if cases.iter().any(|case| case.results.contains(&result)) {
                choice.faults.add_to(&word, format!("{:?} leads somewhere already", word.value));
            }
            results.push(result);
        }
        cases.extend(to.map(|to| Case { results, to }));
    }
    if otherwise.is_none() {
        table.missing("choice", "one of the choices has to be for all other results: otherwise = true");
    }
    let step = of.value.clone();
    refers.push(Refer { id: of, actions: &[] });
    Some(Does::Branch { of: step, cases, otherwise: otherwise? })
}

/// Every step that is pointed to has to be there, and of the kind that is wanted.
fn references(file: &Table<'_, '_>, drafts: &[Draft], ids: &[String]) {
    let find = |id: &str| drafts.iter().find(|draft| draft.step.id == id);
    for draft in drafts {
        for Refer { id, actions } in &draft.refers {
            let Some(target) = find(&id.value) else {
                if ids.contains(&id.value) {
                    continue;
                }
                let meant = nearest(&id.value, ids.iter().map(String::as_str));
                let meant = meant.map(|id| format!("; did you mean {id}?")).unwrap_or_default();
                file.faults.add_to(id, format!("there is no step {:?}{meant}", id.value));
                continue;
            };
            let does = &target.step.does;
            let action = if let Does::Action { action, .. } = does { Some(action.as_str()) } else { None };
            if !actions.is_empty() && !action.is_some_and(|action| actions.contains(&action)) {
                let wanted = one_of(actions.iter().copied());
                file.faults.add_to(id, format!("{} does not do the action {wanted}", id.value));
            }
            // A field, no file.
            #[allow(clippy::case_sensitive_file_extension_comparisons)]
            let by_result = id.field.ends_with(".of") && matches!(draft.step.does, Does::Branch { .. });
            if by_result && !matches!(does, Does::Check { .. } | Does::Action { .. }) {
                let message = format!("{} is a {}; only checks and actions have results", id.value, does.kind());
                file.faults.add_to(id, message);
            }
        }
    }
}
