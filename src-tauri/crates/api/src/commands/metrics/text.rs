//! The text format that Prometheus and its collectors read. By hand: the crates that write it do not escape the values of
//! labels, and a drive may be called anything.
use std::fmt::Write;

#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub name: &'static str,
    pub help: &'static str,
}

/// Metrics in the making; all are gauges. The samples of a family stand together, as the format asks.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<(Family, Vec<String>)>);

pub(super) type Label<'a> = (&'static str, &'a str);

impl Text {
    pub fn add(&mut self, family: Family, labels: &[Label<'_>], value: f64) {
        let mut sample = family.name.to_owned();
        for (number, (name, value)) in labels.iter().enumerate() {
            let before = if number == 0 { '{' } else { ',' };
            // Writing into a string cannot fail.
            let _ = write!(sample, "{before}{name}=\"{}\"", escaped(value));
        }
        if !labels.is_empty() {
            sample.push('}');
        }
        let _ = write!(sample, " {value}");
        match self.0.iter_mut().find(|(known, _)| known.name == family.name) {
            Some((_, samples)) => samples.push(sample),
            None => self.0.push((family, vec![sample])),
        }
    }

    /// What is not known has no sample: a number would be a lie.
    pub fn add_known(&mut self, family: Family, labels: &[Label<'_>], value: Option<f64>) {
        if let Some(value) = value {
            self.add(family, labels, value);
        }
    }

    pub fn finish(self) -> String {
        let mut text = String::new();
        for (Family { name, help }, samples) in self.0 {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
            for sample in samples {
                text.push_str(&sample);
                text.push('\n');
            }
        }
        text
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_stand_together_and_labels_are_escaped() {
        let free = Family { name: "free_bytes", help: "Free." };
        let mut text = Text::default();
        text.add(free, &[("place", "a\"b\\c\nd"), ("of", "bot")], 12.0);
        text.add(Family { name: "up", help: "Up." }, &[], 1.0);
        text.add(free, &[("place", "e")], 0.5);
        text.add_known(free, &[("place", "f")], None);
        let expected = "# HELP free_bytes Free.\n# TYPE free_bytes gauge\n\
            free_bytes{place=\"a\\\"b\\\\c\\nd\",of=\"bot\"} 12\nfree_bytes{place=\"e\"} 0.5\n\
            # HELP up Up.\n# TYPE up gauge\nup 1\n";
        assert_eq!(text.finish(), expected);
    }
}
