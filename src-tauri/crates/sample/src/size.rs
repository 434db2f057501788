//! Sizes as people write them: `50MB`, `2 GB`, `300000`. Units are decimal.

use std::str::FromStr;

use crate::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid(text, "not a size; write one like 50MB or 1.5GB");
        let trimmed = text.trim();
        let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let unit = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "k" | "kb" => 1e3,
            "m" | "mb" => 1e6,
            "g" | "gb" => 1e9,
            "t" | "tb" => 1e12,
            _ => return Err(wrong()),
        };
        let bytes = number * unit;
        if bytes.is_finite() && bytes < 1e18 { Ok(Self(bytes.round() as u64)) } else { Err(wrong()) }
    }
}

/// Bytes in decimal units, for people.
pub fn human(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_decimal() {
        for (text, bytes) in [("50MB", 50_000_000), ("2 GB", 2_000_000_000), ("1.5k", 1_500), ("7", 7)] {
            assert_eq!(text.parse::<Size>().unwrap(), Size(bytes), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "MB", "5 MiB", "-5MB", "1.2.3GB", "999999999TB"] {
            assert!(text.parse::<Size>().is_err(), "{text:?}");
        }
    }
}
