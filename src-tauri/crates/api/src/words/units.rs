use std::time::Duration;

/// `4.2 s`, `42 s`, `3 min 20 s`, `32 min`, `2 h 5 min`, `3 days`.
pub fn duration_words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (minutes, hours) = (whole / 60, whole / 3600);
    if whole < 60 {
        format!("{whole} s")
    } else if minutes < 10 {
        with_rest(minutes, "min", whole % 60, "s")
    } else if hours < 1 {
        format!("{minutes} min")
    } else if hours < 48 {
        with_rest(hours, "h", minutes % 60, "min")
    } else {
        format!("{} days", hours / 24)
    }
}

fn with_rest(count: u64, unit: &str, rest: u64, rest_unit: &str) -> String {
    if rest == 0 { format!("{count} {unit}") } else { format!("{count} {unit} {rest} {rest_unit}") }
}

/// Thousands apart: `20,774`.
pub fn number_words(number: u64) -> String {
    let digits = number.to_string();
    let mut words = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

/// `1 file`, `20,774 files`.
pub fn count_words(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", number_words(number), if number == 1 { one } else { many })
}

/// Text from file names and the like, safe for a terminal: control characters are shown and not sent.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        // Marks that turn the direction of text can make a name look like another.
        let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns {
            safe.extend(letter.escape_default());
        } else {
            safe.push(letter);
        }
    }
    safe
}
