//! Reads the fields of a table, and notes what is wrong with each and on which line.
use super::Fault;
use super::texts::{duration, nearest, one_of};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// More faults help nobody.
const FAULTS: usize = 50;

pub(super) struct Faults<'t> {
    text: &'t str,
    found: RefCell<Vec<Fault>>,
    /// Texts whose placeholders are looked at when all steps are known.
    templates: RefCell<Vec<Located<String>>>,
}

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub value: T,
    pub at: Range<usize>,
    pub field: String,
}

impl<'t> Faults<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, found: RefCell::default(), templates: RefCell::default() }
    }

    pub fn add(&self, at: &Range<usize>, field: &str, message: impl Into<String>) {
        let mut found = self.found.borrow_mut();
        if found.len() < FAULTS {
            let line = line_of(self.text, at.start);
            found.push(Fault { line, field: field.to_owned(), message: message.into() });
        }
    }

    pub fn add_to<T>(&self, located: &Located<T>, message: impl Into<String>) {
        self.add(&located.at, &located.field, message);
    }

    pub fn template(&self, text: &Located<String>) {
        self.templates.borrow_mut().push(text.clone());
    }

    pub fn take_templates(&self) -> Vec<Located<String>> {
        std::mem::take(&mut self.templates.borrow_mut())
    }

    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// In the order of the file.
    pub fn into_found(self) -> Vec<Fault> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|fault| fault.line);
        found
    }
}

pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// A table of the file.
pub(super) struct Table<'a, 't> {
    pub faults: &'a Faults<'t>,
    /// `step[2]`, or empty for the file's own.
    pub name: String,
    pub at: Range<usize>,
    entries: Vec<(&'a str, Range<usize>, &'a Spanned<DeValue<'t>>)>,
}

impl<'a, 't> Table<'a, 't> {
    pub fn new(faults: &'a Faults<'t>, name: impl Into<String>, at: Range<usize>, table: &'a DeTable<'t>) -> Self {
        let entries = table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
        Self { faults, name: name.into(), at, entries }
    }

    pub fn field(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }

    /// Says of each field that is none of these that it is unknown.
    pub fn allow(&self, allowed: &[&str], of: &str) {
        for (name, at, _) in &self.entries {
            if !allowed.contains(name) {
                let meant = nearest(name, allowed.iter().copied());
                let meant = meant.map(|word| format!("; did you mean {word}?")).unwrap_or_default();
                let message = format!("unknown field; {of} has {}{meant}", one_of(allowed.iter().copied()));
                self.faults.add(at, &self.field(name), message);
            }
        }
    }

    pub fn names(&self) -> impl Iterator<Item = (&'a str, &Range<usize>)> {
        self.entries.iter().map(|(name, at, _)| (*name, at))
    }

    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    fn entry(&self, name: &str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.entries.iter().find(|(known, _, _)| *known == name).map(|(_, _, value)| *value)
    }

    fn wrong_type(&self, name: &str, value: &Spanned<DeValue<'t>>, wanted: &str) {
        let is = kind_of(value.get_ref());
        self.faults.add(&value.span(), &self.field(name), format!("is {is}; it has to be {wanted}"));
    }

    pub fn missing(&self, name: &str, what: &str) {
        self.faults.add(&self.at, &self.field(name), format!("is missing: {what}"));
    }

    /// As it is, without telling of any fault.
    pub fn plain(&self, name: &str) -> Option<String> {
        self.entry(name)?.get_ref().as_str().map(str::to_owned)
    }

    /// Without the space around it. Empty, too long, or no text: told, and `None`.
    pub fn text(&self, name: &str, limit: usize) -> Option<Located<String>> {
        let value = self.entry(name)?;
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(name, value, "text in quotes");
            return None;
        };
        self.checked(self.field(name), value.span(), text, limit)
    }

