/// What there is to name in a runbook.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Kinds of health checks.
    pub checks: &'a [&'a str],
    pub actions: &'a [ActionSpec],
}

impl Known<'_> {
    pub fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.actions.iter().find(|action| action.name == name)
    }
}

/// An action that Holdfast can do, and what it takes.
#[derive(Debug, Clone, Copy)]
pub struct ActionSpec {
    pub name: &'static str,
    /// What it does, in one line.
    pub does: &'static str,
    pub parameters: &'static [Parameter],
    /// Whether it changes what is live.
    pub changes: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub takes: Takes,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any text; placeholders are filled.
    Text,
    Texts,
    OneOf(&'static [&'static str]),
    Flag,
    /// From, to.
    Number(u64, u64),
    /// `1 h`, `2 days`.
    Duration,
    /// Classes of files.
    Components,
    /// The id of another step that does one of these actions.
    Step(&'static [&'static str]),
}
