//! A person ticks what is left out, by its path; settings hold patterns.
use std::path::Path;

/// As `include_recreatable` takes it: paths in one of the roots become patterns for just these, anything else stays the
/// pattern that it is. A root itself means the files right in it, and none of its folders.
pub fn put_in(wanted: &[String], roots: &[&Path]) -> Vec<String> {
    // The later line decides, so what takes folders out again comes before those that were asked for.
    let mut patterns = Vec::new();
    if wanted.iter().any(|text| below(text, roots).as_deref() == Some("")) {
        patterns.extend(["/*".to_owned(), "!/*/".to_owned()]);
    }
    for text in wanted {
        match below(text, roots) {
            Some(below) if below.is_empty() => {}
            Some(below) => patterns.push(format!("/{}", literal(&below))),
            None => patterns.push(text.clone()),
        }
    }
    patterns
}

/// What is left of a path below the root that it lies in.
fn below(text: &str, roots: &[&Path]) -> Option<String> {
    let path = Path::new(text);
    if !path.is_absolute() {
        return None;
    }
    let real = path.canonicalize().ok();
    let ways = std::iter::once(path).chain(real.as_deref());
    let rest = ways.flat_map(|way| roots.iter().filter_map(move |root| way.strip_prefix(root).ok())).next()?;
    Some(rest.to_str()?.to_owned())
}

/// A path as a pattern that means it and nothing else.
fn literal(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '\\' | '*' | '?' | '[' | ']' | '{' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    // White space at the end of a line does not count.
    let kept = out.trim_end().len();
    let blanks = out[kept..].chars().count();
    out.truncate(kept);
    out.extend(std::iter::repeat_n('?', blanks));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::pattern::Patterns;

    fn covered(wanted: &[&str], path: &str, is_dir: bool) -> bool {
        let wanted: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
        let lines = put_in(&wanted, &[Path::new("/srv/bot"), Path::new("/opt/more")]);
        let patterns = Patterns::new(lines.iter().map(String::as_str)).unwrap();
        matches!(patterns.last(path.as_bytes(), is_dir), Some((_, false)))
    }

    #[test]
    fn a_path_means_itself_and_what_is_below() {
        let wanted = ["/srv/bot/cache/a[1]*", "/opt/more/end ", "*.gguf"];
        for (path, is_dir, expected) in [
            ("cache/a[1]*", true, true),
            ("cache/a[1]*/x/y", false, true),
            ("cache/a1b", true, false),
            ("x/cache/a[1]*", true, false),
            ("end ", true, true),
            ("ends", true, true),
            ("end", true, false),
            ("deep/in/w.gguf", false, true),
        ] {
            assert_eq!(covered(&wanted, path, is_dir), expected, "{path}");
        }
        assert_eq!(put_in(&["/elsewhere".to_owned()], &[Path::new("/srv")]), ["/elsewhere"]);
    }

    #[test]
    fn a_root_means_the_files_right_in_it() {
        let wanted = ["/srv/bot/cache", "/srv/bot"];
        for (path, is_dir, expected) in [
            ("w.gguf", false, true),
            ("node_modules", true, false),
            ("node_modules/x.js", false, false),
            ("cache", true, true),
            ("cache/x", false, true),
        ] {
            assert_eq!(covered(&wanted, path, is_dir), expected, "{path}");
        }
    }
}
