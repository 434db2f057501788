use super::{ago_words, duration_words};
use crate::RecoveryPoint;
use holdfast_domain::Class;
use jiff::Timestamp;
use std::time::Duration;

/// A class of files as people call it, in the plural.
pub fn class_words(class: Class) -> &'static str {
    match class {
        Class::Database => "databases",
        Class::Files => "files",
        Class::Vectors => "vector stores",
        Class::Config => "configuration files",
        Class::Application => "application files",
        Class::Logs => "logs",
        Class::Recreatable => "re-creatable files",
    }
}

/// What is equally old in one line: `databases, files: 12 min old, of 1 h at most`.
pub fn points_words(points: &[RecoveryPoint], now: Timestamp) -> Vec<String> {
    let mut lines: Vec<(RecoveryPoint, Vec<&'static str>)> = Vec::new();
    for point in points {
        let same = |other: &RecoveryPoint| {
            (other.at, other.target_seconds, other.overdue) == (point.at, point.target_seconds, point.overdue)
        };
        match lines.iter_mut().find(|(other, _)| same(other)) {
            Some((_, classes)) => classes.push(class_words(point.class)),
            None => lines.push((*point, vec![class_words(point.class)])),
        }
    }
    let words = |(point, classes): (RecoveryPoint, Vec<&str>)| {
        let most = duration_words(Duration::from_secs(point.target_seconds));
        let what = classes.join(", ");
        let Some(at) = point.at else { return format!("{what}: none comes back whole") };
        let age = duration_words(Duration::try_from(now.duration_since(at)).unwrap_or_default());
        let late = if point.overdue { ", overdue" } else { "" };
        format!("{what}: {age} old, of {most} at most{late}")
    };
    lines.into_iter().map(words).collect()
}

/// `The databases and files of bot were last backed up 3 h ago.`
pub fn overdue_title(deployment: &str, classes: &[Class], newest: Option<Timestamp>, now: Timestamp) -> String {
    let what = match classes {
        [] => "files".to_owned(),
        [one] => class_words(*one).to_owned(),
        [one, other] => format!("{} and {}", class_words(*one), class_words(*other)),
        [first, others @ ..] => format!("{} and {} more kinds of files", class_words(*first), others.len()),
    };
    match newest {
        Some(at) => format!("The {what} of {deployment} were last backed up {}.", ago_words(at, now)),
        None => format!("No archive brings the {what} of {deployment} back."),
    }
}

/// What there is to do, beyond waiting.
pub fn overdue_step(place_is_there: bool) -> &'static str {
    if place_is_there {
        "What changed since then is in no archive. Back up now, or open Holdfast to see why it waits."
    } else {
        "What changed since then is in no archive. The place where archives are made is not there: plug it in."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_what_is_behind_and_since_when() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let at = Some("2026-11-21T09:00:00Z".parse().unwrap());
        let said = |classes: &[Class]| overdue_title("bot", classes, at, now);
        assert_eq!(said(&[Class::Database]), "The databases of bot were last backed up 3 h ago.");
        assert_eq!(
            said(&[Class::Database, Class::Files]),
            "The databases and files of bot were last backed up 3 h ago."
        );
        assert_eq!(
            said(&[Class::Database, Class::Files, Class::Logs]),
            "The databases and 2 more kinds of files of bot were last backed up 3 h ago."
        );
        assert_eq!(overdue_title("bot", &[Class::Database], None, now), "No archive brings the databases of bot back.");
    }
}
