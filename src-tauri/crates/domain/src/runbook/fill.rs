//! Placeholders: `{deployment}` in a text of a runbook stands for what it is here. `{{word}}` is `{word}` itself; all other
//! braces are as they are, for commands have their own.
use std::collections::BTreeMap;

/// The names that may be used, and what they stand for. `{result:STEP}` is what a step found, or was answered.
pub const PLACEHOLDERS: [(&str, &str); 16] = [
    ("deployment", "the deployment's name"),
    ("data-folder", "the folder of its first root"),
    ("folders", "the folders and files of all its roots"),
    ("destination", "where its archives are made"),
    ("health-url", "the address that says whether it is well"),
    ("stop-command", "what stops the chatbot, where the settings say it"),
    ("start-command", "what starts it"),
    ("host", "this machine's name"),
    ("user", "the user whose machine this is"),
    ("incident", "the incident's id"),
    ("incident-folder", "where the incident is kept"),
    ("title", "the runbook's title"),
    ("started", "when the incident began"),
    ("elapsed", "how long it has taken so far"),
    ("target", "in which time the chatbot should be back"),
    ("phase", "the phase that it is in"),
];

/// One `{...}` of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    /// `{word}`, without its braces.
    Name(&'a str),
}

pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|found| at + found) {
        let doubled = text[open..].starts_with("{{");
        let inner = open + if doubled { 2 } else { 1 };
        let end = text[inner..].find(|c: char| !is_name_letter(c)).map_or(text.len(), |found| inner + found);
        let name = &text[inner..end];
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase());
        if is_name && doubled && text[end..].starts_with("}}") {
            // The text up to the first brace, then the name in one pair.
            parts.push(Part::Text(&text[start..=open]));
            parts.push(Part::Text(&text[inner..=end]));
            (start, at) = (end + 2, end + 2);
        } else if is_name && !doubled && text[end..].starts_with('}') {
            parts.push(Part::Text(&text[start..open]));
            parts.push(Part::Name(name));
            (start, at) = (end + 1, end + 1);
        } else {
            at = inner;
        }
    }
    parts.push(Part::Text(&text[start..]));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

fn is_name_letter(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == ':'
}

/// What placeholders stand for here.
#[derive(Debug, Clone, Default)]
pub struct Filling {
    pub values: BTreeMap<String, String>,
    /// Of steps, by their id.
    pub results: BTreeMap<String, String>,
}

/// A text, and the names for which nothing is known here; they stand in it in capitals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    pub text: String,
    pub missing: Vec<String>,
}

/// `quoted`: a value is made one word of a shell.
pub fn fill(text: &str, filling: &Filling, quoted: Option<fn(&str) -> String>) -> Filled {
    let mut filled = Filled { text: String::with_capacity(text.len()), missing: Vec::new() };
    for part in parts(text) {
        let name = match part {
            Part::Text(text) => {
                filled.text.push_str(text);
                continue;
            }
            Part::Name(name) => name,
        };
        let value = match name.strip_prefix("result:") {
            Some(step) => filling.results.get(step),
            None => filling.values.get(name),
        };
        match (value, quoted) {
            // Commands are lines that a shell reads, not values of one.
            (Some(value), Some(quoted)) if !name.ends_with("-command") => filled.text.push_str(&quoted(value)),
            (Some(value), _) => filled.text.push_str(value),
            (None, _) => {
                filled.text.push_str(&name.replace("result:", "").to_uppercase());
                filled.missing.push(name.to_owned());
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filling() -> Filling {
        let mut filling = Filling::default();
        filling.values.insert("data-folder".to_owned(), "/srv/my bot".to_owned());
        filling.results.insert("find-good".to_owned(), "bot_1".to_owned());
        filling
    }

    #[test]
    fn braces_of_commands_stay() {
        for text in
            ["docker ps --format '{{.Names}}'", "awk '{ print $1 }'", "{}", "{", "${HOME}", "a{1,2}", "{{json .}}"]
        {
            assert_eq!(fill(text, &filling(), None).text, text);
        }
        assert_eq!(fill("awk {{print}} {{x", &filling(), None).text, "awk {print} {{x");
    }

    #[test]
    fn values_are_filled_in_and_quoted_for_a_shell() {
        let quoted = fill("ls {data-folder}; {result:find-good}", &filling(), Some(|value| format!("'{value}'")));
        assert_eq!(quoted.text, "ls '/srv/my bot'; 'bot_1'");
        let missing = fill("curl {health-url} {result:other}", &filling(), None);
        assert_eq!(missing.text, "curl HEALTH-URL OTHER");
        assert_eq!(missing.missing, ["health-url", "result:other"]);
    }
}
