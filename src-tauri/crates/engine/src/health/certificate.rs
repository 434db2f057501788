use super::{Look, Probe, Seen};
use holdfast_domain::health::Unit;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};

/// Until when the certificates in some files are good.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub paths: Vec<PathBuf>,
    pub warn_days: u32,
}

/// From when to when a certificate is good.
type Span = (Timestamp, Timestamp);

/// Of the certificates in a file, in PEM or as they are; `None` where there is none.
fn spans(path: &Path) -> std::io::Result<Option<Vec<Span>>> {
    let bytes = std::fs::read(path)?;
    let mut found = Vec::new();
    let mut ders: Vec<Vec<u8>> =
        CertificateDer::pem_slice_iter(&bytes).map_while(Result::ok).map(|der| der.as_ref().to_vec()).collect();
    if ders.is_empty() && bytes.first() == Some(&0x30) {
        ders.push(bytes);
    }
    for der in &ders {
        let Some(span) = validity(der) else { return Ok(None) };
        found.push(span);
    }
    Ok((!found.is_empty()).then_some(found))
}

/// The two dates of a certificate (RFC 5280, 4.1.2.5): all that is asked of it, so its structure is followed no further.
fn validity(der: &[u8]) -> Option<Span> {
    let (_, certificate, _) = element(der)?;
    let (_, mut fields, _) = element(certificate)?;
    // The version is the only field that may be absent before them; then come serial number, algorithm and issuer.
    if fields.first() == Some(&0xa0) {
        fields = element(fields)?.2;
    }
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (_, dates, _) = element(fields)?;
    let (kind, from, dates) = element(dates)?;
    let from = time(kind, from)?;
    let (kind, until, _) = element(dates)?;
    Some((from, time(kind, until)?))
}

/// One element of DER: its kind, its content, and what comes behind it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let (length, rest) = rest.split_at_checked(count)?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((kind, content, rest))
}

/// `YYMMDDHHMMSSZ`, or with four digits of the year.
fn time(kind: u8, text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (kind, text.len()) {
        (0x17, 12) => {
            let year: i16 = text[..2].parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, &text[2..])
        }
        (0x18, 14) => (text[..4].parse().ok()?, &text[4..]),
        _ => return None,
    };
    let part = |at: usize| rest[at..at + 2].parse::<i8>().ok();
    let at = jiff::civil::DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

impl Look for Certificate {
    fn look(&self, probe: &Probe) -> Seen {
        let now = probe.clock.now();
        let mut first: Option<(Timestamp, String)> = None;
        let mut count = 0;
        for path in &self.paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match spans(path) {
                Ok(Some(found)) => {
                    count += found.len();
                    for (from, until) in found {
                        if from > now {
                            let text = format!("{name} is good only from {} on", from.strftime("%F"));
                            return Seen::failing(
                                text,
                                "Look at this machine's clock, or take the certificate before.",
                            );
                        }
                        if first.as_ref().is_none_or(|(known, _)| until < *known) {
                            first = Some((until, name.clone()));
                        }
                    }
                }
                Ok(None) => {
                    let step = "Restore it from an archive, or have it made anew.";
                    return Seen::failing(format!("{name} holds no certificate that can be read"), step);
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    let step = "Restore it from an archive, or have it made anew.";
                    return Seen::failing(format!("{name} is not there"), step);
                }
                Err(e) => return Seen::unknown(format!("{name} cannot be read: {e}"), "Let this user read it."),
            }
        }
        let Some((until, name)) = first else { return Seen::ok("there is none") };
        let days = until.duration_since(now).as_hours() / 24;
        let step = "Renew it (certbot renew, or what made it), and let the web server read it again.";
        let date = until.strftime("%F");
        let seen = if until <= now {
            Seen::failing(format!("{name} expired on {date}"), step)
        } else if days < i64::from(self.warn_days) {
            Seen::warning(format!("{name} expires on {date}, in {days} days"), step)
        } else if count > 1 {
            Seen::ok(format!("the first of {count} expires on {date} ({name})"))
        } else {
            Seen::ok(format!("{name} is good until {date}"))
        };
        seen.with(days as f64, Unit::Days)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use crate::FixedClock;
    use holdfast_domain::health::State;
    use std::sync::Arc;

    /// Made with `openssl req -x509 -newkey ed25519`, good from 2026-01-01 to 2027-01-01.
    const PEM: &str = include_str!("certificate.pem");

    #[test]
    fn a_certificate_is_good_until_it_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bot.pem");
        std::fs::write(&path, format!("# a comment\n{PEM}")).unwrap();
        let look = |now: &str| {
            let mut probe = probe(dir.path());
            probe.clock = Arc::new(FixedClock(now.parse().unwrap()));
            Certificate { paths: vec![path.clone()], warn_days: 21 }.look(&probe)
        };
        assert_eq!(look("2026-06-01T00:00:00Z").text, "bot.pem is good until 2027-01-01");
        let soon = look("2026-12-20T00:00:00Z");
        assert!(soon.state == State::Warning && soon.text.ends_with("in 12 days"), "{soon:?}");
        assert_eq!(look("2027-01-02T00:00:00Z").text, "bot.pem expired on 2027-01-01");
        assert!(look("2025-12-01T00:00:00Z").text.contains("only from 2026-01-01"));
        let broken = PEM.replace("MIHT", "MIHU");
        std::fs::write(&path, broken).unwrap();
        assert_eq!(look("2026-06-01T00:00:00Z").state, State::Failing);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(look("2026-06-01T00:00:00Z").text, "bot.pem is not there");
    }

    #[test]
    fn bytes_that_are_no_certificate_are_none() {
        let der = CertificateDer::pem_slice_iter(PEM.as_bytes()).next().unwrap().unwrap();
        assert!(validity(&der).is_some());
        for end in 0..der.len() {
            assert_eq!(validity(&der[..end]), None);
        }
        for (kind, text) in
            [(0x17, "991332000000Z"), (0x17, "26010100000Z"), (0x18, "20260101000000"), (2, "260101000000Z")]
        {
            assert_eq!(time(kind, text.as_bytes()), None, "{text}");
        }
        assert_eq!(time(0x17, b"500101000000Z").unwrap().to_string(), "1950-01-01T00:00:00Z");
        assert_eq!(time(0x18, b"20491231235959Z").unwrap().to_string(), "2049-12-31T23:59:59Z");
    }
}
