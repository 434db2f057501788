//! What `/proc` tells of a process.
use super::{FileId, id_of};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What started a program, and would have to be told to stop it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum RunBy {
    /// A person, or something that is not known.
    Unknown,
    UserUnit(String),
    SystemUnit(String),
    /// Its number, as far as it tells it from others.
    Docker(String),
    Podman(String),
}

/// A file that a process has open.
pub(super) struct Open {
    /// As the process knows it.
    pub name: PathBuf,
    /// `None` for what is no regular file.
    pub file: Option<FileId>,
    pub writes: bool,
    links: u64,
}

impl Open {
    /// Whether it may lie below a folder that its name does not lead into.
    pub fn may_have_other_names(&self, id: FileId) -> bool {
        // What was deleted lies nowhere.
        let elsewhere = || fs::symlink_metadata(&self.name).map_or(true, |here| id_of(&here) != id);
        self.links > 1 || self.links == 1 && elsewhere()
    }
}

fn of(pid: u32, what: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{what}"))
}

pub(super) fn all() -> impl Iterator<Item = u32> {
    let items = fs::read_dir("/proc").into_iter().flatten().flatten();
    items.filter_map(|item| item.file_name().to_str().and_then(|name| name.parse().ok()))
}

pub(super) fn open_files(pid: u32) -> impl Iterator<Item = Open> {
    let items = fs::read_dir(of(pid, "fd")).into_iter().flatten().flatten();
    items.filter_map(move |item| {
        let name = fs::read_link(item.path()).ok().filter(|name| name.is_absolute())?;
        let meta = fs::metadata(item.path()).ok();
        let regular = meta.filter(fs::Metadata::is_file);
        let writes = || {
            let info = fs::read_to_string(of(pid, "fdinfo").join(item.file_name())).unwrap_or_default();
            may_write(&info)
        };
        Some(Open {
            writes: regular.is_some() && writes(),
            links: regular.as_ref().map_or(0, MetadataExt::nlink),
            file: regular.as_ref().map(id_of),
            name,
        })
    })
}

/// Of `fdinfo`: whether a file was opened for writing. The last two bits of its flags say it, which are octal.
fn may_write(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).is_some_and(|flags| flags & 3 != 0)
}

