//! Paths as people name them, turned into those of archives.
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `ROOT/...` from what was typed: also with `./` before it or `/` behind it, and the path on this machine where it lies
/// in a root.
pub fn inner<'a>(typed: &Path, roots: impl IntoIterator<Item = (&'a str, &'a Path)>) -> Vec<u8> {
    if typed.is_absolute() {
        // The innermost root: one may lie in another.
        let mut best: Option<(&str, &Path, usize)> = None;
        for (name, root) in roots {
            let depth = root.components().count();
            if let Ok(rest) = typed.strip_prefix(root)
                && best.is_none_or(|(_, _, known)| depth > known)
            {
                best = Some((name, rest, depth));
            }
        }
        if let Some((name, rest, _)) = best {
            let inner = if rest.as_os_str().is_empty() { name.into() } else { Path::new(name).join(rest) };
            return inner.as_os_str().as_bytes().to_vec();
        }
    }
    let plain: std::path::PathBuf =
        typed.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect();
    plain.as_os_str().as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_as_people_type_them() {
        let roots = [("data", Path::new("/srv/bot/data")), ("bot", Path::new("/srv/bot"))];
        for (typed, expected) in [
            ("data/webui.db", "data/webui.db"),
            ("./data/uploads/", "data/uploads"),
            ("/srv/bot/data/webui.db", "data/webui.db"),
            ("/srv/bot/data/", "data"),
            ("/srv/bot/.env", "bot/.env"),
            ("/elsewhere", "/elsewhere"),
            (".", ""),
        ] {
            assert_eq!(inner(Path::new(typed), roots), expected.as_bytes(), "{typed}");
        }
    }
}
