use super::MASK;

/// What tokens of well-known services begin with.
const BEGINNINGS: [&str; 14] = [
    "sk-",
    "sk_live_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "hf_",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "AIza",
    "eyJ",
    "AGE-SECRET-KEY-",
];
/// Shorter ones are words.
const SHORTEST: usize = 16;

/// Covers tokens by their form, and passwords in addresses (`postgres://ana:PASSWORD@host`).
pub(super) fn mask(line: &str) -> (String, bool) {
    let (text, first) = addresses(line);
    let (text, second) = tokens(&text);
    (text, first || second)
}

fn addresses(line: &str) -> (String, bool) {
    let mut out = String::with_capacity(line.len());
    let (mut rest, mut covered) = (line, false);
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        rest = after;
        let host = rest.find(|c: char| c.is_whitespace() || "/\"'<>".contains(c)).unwrap_or(rest.len());
        let Some(sign) = rest[..host].rfind('@') else { continue };
        let Some(colon) = rest[..sign].find(':').filter(|colon| colon + 1 < sign) else { continue };
        out.push_str(&rest[..=colon]);
        out.push_str(MASK);
        covered = true;
        rest = &rest[sign..];
    }
    out.push_str(rest);
    (out, covered)
}

fn tokens(line: &str) -> (String, bool) {
    let part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let mut out = String::with_capacity(line.len());
    let mut covered = false;
    let mut rest = line;
    let mut bearer = false;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..length];
        let known = BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)) && word.len() >= SHORTEST;
        if known || (bearer && word.len() >= 8) {
            covered = true;
            out.push_str(MASK);
        } else {
            out.push_str(word);
        }
        bearer = word.eq_ignore_ascii_case("bearer");
        rest = &rest[length..];
    }
    (out, covered)
}
