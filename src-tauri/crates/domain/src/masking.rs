//! Secrets in text that is shown: their values are covered, line by line, and everything else stays as it is.
mod keys;
mod tokens;

pub use keys::is_secret;

/// What stands where a secret was.
pub const MASK: &str = "••••••••";

/// Text with its secrets covered: as many lines as before. Goes by the names of settings (`*_KEY`, `TOKEN`, `PASSWORD`, ...) in whatever
/// form a file has them, by blocks of private keys, by passwords in addresses, and by the forms of well-known tokens. The
/// flag says whether anything was covered.
pub fn mask(file_name: &str, text: &str) -> (String, bool) {
    let mut masker = Masker { state: State::Plain, whole: keys::is_secret_file(file_name), covered: false };
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        out.push_str(&masker.line(line));
    }
    (out, masker.covered)
}

/// What goes on from one line to the next.
enum State {
    Plain,
    /// Until the line that ends a private key.
    Pem,
    /// A YAML block, or a list, below a key with this indentation.
    Block {
        indent: usize,
        items: bool,
    },
    /// A value until this closes it.
    Quoted(&'static str),
    /// Values in brackets.
    List,
}

struct Masker {
    state: State,
    whole: bool,
    covered: bool,
}

const QUOTES: [&str; 5] = ["\"\"\"", "'''", "\"", "'", "`"];

impl Masker {
    fn line(&mut self, line: &str) -> String {
        if self.whole {
            return self.cover_rest(line);
        }
        match self.state {
            State::Plain => {}
            State::Pem => {
                if line.contains("-----END") {
                    self.state = State::Plain;
                    return line.to_owned();
                }
                return self.cover_rest(line);
            }
            State::Block { indent, items } => {
                let text = line.trim_start();
                let deep = line.len() - text.len();
                let item = items && text.starts_with('-') && deep >= indent;
                if text.is_empty() {
                    return line.to_owned();
                }
                if item {
                    let (start, value) = line.split_at(deep + 1);
                    let space = value.len() - value.trim_start().len();
                    return format!("{start}{}{}", &value[..space], self.cover_rest(&value[space..]));
                }
                if !items && deep > indent {
                    return self.cover_rest(line);
                }
                self.state = State::Plain;
            }
            State::Quoted(quote) => {
                let Some(end) = closing(line, quote) else { return self.cover_rest(line) };
                self.state = State::Plain;
                self.covered = true;
                return format!("{MASK}{}", self.pairs(&line[end..]));
            }
            State::List => {
                let (text, end) = self.list(line);
                return format!("{text}{}", self.pairs(&line[end..]));
            }
        }
        if let Some(begin) = line.find("-----BEGIN").filter(|_| line.contains("PRIVATE KEY")) {
            let Some(end) = line.find("-----END") else {
                self.state = State::Pem;
                return line.to_owned();
            };
            self.covered = true;
            return format!("{}{MASK}{}", self.pairs(&line[..begin.min(end)]), &line[end.max(begin)..]);
        }
        let text = self.pairs(line);
        let (text, covered) = tokens::mask(&text);
        self.covered |= covered;
        text
    }

    /// The whole text but for the blanks before it.
    fn cover_rest(&mut self, text: &str) -> String {
        let start = text.len() - text.trim_start().len();
        if start == text.len() {
            return text.to_owned();
        }
        self.covered = true;
        format!("{}{MASK}", &text[..start])
    }

    /// Covers the values of secret settings in a line.
    fn pairs(&mut self, line: &str) -> String {
        let mut out = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(pair) = keys::next_pair(rest) {
            let (before, value) = rest.split_at(pair.value_at);
            out.push_str(before);
            rest = value;
            if is_secret(pair.key) {
                let taken = self.value(value, pair.quoted, pair.key, line, &mut out);
                rest = &value[taken..];
            }
        }
        out.push_str(rest);
        out
    }

    /// Writes a secret's value covered; how much of the text it was.
    fn value(&mut self, value: &str, in_json: bool, key: &str, line: &str, out: &mut String) -> usize {
        let indent = line.len() - line.trim_start().len();
        if let Some(quote) = QUOTES.into_iter().find(|quote| value.starts_with(quote)) {
            let inside = &value[quote.len()..];
            let end = closing(inside, quote);
            let content = end.map_or(inside, |end| &inside[..end - quote.len()]);
            out.push_str(quote);
            if !content.is_empty() || end.is_none() {
                self.covered = true;
                out.push_str(MASK);
            }
            let Some(end) = end else {
                self.state = State::Quoted(quote);
                return value.len();
            };
            out.push_str(quote);
            return quote.len() + end;
        }
        match value.chars().next() {
            None => {
                self.state = State::Block { indent, items: true };
                return 0;
            }
            Some('{') => return 0,
            Some('[') => {
                out.push('[');
                let (text, end) = self.list(&value[1..]);
                out.push_str(&text);
                return 1 + end;
            }
            Some('|' | '>') if value[1..].trim().chars().all(|c| "+-0123456789".contains(c)) => {
                self.state = State::Block { indent, items: false };
                out.push_str(value);
                return value.len();
            }
            Some(_) => {}
        }
        let end = if in_json { value.find([',', '}', ']']).unwrap_or(value.len()) } else { value.len() };
        let bare = value[..end].trim_end();
        if keys::says_nothing(key, bare) {
            out.push_str(&value[..end]);
        } else {
            self.covered = true;
            out.push_str(MASK);
            out.push_str(&value[bare.len()..end]);
        }
        end
    }

    /// Covers what is quoted, or stands bare, until the bracket closes.
    fn list(&mut self, text: &str) -> (String, usize) {
        self.state = State::Plain;
        let mut out = String::new();
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            if first == ']' {
                return (out, at);
            }
            let length = if let Some(quote) = QUOTES.into_iter().find(|quote| rest.starts_with(quote)) {
                let inside = &rest[quote.len()..];
                quote.len() + closing(inside, quote).unwrap_or(inside.len())
            } else if first == ',' || first.is_whitespace() {
                out.push(first);
                at += first.len_utf8();
                continue;
            } else {
                rest.find([',', ']']).unwrap_or(rest.len())
            };
            self.covered = true;
            out.push_str(MASK);
            at += length;
        }
        self.state = State::List;
        (out, at)
    }
}

/// Behind the next one of these quotation marks that closes.
fn closing(text: &str, quote: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return Some(at + quote.len());
        }
        let first = rest.chars().next()?;
        at += first.len_utf8();
        if first == '\\' && quote != "'" {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    None
}

#[cfg(test)]
mod tests;
