//! When something will be full, as it grew lately.
use jiff::{SignedDuration, Timestamp};

/// The least that is known before anything is foretold.
const SPAN: SignedDuration = SignedDuration::from_hours(24);
const POINTS: usize = 4;

/// When a share of 100 % is reached, by a straight line through what was seen. `None` where it does not grow, or too little
/// is known, or it is farther away than a year.
pub fn full_at(points: &[(Timestamp, f64)]) -> Option<Timestamp> {
    let first = points.iter().map(|(at, _)| *at).min()?;
    let last = points.iter().map(|(at, _)| *at).max()?;
    if points.len() < POINTS || last.duration_since(first) < SPAN {
        return None;
    }
    let days = |at: Timestamp| at.duration_since(first).as_secs_f64() / 86_400.0;
    let count = points.len() as f64;
    let mean_day = points.iter().map(|(at, _)| days(*at)).sum::<f64>() / count;
    let mean = points.iter().map(|(_, percent)| percent).sum::<f64>() / count;
    let spread = points.iter().map(|(at, _)| (days(*at) - mean_day).powi(2)).sum::<f64>();
    let both = points.iter().map(|(at, percent)| (days(*at) - mean_day) * (percent - mean)).sum::<f64>();
    let a_day = both / spread;
    // Less than this is noise.
    if !a_day.is_finite() || a_day < 0.01 {
        return None;
    }
    let at_day = mean_day + (100.0 - mean) / a_day;
    let ahead = at_day - days(last);
    (0.0..365.0).contains(&ahead).then(|| last + SignedDuration::from_secs((ahead * 86_400.0) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(percents: &[f64]) -> Vec<(Timestamp, f64)> {
        let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        percents.iter().enumerate().map(|(day, p)| (start + SignedDuration::from_hours(24 * day as i64), *p)).collect()
    }

    #[test]
    fn a_line_is_followed_to_its_end() {
        let full = full_at(&points(&[50.0, 55.0, 60.0, 65.0])).unwrap();
        assert_eq!(full.to_string(), "2026-11-11T00:00:00Z");
        assert_eq!(full_at(&points(&[50.0, 50.0, 50.0, 50.0])), None, "it does not grow");
        assert_eq!(full_at(&points(&[60.0, 55.0, 50.0, 45.0])), None, "it shrinks");
        assert_eq!(full_at(&points(&[50.0, 55.0, 60.0])), None, "too little is known");
        assert_eq!(full_at(&points(&[50.0, 50.1, 50.2, 50.3])), None, "farther than a year");
        assert_eq!(full_at(&[]), None);
        let same = points(&[50.0])[0];
        assert_eq!(full_at(&[same, same, same, same]), None);
    }
}
