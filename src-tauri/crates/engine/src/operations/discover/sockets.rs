//! At which ports processes listen.
use std::collections::HashMap;
use std::path::Path;

/// Inodes of listening sockets and their ports.
pub(super) fn listening(proc: &Path) -> HashMap<u64, u16> {
    let mut ports = HashMap::new();
    for file in ["self/net/tcp", "self/net/tcp6"] {
        let text = std::fs::read_to_string(proc.join(file)).unwrap_or_default();
        ports.extend(text.lines().filter_map(parse));
    }
    ports
}

/// `0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345 ...`
fn parse(line: &str) -> Option<(u64, u16)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.get(3) != Some(&"0A") {
        return None;
    }
    let port = u16::from_str_radix(words.get(1)?.rsplit(':').next()?, 16).ok()?;
    Some((words.get(9)?.parse().ok()?, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_listens_has_a_port() {
        let line = |state: &str| {
            format!("   0: 0100007F:1F90 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000 0 12345 1")
        };
        assert_eq!(parse(&line("0A")), Some((12345, 8080)));
        assert_eq!(parse(&line("01")), None);
        assert_eq!(parse("  sl  local_address rem_address   st"), None);
    }
}
