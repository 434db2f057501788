use super::facts::{DatabaseChange, Facts, comes_and_goes};
use super::{Alarm, Finding};

/// So many paths of one finding are kept.
pub const NAMED: usize = 2000;

/// Fewer files than these say nothing of most.
const FEW: u64 = 20;
/// Rows.
const FEW_ROWS: u64 = 50;
const MEGABYTE: u64 = 1_000_000;
/// What a whole new library of documents may bring; models are left out of backups.
const MUCH: u64 = 1_000_000_000;

/// What of the facts looks wrong, the worst first.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(scrambled(facts));
    // What differs since a restore is its doing.
    if !facts.restored && !facts.past.is_empty() {
        found.extend(facts.databases.iter().filter_map(emptied));
        // That is why they changed, and it is told.
        if !matches!(found.first(), Some(Finding::Scrambled { .. })) {
            found.extend(most_changed(facts));
        }
        found.extend(size(facts).filter(|_| found.is_empty() && !facts.losses_told));
    }
    found.extend(unreadable(facts));
    found
}

/// A few such files are somebody's own doing: one that was sealed by hand, or a program's.
fn scrambled(facts: &Facts) -> Option<Finding> {
    let seen = &facts.scrambled;
    // Under names that say nothing they count where as many others went.
    let strange = seen.strange.min(facts.gone);
    let strange = if strange >= FEW && seen.strange * 2 >= facts.new { strange } else { 0 };
    let files = seen.files + strange;
    let most_of_few = files >= 2 && files * 2 >= facts.of;
    (files >= 3 || most_of_few || seen.databases > 0 && files > 0).then(|| Finding::Scrambled {
        files,
        renamed: seen.renamed,
        databases: seen.databases,
        paths: seen.paths.iter().take(NAMED).cloned().collect(),
    })
}

fn most_changed(facts: &Facts) -> Option<Finding> {
    let Facts { changed, gone, of, .. } = *facts;
    let enough = changed >= FEW && (changed + gone) * 10 >= of * 6 && changed * 2 >= of;
    enough.then_some(Finding::MostChanged { changed, gone, of })
}

/// Beside all of the past that is known. What a few files brought or took explains itself.
fn size(facts: &Facts) -> Option<Finding> {
    let low = facts.past.iter().map(|past| past.bytes).min()?;
    let high = facts.past.iter().map(|past| past.bytes).max()?;
    let most_files = facts.past.iter().map(|past| past.files).max()?;
    let bytes = facts.bytes;
    let shrunk = low >= MEGABYTE && (bytes + facts.fell_with_few) * 4 <= low;
    let without = bytes.saturating_sub(facts.rose_with_few);
    let grown = without >= high.saturating_mul(5).max(high + MUCH) && facts.files >= most_files.saturating_mul(3);
    (shrunk || grown).then_some(Finding::Size { bytes, low, high })
}

fn emptied(change: &DatabaseChange) -> Option<Finding> {
    let found =
        |rows, before, tables| Some(Finding::DatabaseEmptied { path: change.path.clone(), rows, before, tables });
    let (Some(now), Some(before)) = (&change.now.tables, &change.before.tables) else {
        // One side was not counted. A vacuum makes a database smaller, and never takes nearly all of it.
        let gone = change.before.bytes >= MEGABYTE && change.now.bytes * 50 <= change.before.bytes;
        let none = change.now.rows() == Some(0);
        return if gone && none { found(0, change.before.rows().unwrap_or(0), Vec::new()) } else { None };
    };
    let (rows, all) = (change.now.rows().unwrap_or(0), change.before.rows().unwrap_or(0));
    if all >= FEW_ROWS && rows * 5 <= all {
        return found(rows, all, Vec::new());
    }
    // A table that holds what people wrote, or made up much of it, of which nearly nothing is left.
    let left_of = |name: &String| now.get(name).copied().unwrap_or(0);
    let is_lost = |(name, count): &(&String, &u64)| {
        let matters = holds_words(name) || (**count >= FEW_ROWS * 2 && **count * 4 >= all);
        matters && !comes_and_goes(name) && **count >= FEW && left_of(name) * 10 <= **count
    };
    let lost: Vec<(&String, &u64)> = before.iter().filter(is_lost).collect();
    let fell: u64 = lost.iter().map(|(name, count)| **count - left_of(name)).sum();
    let rose: u64 = now.iter().map(|(name, count)| count.saturating_sub(before.get(name).copied().unwrap_or(0))).sum();
    // Not where its rows only lie in another table now.
    if lost.is_empty() || rose * 10 >= fell * 8 {
        return None;
    }
    let left = lost.iter().map(|(name, _)| left_of(name)).sum();
    found(left, lost.iter().map(|(_, count)| **count).sum(), lost.iter().map(|(name, _)| (*name).clone()).collect())
}

/// Tables of what people and chatbots wrote, by their names.
fn holds_words(table: &str) -> bool {
    const WORDS: [&str; 7] = ["chat", "message", "conversation", "thread", "document", "note", "user"];
    let table = table.to_ascii_lowercase();
    WORDS.iter().any(|word| table.contains(word))
}

fn unreadable(facts: &Facts) -> Option<Finding> {
    let (files, of) = (facts.unreadable, facts.of.max(facts.unreadable));
    (files >= FEW / 2 && files * 4 >= of).then_some(Finding::Unreadable { files, of })
}

/// Whether what an alarm saw is no longer so, by the facts of a newer archive. `noise`: how many of the files that it
/// names still hold noise. What happened once, and leaves nothing that could be looked at, is never over by itself.
pub fn is_over(alarm: &Alarm, facts: &Facts, noise: u64) -> bool {
    match &alarm.finding {
        Finding::Scrambled { .. } => noise == 0,
        Finding::DatabaseEmptied { path, before, .. } => {
            let now = facts.databases.iter().find(|change| change.path == *path);
            now.and_then(|change| change.now.rows()).is_some_and(|rows| rows * 2 >= *before)
        }
        Finding::Unreadable { .. } => facts.unreadable == 0,
        Finding::MostChanged { .. } | Finding::Size { .. } => false,
    }
}
