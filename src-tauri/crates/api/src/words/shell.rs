//! What a person copies into a shell.

/// One word of a command, as it can be typed into a shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_needs_them() {
        for (word, expected) in [
            ("--at", "--at"),
            ("yesterday 14:30", "'yesterday 14:30'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("*.tmp", "'*.tmp'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
