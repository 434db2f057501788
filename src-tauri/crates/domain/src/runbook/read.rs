//! From the bytes of a file to a runbook, or to all that is wrong with it.
use super::fields::{Faults, Located, Table, line_of};
use super::fill::{PLACEHOLDERS, Part, parts};
use super::graph;
use super::known::Known;
use super::steps;
use super::texts::{is_id, nearest, one_of};
use super::{Checklists, Contact, FILE_BYTES, Fault, Messages, Phase, Runbook};
use toml::de::DeTable;

const FIELDS: [&str; 11] = [
    "id",
    "title",
    "about",
    "symptoms",
    "target",
    "phase-targets",
    "checklists",
    "contact",
    "messages",
    "step",
    "version",
];

/// Everything in it makes sense, or all its faults are told, in the order of the file.
pub fn read(content: &[u8], known: &Known<'_>) -> Result<Runbook, Vec<Fault>> {
    let whole = |line, message: String| Err(vec![Fault { line, field: String::new(), message }]);
    if content.len() > FILE_BYTES {
        return whole(1, format!("the file has {} bytes; at most {FILE_BYTES} are read", content.len()));
    }
    let text = match std::str::from_utf8(content) {
        Ok(text) => text,
        Err(e) => {
            let line = content[..e.valid_up_to()].split(|byte| *byte == b'\n').count();
            return whole(line, "the file is not text in UTF-8; save it as UTF-8".to_owned());
        }
    };
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(e) => {
            let line = e.span().map_or(1, |span| line_of(text, span.start));
            return whole(line, format!("this is not TOML: {}", e.message()));
        }
    };
    let faults = Faults::new(text);
    let runbook = runbook(&Table::new(&faults, "", 0..0, document.get_ref()), known);
    match runbook {
        Some(runbook) if faults.is_empty() => Ok(runbook),
        _ => Err(faults.into_found()),
    }
}

fn runbook(file: &Table<'_, '_>, known: &Known<'_>) -> Option<Runbook> {
    file.allow(&FIELDS, "a runbook");
    if file.has("version") {
        file.number("version", 1, 1);
    }
    let id = file.required("id", 60, "a short name such as \"data-corruption\"");
    if let Some(id) = id.as_ref().filter(|id| !is_id(&id.value)) {
        file.faults.add_to(id, "has to be small letters, digits and hyphens, beginning with a letter");
    }
    let title = file.required("title", 120, "one line that says what happened");
    let about = file.text("about", 2000);
    let symptoms = file.texts("symptoms", 200, 30);
    if !file.has("symptoms") {
        file.missing("symptoms", "what a person sees, in their own words, at least one");
    } else if symptoms.is_empty() && file.faults.is_empty() {
        file.faults.add(&file.at, "symptoms", "is empty: at least one is needed, in a person's own words");
    }
    if !file.has("target") {
        file.missing("target", "in which time the chatbot should be back, such as \"30 min\"");
    }
    let target = file.duration("target");
    let phase_targets = phase_targets(file);
    let checklists = checklists(file);
    let contacts = contacts(file);
    let messages = messages(file);
    let (drafts, ids) = steps::read(file, known);
    templates(file.faults, &ids);
    if file.faults.is_empty() {
        graph::check(file, &drafts);
    }
    Some(Runbook {
        id: id?.value,
        title: title?.value,
        about: about.map(|about| about.value).unwrap_or_default(),
        symptoms: symptoms.into_iter().map(|symptom| symptom.value).collect(),
        target_seconds: target?,
        phase_targets,
        checklists,
        contacts,
        messages,
        steps: drafts.into_iter().map(|draft| draft.step).collect(),
    })
}

fn phase_targets(file: &Table<'_, '_>) -> std::collections::BTreeMap<Phase, u64> {
    let Some(table) = file.table("phase-targets") else { return std::collections::BTreeMap::new() };
    table.allow(&Phase::ALL.map(Phase::as_str), "phase-targets");
    Phase::ALL.into_iter().filter_map(|phase| Some((phase, table.duration(phase.as_str())?))).collect()
}

fn checklists(file: &Table<'_, '_>) -> Checklists {
    let Some(table) = file.table("checklists") else { return Checklists::default() };
    table.allow(&["before", "during", "after"], "checklists");
    let list = |name| table.templates(name, 300, 30);
    Checklists { before: list("before"), during: list("during"), after: list("after") }
}

fn contacts(file: &Table<'_, '_>) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for table in file.tables("contact") {
        table.allow(&["role", "name", "reach"], "a contact");
        let role = table.required("role", 120, "what this person is asked for");
        let text = |name| table.text(name, 200).map(|text| text.value).unwrap_or_default();
        let (name, reach) = (text("name"), text("reach"));
        contacts.extend(role.map(|role| Contact { role: role.value, name, reach }));
    }
    contacts
}

fn messages(file: &Table<'_, '_>) -> Messages {
    let Some(table) = file.table("messages") else { return Messages::default() };
    table.allow(&["first", "progress", "resolved"], "messages");
    let text = |name| table.template(name, 4000).map(|text| text.value).unwrap_or_default();
    Messages { first: text("first"), progress: text("progress"), resolved: text("resolved") }
}

/// Each placeholder has to be known, and each step that one speaks of has to be there.
fn templates(faults: &Faults<'_>, ids: &[String]) {
    for text in faults.take_templates() {
        for part in parts(&text.value) {
            let Part::Name(name) = part else { continue };
            check_placeholder(faults, &text, name, ids);
        }
    }
}

fn check_placeholder(faults: &Faults<'_>, text: &Located<String>, name: &str, ids: &[String]) {
    let ids = || ids.iter().map(String::as_str);
    if let Some(step) = name.strip_prefix("result:") {
        if !ids().any(|id| id == step) {
            let meant = nearest(step, ids()).map(|id| format!("; did you mean {{result:{id}}}?")).unwrap_or_default();
            faults.add_to(text, format!("{{{name}}} speaks of a step that is not there{meant}"));
        }
        return;
    }
    let names = PLACEHOLDERS.map(|(name, _)| name);
    if !names.contains(&name) {
        let meant = nearest(name, names).map(|word| format!("; did you mean {{{word}}}?")).unwrap_or_default();
        let known = one_of(names.into_iter().chain(["result:STEP"]));
        let message = format!(
            "{{{name}}} is no placeholder; there are {known}; {{{{{name}}}}} is for the braces themselves{meant}"
        );
        faults.add_to(text, message);
    }
}
