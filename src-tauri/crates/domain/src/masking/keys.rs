/// A setting in a line.
pub(super) struct Pair<'a> {
    pub key: &'a str,
    /// The key stands in quotation marks, as in JSON.
    pub quoted: bool,
    /// Where its value begins.
    pub value_at: usize,
}

/// The next `key: value` or `key = value` of a text.
pub(super) fn next_pair(text: &str) -> Option<Pair<'_>> {
    let mut from = 0;
    while let Some(found) = text[from..].find([':', '=']) {
        let at = from + found;
        from = at + 1;
        // `:=`, `=>` and `==` are one sign.
        let after = text[from..].trim_start_matches(['=', '>', ':']);
        // A key that an address begins with is none.
        if text[at..].starts_with("://") {
            continue;
        }
        let before = text[..at].trim_end_matches([' ', '\t', ':', '=', '+', '?']);
        let (name, quoted) = match before.strip_suffix(['"', '\'']) {
            Some(inside) => (inside, true),
            None => (before, false),
        };
        let start = name
            .rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
            .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
        if start == name.len() {
            continue;
        }
        let value = after.trim_start_matches([' ', '\t']);
        return Some(Pair { key: &name[start..], quoted, value_at: text.len() - value.len() });
    }
    None
}

/// The words of a name such as `OPENAI_API_KEY`, `apiKey` or `db.password`, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last_small = false;
    let mut begins = true;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            begins = true;
            continue;
        }
        if begins || (last_small && letter.is_uppercase()) {
            words.push(String::new());
        }
        begins = false;
        last_small = letter.is_lowercase() || letter.is_numeric();
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

/// Names that mean a secret wherever they stand in a setting's name.
const ANYWHERE: [&str; 12] = [
    "secret",
    "secrets",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "apikey",
    "apikeys",
    "credential",
    "credentials",
    "pwd",
    "authtoken",
];
/// And those that do at its end.
const LAST: [&str; 10] = ["token", "tokens", "pass", "pat", "salt", "pepper", "cookie", "authorization", "jwt", "dsn"];
/// Keys that are no secrets.
const OPEN: [&str; 12] = [
    "public",
    "primary",
    "foreign",
    "sort",
    "partition",
    "cache",
    "hot",
    "shortcut",
    "index",
    "order",
    "group",
    "unique",
];
/// Behind a secret's word these tell of it, and are not it.
const ABOUT: [&str; 12] =
    ["file", "path", "length", "len", "min", "max", "policy", "expires", "expiry", "ttl", "name", "id"];

/// Behind a secret's word these say how it is written; it is one all the same.
const WRITTEN: [&str; 8] = ["encrypted", "enc", "hash", "hashed", "value", "raw", "b64", "base64"];

/// Whether a setting of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let mut words = words(name);
    while words.len() > 1 && words.last().is_some_and(|last| WRITTEN.contains(&last.as_str())) {
        words.pop();
    }
    let Some(last) = words.last().map(String::as_str) else { return false };
    let among = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if ABOUT.contains(&last) && words.len() > 1 {
        return false;
    }
    let key = matches!(last, "key" | "keys") && words.len() > 1 && !among(&OPEN);
    // `max_tokens` counts words of a model.
    let counts = matches!(last, "tokens") && among(&["max", "min", "num", "n", "total", "prompt", "completion"]);
    among(&ANYWHERE) || (LAST.contains(&last) && !counts) || key
}

/// Whether a file is one secret from its first byte to its last.
pub(super) fn is_secret_file(name: &str) -> bool {
    if [".netrc", ".pgpass", ".htpasswd", "id_rsa", "id_ed25519", "id_ecdsa", "id_dsa"].contains(&name) {
        return true;
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending),
        _ => (name, ""),
    };
    let alone = matches!(ending, "" | "txt" | "secret" | "token" | "pass" | "password");
    ending == "secret" || (alone && is_secret(stem))
}

/// A value that gives nothing away: empty, a yes or no, or a count of tokens.
pub(super) fn says_nothing(key: &str, value: &str) -> bool {
    let plain = value.trim_end_matches([',', ';']).to_ascii_lowercase();
    let count = plain.len() < 8 && !plain.is_empty() && plain.bytes().all(|c| c.is_ascii_digit());
    matches!(plain.as_str(), "" | "true" | "false" | "null" | "none" | "~" | "yes" | "no")
        || plain.starts_with('#')
        || (count && key.to_ascii_lowercase().ends_with("tokens"))
}
