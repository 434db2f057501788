//! Times as people say them.
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan, Zoned};

/// What `moment` understands, for those who were not understood.
pub const TIMES: &str = "'2026-11-20 14:30', 2026-11-20, 20.11.2026, 14:30, noon, yesterday, 'yesterday 14:30', friday, \
                         'friday 9:15', 2h, '2 hours ago', 'an hour ago', now";

/// What a text says of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meant {
    /// The latest instant that is meant.
    pub until: Timestamp,
    /// Where a time of day was said, the first: from here on it names what was made then. A day, or a time gone by, names
    /// nothing.
    from: Option<Timestamp>,
}

impl Meant {
    /// Whether the very minute, second or instant was said in which something was made, as lists show it.
    pub fn names(&self, made: Timestamp) -> bool {
        self.from.is_some_and(|from| (from..=self.until).contains(&made))
    }
}

/// What a text means. What is said without seconds covers its minute, as `list` shows it, and a date
/// alone its day: `2026-11-20T14:30:00Z`, `2026-11-20 14:30`, `20.11.2026`, `yesterday 14:30`, `friday`, `2h`,
/// `an hour ago`, `now`. A time alone is that of today, or of yesterday where that is yet to come; so with weekdays.
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Meant> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        let time = text.get(11..)?.split(['Z', 'z', '+', '-']).next()?;
        return cover(instant, grain(time));
    }
    let day_or_past = |until| Some(Meant { until, from: None });
    let text = text.to_lowercase();
    let local = now.to_zoned(zone.clone());
    if text == "now" {
        return day_or_past(now);
    }
    if let Some(past) = ago(&text, &local) {
        return day_or_past(past);
    }
    let (day, rest) = day(&text, &local)?;
    let rest = rest.strip_prefix("at ").unwrap_or(rest).trim();
    if rest.is_empty() {
        let (Day::Weekday(date) | Day::Fixed(date)) = day else { return None };
        return day_or_past(date.to_zoned(zone.clone()).ok()?.end_of_day().ok()?.timestamp());
    }
    let time = time_of_day(rest)?;
    let at = |date: Date| date.to_datetime(time).to_zoned(zone.clone()).ok().map(|z| z.timestamp());
    let start = match day {
        Day::Weekday(date) if at(date)? > now => at(date.checked_sub(7.days()).ok()?)?,
        Day::None if at(local.date())? > now => at(local.date().yesterday().ok()?)?,
        Day::Fixed(date) | Day::Weekday(date) => at(date)?,
        Day::None => at(local.date())?,
    };
    cover(start, grain(rest))
}

enum Day {
    Fixed(Date),
    /// The last such day, today included.
    Weekday(Date),
    None,
}

/// The day that a text begins with, and what follows it.
fn day<'a>(text: &'a str, local: &Zoned) -> Option<(Day, &'a str)> {
    let text = text.strip_prefix("last ").unwrap_or(text);
    // `2026-11-20t14:30`, in lower case by now.
    let by_letter = text.get(..10).filter(|date| date.parse::<Date>().is_ok() && text[10..].starts_with('t'));
    let (word, rest) = match by_letter {
        Some(date) => (date, &text[11..]),
        None => text.split_once([' ', ',']).unwrap_or((text, "")),
    };
    let found = match word {
        "today" => Day::Fixed(local.date()),
        "yesterday" => Day::Fixed(local.date().yesterday().ok()?),
        word => match weekday(word) {
            Some(weekday) => {
                let back = local.date().weekday().since(weekday);
                Day::Weekday(local.date().checked_sub(i64::from(back).days()).ok()?)
            }
            None => match date(word) {
                Some(date) => Day::Fixed(date),
                None => return Some((Day::None, text)),
            },
        },
    };
    Some((found, rest.trim()))
}

fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    DAYS.iter().find(|(name, _)| word.len() >= 3 && name.starts_with(word)).map(|(_, day)| *day)
}

