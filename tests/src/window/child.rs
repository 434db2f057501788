use std::process::{Child, Command, Stdio};

/// A process of the test's desktop; it ends with the test, and only it.
#[derive(Debug)]
pub struct Owned(pub Child);

impl Owned {
    pub fn start(command: &mut Command) -> Self {
        let shown = format!("{command:?}");
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.unwrap_or_else(|e| panic!("{shown}: {e}")))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first program that is not on the path.
pub fn missing(programs: &[&'static str]) -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    programs.iter().find(|program| !folders.iter().any(|folder| folder.join(program).is_file())).copied()
}
