use crate::{Answer, Failure, Service};
use holdfast_domain::{Code, Outcome};
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::scheduler;
use jiff::civil::Time;
use jiff::{Span, Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct PauseArgs {
    /// `None`: all of them.
    pub deployment: Option<String>,
    pub pause: PauseFor,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum PauseFor {
    /// `90m`, `1h`, `2d`.
    Span(String),
    /// `tomorrow`, `tomorrow 08:00`, `18:30`, `2026-12-24 08:00`.
    Until(String),
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PauseAnswer {
    pub outcome: Outcome,
    pub deployments: Vec<String>,
    pub until: Timestamp,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ResumeAnswer {
    pub outcome: Outcome,
    /// Those that were paused.
    pub deployments: Vec<String>,
}

impl Service {
    /// Nothing is made by itself until then; backups by hand are. It ends by itself.
    pub fn pause(&self, args: &PauseArgs) -> Answer<PauseAnswer> {
        let profiles = self.each(args.deployment.as_deref())?;
        let until = self.until(&args.pause)?;
        for profile in &profiles {
            scheduler::pause(self.context(), &profile.id, until)?;
        }
        let deployments = profiles.iter().map(|profile| profile.name.to_string()).collect();
        Ok(PauseAnswer { outcome: Outcome::Done, deployments, until })
    }

    pub fn resume(&self, deployment: Option<&str>) -> Answer<ResumeAnswer> {
        let mut deployments = Vec::new();
        for profile in self.each(deployment)? {
            if scheduler::resume(self.context(), &profile.id)? {
                deployments.push(profile.name.to_string());
            }
        }
        Ok(ResumeAnswer { outcome: Outcome::Done, deployments })
    }

    fn each(&self, deployment: Option<&str>) -> Answer<Vec<Profile>> {
        if let Some(name) = deployment {
            return Ok(vec![self.profile(Some(name))?]);
        }
        let loaded = deployment::load_all(&self.context().home)?.profiles;
        if loaded.is_empty() { Err(Failure::no_deployment()) } else { Ok(loaded) }
    }

    fn until(&self, pause: &PauseFor) -> Answer<Timestamp> {
        let now = self.clock().now().to_zoned(self.clock().zone());
        let (text, until) = match pause {
            PauseFor::Span(text) => (text, after(text, &now)),
            PauseFor::Until(text) => (text, time(text, &now)),
        };
        until.map(|until| until.timestamp()).ok_or_else(|| {
            let step = "Write --for 90m, 1h or 2d, or --until 18:30, tomorrow, 'tomorrow 08:00' or '2026-12-24 08:00'.";
            Failure::new(Code::BadRequest, "the pause", format!("{text:?} is no time to come")).then(step)
        })
    }
}

fn after(text: &str, now: &Zoned) -> Option<Zoned> {
    let span: Span = text.trim().parse().ok()?;
    let until = now.checked_add(span).ok()?;
    (until > *now).then_some(until)
}

/// A time of day alone is the next one.
fn time(text: &str, now: &Zoned) -> Option<Zoned> {
    let text = text.trim().to_lowercase();
    let zone = now.time_zone().clone();
    let (date, rest) = match text.split_once([' ', 't']).filter(|(date, _)| date.len() == 10) {
        Some((date, rest)) => (Some(date.parse().ok()?), rest.trim().to_owned()),
        None => match text.strip_prefix("tomorrow") {
            Some(rest) => (Some(now.date().tomorrow().ok()?), rest.trim().to_owned()),
            None => (text.parse().ok(), if text.len() == 10 { String::new() } else { text.clone() }),
        },
    };
    let of_day = if rest.is_empty() { Time::midnight() } else { Time::strptime("%H:%M", &rest).ok()? };
    let on = |date: jiff::civil::Date| date.to_datetime(of_day).to_zoned(zone.clone()).ok();
    let until = match date {
        Some(date) => on(date)?,
        None if rest.is_empty() => return None,
        None => match on(now.date()).filter(|today| today > now) {
            Some(today) => today,
            None => on(now.date().checked_add(1.day()).ok()?)?,
        },
    };
    (until > *now).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        jiff::civil::date(2026, 11, 22).at(14, 30, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap()
    }

    #[test]
    fn times_to_come_are_understood() {
        let said = |text: &str| time(text, &now()).map(|at| at.strftime("%d %H:%M").to_string());
        for (text, expected) in [
            ("18:30", Some("22 18:30")),
            ("9:15", Some("23 09:15")),
            ("tomorrow", Some("23 00:00")),
            ("Tomorrow 08:00", Some("23 08:00")),
            ("2026-11-24", Some("24 00:00")),
            ("2026-11-24 08:00", Some("24 08:00")),
            ("2026-11-22 14:30", None),
            ("2026-11-21", None),
            ("soon", None),
            ("", None),
            ("25:00", None),
        ] {
            assert_eq!(said(text).as_deref(), expected, "{text}");
        }
        let span = |text: &str| after(text, &now()).map(|at| at.strftime("%d %H:%M").to_string());
        assert_eq!(span("1h").as_deref(), Some("22 15:30"));
        assert_eq!(span("90m").as_deref(), Some("22 16:00"));
        assert_eq!(span("2d").as_deref(), Some("24 14:30"));
        assert_eq!(span("1h30m").as_deref(), Some("22 16:00"));
        assert_eq!(span("-1h"), None);
        assert_eq!(span("0h"), None);
        assert_eq!(span("an hour"), None);
    }
}
