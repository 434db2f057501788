use super::Passphrase;

/// How well a passphrase would stand against someone who holds the drive and guesses.
#[derive(Debug, Clone, PartialEq)]
pub struct Strength {
    /// Decimal logarithm of the number of guesses that an informed attacker needs.
    pub guesses_log10: f64,
    pub verdict: Verdict,
    /// What would make it better, in English; empty where nothing needs saying.
    pub advice: Vec<String>,
}

/// The recovery key's scrypt costs an attacker about a second and 256 MiB a guess, so some
/// thousand guesses a second are a lot: 10^8 of them are a day, 10^11 are years, 10^14 out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Weak,
    Fair,
    Good,
    Strong,
}

pub fn strength(passphrase: &Passphrase) -> Strength {
    let estimate = zxcvbn::zxcvbn(passphrase.expose(), &["holdfast", "backup", "chatbot"]);
    let guesses_log10 = estimate.guesses_log10();
    let verdict = match guesses_log10 {
        log if log < 8.0 => Verdict::Weak,
        log if log < 11.0 => Verdict::Fair,
        log if log < 14.0 => Verdict::Good,
        _ => Verdict::Strong,
    };
    let mut advice = Vec::new();
    if verdict < Verdict::Good {
        if let Some(feedback) = estimate.feedback() {
            advice.extend(feedback.warning().map(|warning| warning.to_string()));
            advice.extend(feedback.suggestions().iter().map(ToString::to_string));
        }
        if advice.is_empty() {
            advice.push("Use five or more unrelated words.".to_owned());
        }
    }
    Strength { guesses_log10, verdict, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Verdict {
        strength(&Passphrase::new(text).unwrap()).verdict
    }

    #[test]
    fn what_everyone_uses_is_weak_however_it_is_dressed_up() {
        for text in ["password", "P@ssw0rd1", "qwertyuiop", "20112026", "holdfast"] {
            assert_eq!(verdict(text), Verdict::Weak, "{text}");
        }
    }

    #[test]
    fn unrelated_words_are_strong() {
        assert_eq!(verdict("gravel otter pension mosaic thursday"), Verdict::Strong);
    }

    #[test]
    fn a_weak_one_comes_with_advice_and_a_strong_one_without() {
        assert!(!strength(&Passphrase::new("dragon12").unwrap()).advice.is_empty());
        let strong = strength(&Passphrase::new("gravel otter pension mosaic thursday").unwrap());
        assert_eq!(strong.advice, Vec::<String>::new());
    }
}