/// Whether it has a file mapped whose name fits, and whether it may write to it.
pub(super) fn maps(pid: u32, fits: impl Fn(&Path) -> bool) -> Option<bool> {
    let text = fs::read(of(pid, "maps")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut found = None;
    for line in text.lines() {
        let Some(name) = line.find('/').and_then(|at| line.get(at..)) else { continue };
        if fits(Path::new(name)) {
            let writes = line.split(' ').nth(1).is_some_and(|rights| rights.contains('w') && rights.contains('s'));
            found = Some(found.unwrap_or_default() || writes);
        }
    }
    found
}

pub(super) fn works_in(pid: u32, fits: impl Fn(&Path) -> bool) -> bool {
    fs::read_link(of(pid, "cwd")).is_ok_and(|folder| fits(&folder))
}

pub(super) fn name(pid: u32) -> String {
    fs::read_to_string(of(pid, "comm")).unwrap_or_default().trim().to_owned()
}

pub(super) fn program(pid: u32) -> Option<PathBuf> {
    fs::read_link(of(pid, "exe")).ok()
}

/// A Holdfast that reads for a backup goes on with nothing.
pub(super) fn is_ours(pid: u32) -> bool {
    let program = program(pid);
    let name = program.as_deref().and_then(Path::file_name);
    name.is_some_and(|name| name == "holdfast" || name == "holdfast-desktop")
}

/// A shell works in a folder for whoever types, and keeps nothing there.
pub(super) fn is_shell(pid: u32) -> bool {
    matches!(name(pid).as_str(), "sh" | "bash" | "dash" | "zsh" | "fish" | "ksh" | "tcsh" | "nu")
}

/// A process, the one that started it, and so on.
pub(super) fn ancestors(pid: u32) -> HashSet<u32> {
    let mut found = HashSet::new();
    let mut next = Some(pid);
    while let Some(pid) = next.filter(|pid| *pid != 0 && found.insert(*pid)) {
        next = field(pid, 1);
    }
    found
}

pub(super) fn started(pid: u32) -> Option<Timestamp> {
    /// In which the kernel counts for programs, whatever it was built with.
    const TICKS_A_SECOND: i64 = 100;
    let ticks: i64 = field(pid, 19)?;
    let machine = fs::read_to_string("/proc/stat").ok()?;
    let boot: i64 = machine.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Timestamp::from_second(boot.checked_add(ticks / TICKS_A_SECOND)?).ok()
}

/// Of the numbers behind a process's name in `stat`, the state counted as the first: its name may hold anything.
fn field<T: std::str::FromStr>(pid: u32, at: usize) -> Option<T> {
    let text = fs::read_to_string(of(pid, "stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(at)?.parse().ok()
}

pub(super) fn run_by(pid: u32) -> RunBy {
    owner(&fs::read_to_string(of(pid, "cgroup")).unwrap_or_default())
}

/// Who owns a control group: the nearest unit or container around it.
fn owner(groups: &str) -> RunBy {
    let paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2).map(|path| (line, path)));
    // The second form is that of older systems.
    let mine = paths.filter(|(line, _)| line.starts_with("0::") || line.contains(":name=systemd:"));
    let Some((_, path)) = mine.max_by_key(|(_, path)| path.len()) else { return RunBy::Unknown };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    for (at, part) in parts.iter().enumerate().rev() {
        let scope = part.strip_suffix(".scope").unwrap_or(part);
        if let Some(id) = scope.strip_prefix("docker-").and_then(short) {
            return RunBy::Docker(id);
        }
        if let Some(id) = scope.strip_prefix("libpod-").and_then(short) {
            return RunBy::Podman(id);
        }
        if let Some(id) = short(part).filter(|_| at > 0 && parts[at - 1] == "docker") {
            return RunBy::Docker(id);
        }
        let kind = part.rsplit_once('.').map(|(_, kind)| kind);
        if kind == Some("scope") {
            return RunBy::Unknown;
        }
        if kind == Some("service") && !part.starts_with("user@") {
            let user = parts[..at].iter().any(|part| part.starts_with("user@"));
            let unit = (*part).to_owned();
            return if user { RunBy::UserUnit(unit) } else { RunBy::SystemUnit(unit) };
        }
    }
    RunBy::Unknown
}

/// As much of a container's number as tells it from others.
fn short(id: &str) -> Option<String> {
    let number = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    number.then(|| id[..12].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn the_nearest_unit_or_container_is_the_owner() {
        let short = || "0123456789ab".to_owned();
        let unit = |name: &str| name.to_owned();
        let cases = [
            ("/system.slice/open-webui.service".to_owned(), RunBy::SystemUnit(unit("open-webui.service"))),
            (
                "/user.slice/user-1000.slice/user@1000.service/app.slice/bot.service".to_owned(),
                RunBy::UserUnit(unit("bot.service")),
            ),
            ("/user.slice/user-1000.slice/session-3.scope".to_owned(), RunBy::Unknown),
            ("/user.slice/user-1000.slice/user@1000.service/app.slice/vte-1.scope".to_owned(), RunBy::Unknown),
            ("/user.slice/user-1000.slice/user@1000.service/init.scope".to_owned(), RunBy::Unknown),
            (format!("/system.slice/docker-{ID}.scope"), RunBy::Docker(short())),
            (format!("/docker/{ID}"), RunBy::Docker(short())),
            (format!("/machine.slice/libpod-{ID}.scope/container"), RunBy::Podman(short())),
            ("/".to_owned(), RunBy::Unknown),
        ];
        for (path, expected) in cases {
            assert_eq!(owner(&format!("0::{path}\n")), expected, "{path}");
        }
        let older = "12:pids:/system.slice/x.service\n1:name=systemd:/system.slice/bot.service\n0::/\n";
        assert_eq!(owner(older), RunBy::SystemUnit(unit("bot.service")));
        assert_eq!(owner(""), RunBy::Unknown);
    }

    #[test]
    fn flags_tell_who_may_write() {
        assert!(may_write("pos:\t0\nflags:\t0100002\nmnt_id:\t29\n") && may_write("flags:\t02001\n"));
        assert!(!may_write("pos:\t0\nflags:\t0100000\n") && !may_write(""));
    }

    #[test]
    fn a_process_has_a_start_and_ancestors() {
        let own = std::process::id();
        assert!(started(own).is_some_and(|at| at.as_second() > 0));
        let parent: u32 = field(own, 1).unwrap();
        assert!(ancestors(own).contains(&parent));
        assert_eq!(started(u32::MAX), None);
    }
}