    fn checked(&self, field: String, at: Range<usize>, text: &str, limit: usize) -> Option<Located<String>> {
        let located = Located { value: text.trim().to_owned(), at, field };
        let length = located.value.chars().count();
        if length == 0 {
            self.faults.add_to(&located, "is empty");
            return None;
        }
        if length > limit {
            self.faults.add_to(&located, format!("has {length} letters; at most {limit} are allowed"));
            return None;
        }
        if let Some(strange) = located.value.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t') {
            self.faults.add_to(&located, format!("holds a control character (U+{:04X})", u32::from(strange)));
            return None;
        }
        Some(located)
    }

    pub fn required(&self, name: &str, limit: usize, what: &str) -> Option<Located<String>> {
        if !self.has(name) {
            self.missing(name, what);
            return None;
        }
        self.text(name, limit)
    }

    /// A text whose placeholders are checked.
    pub fn template(&self, name: &str, limit: usize) -> Option<Located<String>> {
        self.text(name, limit).inspect(|text| self.faults.template(text))
    }

    pub fn texts(&self, name: &str, limit: usize, most: usize) -> Vec<Located<String>> {
        let Some(value) = self.entry(name) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(name, value, "a list of texts, in brackets");
            return Vec::new();
        };
        if items.len() > most {
            let message = format!("has {} items; at most {most} are allowed", items.len());
            self.faults.add(&value.span(), &self.field(name), message);
            return Vec::new();
        }
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let field = format!("{}[{}]", self.field(name), index + 1);
            match item.get_ref() {
                DeValue::String(text) => texts.extend(self.checked(field, item.span(), text, limit)),
                other => {
                    let message = format!("is {}; it has to be text in quotes", kind_of(other));
                    self.faults.add(&item.span(), &field, message);
                }
            }
        }
        texts
    }

    /// A list whose placeholders are checked.
    pub fn templates(&self, name: &str, limit: usize, most: usize) -> Vec<String> {
        let texts = self.texts(name, limit, most);
        for text in &texts {
            self.faults.template(text);
        }
        texts.into_iter().map(|text| text.value).collect()
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = self.entry(name)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(name, value, "true or false, without quotes");
        }
        flag
    }

    pub fn number(&self, name: &str, from: u64, to: u64) -> Option<u64> {
        let value = self.entry(name)?;
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong_type(name, value, "a whole number, without quotes");
            return None;
        };
        let read = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| (from..=to).contains(n));
        if read.is_none() {
            let allowed = if from == to { from.to_string() } else { format!("from {from} to {to}") };
            let message = format!("is {}; it has to be {allowed}", number.as_str());
            self.faults.add(&value.span(), &self.field(name), message);
        }
        read
    }

    /// In seconds.
    pub fn duration(&self, name: &str) -> Option<u64> {
        let text = self.text(name, 100)?;
        let seconds = duration(&text.value);
        if seconds.is_none() {
            let message = format!(
                "{:?} is no time; write it as \"30 min\", \"1 h 30 min\" or \"2 days\", up to 365 days",
                text.value
            );
            self.faults.add_to(&text, message);
        }
        seconds
    }

    pub fn table(&self, name: &str) -> Option<Table<'a, 't>> {
        let value = self.entry(name)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(name, value, &format!("a table, under [{name}]"));
            return None;
        };
        Some(Table::new(self.faults, self.field(name), value.span(), table))
    }

    /// `[[name]]`, each with its number.
    pub fn tables(&self, name: &str) -> Vec<Table<'a, 't>> {
        let Some(value) = self.entry(name) else { return Vec::new() };
        let wanted = format!("one or more tables, each under [[{name}]]");
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(name, value, &wanted);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.get_ref() {
                DeValue::Table(table) => {
                    let name = format!("{}[{}]", self.field(name), index + 1);
                    tables.push(Table::new(self.faults, name, item.span(), table));
                }
                _ => self.wrong_type(name, item, &wanted),
            }
        }
        tables
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
