//! HOW-TO-RESTORE.html as a reader uses it: copies the commands, puts in names, types the passphrase.
use std::path::{Path, PathBuf};

/// The commands of a page, one block after another.
#[derive(Debug)]
pub struct Page(Vec<String>);

impl Page {
    pub fn read(path: &Path) -> Self {
        let page = std::fs::read_to_string(path).unwrap();
        let inside = |block: &str| block.split("</code></pre>").next().unwrap().to_owned();
        let plain =
            |text: String| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        Self(page.split("<pre><code>").skip(1).map(inside).map(plain).collect())
    }

    /// The first block in which all of these words stand.
    #[track_caller]
    pub fn block(&self, words: &[&str]) -> &str {
        self.block_without(words, &[])
    }

    /// And none of those.
    #[track_caller]
    pub fn block_without(&self, words: &[&str], others: &[&str]) -> &str {
        let fits = |block: &&String| {
            words.iter().all(|word| block.contains(word)) && !others.iter().any(|word| block.contains(word))
        };
        self.0.iter().find(fits).unwrap_or_else(|| panic!("the page has no command with {words:?}: {:#?}", self.0))
    }
}

/// The names of the examples on the page, replaced by those of files that are there. A full archive may be an export.
pub fn with_names(block: &str, files: &[PathBuf]) -> String {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let of = |level: &str| files.iter().find(|path| name(path).contains(level)).map(|path| name(path));
    let mut words: Vec<String> = block.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        let ending = word.strip_suffix(".tar.zst.age").is_some() && word.starts_with("bot_");
        let level = ["hourly", "daily", "full"].into_iter().find(|level| word.contains(level));
        if let (true, Some(level)) = (ending, level) {
            *word = of(level).unwrap_or_else(|| panic!("no archive for {word}"));
        }
    }
    words.join(" ")
}

/// Of these programs, those that are not installed.
pub fn missing_programs<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    names.iter().filter(|name| !there(name)).copied().collect()
}
