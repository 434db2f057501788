//! The unit that is offered to those who want `holdfast watch` to be started for them. Nothing is enabled by Holdfast.
use crate::{Answer, Service};
use holdfast_engine::durable;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub const UNIT_NAME: &str = "holdfast-watch.service";

/// A systemd user unit. `home`: where `HOLDFAST_HOME` is said and not the usual place.
pub fn systemd_unit(program: &Path, home: Option<&Path>) -> String {
    let mut unit = String::from(
        "[Unit]\nDescription=Holdfast makes the backups that are due\nDocumentation=man:holdfast-watch(1)\n\n[Service]\n",
    );
    if let Some(home) = home {
        let _ = writeln!(unit, "Environment={}", quoted(&format!("HOLDFAST_HOME={}", home.display())));
    }
    // The window's tray makes them while it runs; this one takes over when it ends.
    let _ = writeln!(unit, "ExecStart={} watch --wait", quoted(&program.display().to_string()).replace('$', "$$"));
    unit.push_str("Restart=on-failure\nRestartSec=60\n");
    unit.push_str("# It gives way to the chatbot.\nNice=15\nIOSchedulingClass=idle\n");
    unit.push_str("# A large archive is given up at its next safe point.\nTimeoutStopSec=120\n\n");
    unit.push_str("[Install]\nWantedBy=default.target\n");
    unit
}

/// As systemd reads it: quotes and backslashes escaped, and no specifiers meant.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{escaped}\"")
}

impl Service {
    /// Writes the unit into the person's folder of units, and gives its path. Whoever wants it enables it.
    pub fn install_unit(&self, units: &Path, text: &str) -> Answer<PathBuf> {
        std::fs::create_dir_all(units).map_err(|e| holdfast_engine::Error::io(units, e))?;
        let path = units.join(UNIT_NAME);
        durable::write_if_changed(&path, text.as_bytes(), 0o644)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_systemd_reads_it() {
        let unit = systemd_unit(Path::new("/opt/my \"100%\" tools/holdfast"), Some(Path::new("/srv/$x")));
        assert!(unit.contains("ExecStart=\"/opt/my \\\"100%%\\\" tools/holdfast\" watch --wait\n"), "{unit}");
        assert!(unit.contains("Environment=\"HOLDFAST_HOME=/srv/$x\"\n"), "{unit}");
        assert!(!systemd_unit(Path::new("/usr/bin/holdfast"), None).contains("Environment"));
    }
}