/// `2026-11-20` or `20.11.2026`. With strokes the month could be either of two.
fn date(word: &str) -> Option<Date> {
    if word.len() == 10
        && let Ok(date) = word.parse()
    {
        return Some(date);
    }
    let parts: Vec<&str> = word.split('.').collect();
    let [day, month, year] = parts[..] else { return None };
    Date::new(year.parse().ok().filter(|_| year.len() == 4)?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `14:30`, `9:15`, `14:30:10`, `2pm`, `2:30 pm`, `noon`, `midnight`.
fn time_of_day(text: &str) -> Option<Time> {
    match text {
        "noon" => return Some(Time::constant(12, 0, 0, 0)),
        "midnight" => return Some(Time::midnight()),
        _ => {}
    }
    let half = ["am", "pm"].into_iter().find(|half| text.ends_with(half));
    let digits = half.map_or(text, |half| text.trim_end_matches(half).trim());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let parts =
        whole.split(':').map(|part| part.parse().ok().filter(|_| part.len() <= 2)).collect::<Option<Vec<i8>>>()?;
    if !fraction.is_empty() {
        return text.parse().ok();
    }
    let (hour, minute, second) = match (parts[..].as_ref(), half) {
        ([hour], Some(_)) => (*hour, 0, 0),
        ([hour, minute], _) => (*hour, *minute, 0),
        ([hour, minute, second], _) => (*hour, *minute, *second),
        _ => return None,
    };
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some("pm") => hour % 12 + 12,
        Some(_) => hour % 12,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

/// `2h`, `2 hours ago`, `an hour ago`, `half an hour ago`.
fn ago(text: &str, local: &Zoned) -> Option<Timestamp> {
    // Hours, minutes and seconds with colons would be a time of day.
    if text.contains(':') {
        return None;
    }
    let span = match text.strip_suffix("ago") {
        Some(span) => span.trim(),
        None if text.starts_with(|c: char| c.is_ascii_digit()) => text,
        None => return None,
    };
    let span = span.replace("half an hour", "30 min");
    let span = match span.split_once(' ') {
        Some(("a" | "an" | "one", rest)) => format!("1 {rest}"),
        _ => span,
    };
    let span: Span = span.parse().ok().filter(|span: &Span| span.is_positive())?;
    local.checked_sub(span).ok().map(|z| z.timestamp())
}

/// How much a time of day covers beyond its beginning.
fn grain(time: &str) -> SignedDuration {
    if time.contains('.') {
        SignedDuration::ZERO
    } else if time.matches(':').count() >= 2 || (time.len() == 6 && time.bytes().all(|b| b.is_ascii_digit())) {
        SignedDuration::from_secs(1)
    } else {
        SignedDuration::from_mins(1)
    }
}

fn cover(start: Timestamp, grain: SignedDuration) -> Option<Meant> {
    let until = if grain.is_zero() {
        start
    } else {
        start.checked_add(grain).ok()?.checked_sub(SignedDuration::from_nanos(1)).ok()?
    };
    Some(Meant { until, from: Some(start) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In Berlin it is a quarter to two on a Saturday.
    fn meant(text: &str) -> String {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-21T13:45:10+01:00".parse().unwrap();
        moment(text, now, &zone).map_or_else(|| "-".to_owned(), |meant| meant.until.to_string())
    }

    #[test]
    fn times_are_taken_as_people_say_them() {
        for (text, expected) in [
            ("2026-11-20T14:30:00Z", "2026-11-20T14:30:00.999999999Z"),
            ("2026-11-20T14:30:00.5Z", "2026-11-20T14:30:00.5Z"),
            ("2026-11-20T14:30:00+01:00", "2026-11-20T13:30:00.999999999Z"),
            ("2026-11-20 14:30", "2026-11-20T13:30:59.999999999Z"),
            ("2026-11-20T14:30", "2026-11-20T13:30:59.999999999Z"),
            ("2026-11-20 14:30:10", "2026-11-20T13:30:10.999999999Z"),
            ("2026-11-20", "2026-11-20T22:59:59.999999999Z"),
            ("20.11.2026", "2026-11-20T22:59:59.999999999Z"),
            ("20.11.2026 14:30", "2026-11-20T13:30:59.999999999Z"),
            ("yesterday 14:30", "2026-11-20T13:30:59.999999999Z"),
            ("Yesterday at 14:30", "2026-11-20T13:30:59.999999999Z"),
            ("yesterday", "2026-11-20T22:59:59.999999999Z"),
            ("13:00", "2026-11-21T12:00:59.999999999Z"),
            ("14:30", "2026-11-20T13:30:59.999999999Z"),
            ("13:45", "2026-11-21T12:45:59.999999999Z"),
            ("noon", "2026-11-21T11:00:59.999999999Z"),
            ("2pm", "2026-11-20T13:00:59.999999999Z"),
            ("2:30 am", "2026-11-21T01:30:59.999999999Z"),
            ("today 9:15", "2026-11-21T08:15:59.999999999Z"),
            ("friday", "2026-11-20T22:59:59.999999999Z"),
            ("last Fri", "2026-11-20T22:59:59.999999999Z"),
            ("saturday 15:00", "2026-11-14T14:00:59.999999999Z"),
            ("saturday 9:00", "2026-11-21T08:00:59.999999999Z"),
            ("2h ago", "2026-11-21T10:45:10Z"),
            ("2 hours ago", "2026-11-21T10:45:10Z"),
            ("2h", "2026-11-21T10:45:10Z"),
            ("3 days", "2026-11-18T12:45:10Z"),
            ("an hour ago", "2026-11-21T11:45:10Z"),
            ("half an hour ago", "2026-11-21T12:15:10Z"),
            ("now", "2026-11-21T12:45:10Z"),
        ] {
            assert_eq!(meant(text), expected, "{text}");
        }
    }

    #[test]
    fn a_time_of_day_names_what_was_made_then_and_a_day_or_a_time_gone_by_does_not() {
        let now: Timestamp = "2026-11-21T12:45:10Z".parse().unwrap();
        let names = |text: &str, made: &str| moment(text, now, &TimeZone::UTC).unwrap().names(made.parse().unwrap());
        assert!(names("12:30", "2026-11-21T12:30:00Z") && names("12:30", "2026-11-21T12:30:59.5Z"));
        assert!(!names("12:30", "2026-11-21T12:29:59Z") && !names("12:30", "2026-11-21T12:31:00Z"));
        assert!(names("2026-11-20T14:30:10Z", "2026-11-20T14:30:10.25Z"));
        assert!(!names("2026-11-20T14:30:10Z", "2026-11-20T14:30:09Z"));
        for text in ["now", "0 min ago", "today", "saturday", "2026-11-21", "1h"] {
            let made = |meant: Meant| meant.names(meant.until);
            assert!(!moment(text, now, &TimeZone::UTC).is_some_and(made), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_guessed_at() {
        for text in
            ["", "latest", "chatbot_2026", "soon", "11/12/2026", "25:00", "13pm", "12", "today 77", "-2h", "20.11.26"]
        {
            assert_eq!(meant(text), "-", "{text}");
        }
    }
}
