//! Columns of text.

/// On which side a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// Lines with a heading, columns as wide as what is in them. Columns in which nothing stands are left away.
pub fn lines(columns: &[(&str, Side)], rows: &[Vec<String>]) -> Vec<String> {
    let filled: Vec<usize> = (0..columns.len())
        .filter(|&column| rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty())))
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([columns[column].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = filled.iter().map(|&column| width(column)).collect();
    let line = |cells: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        for (&column, &width) in filled.iter().zip(&widths) {
            let cell = cells(column);
            let space = " ".repeat(width.saturating_sub(cell.chars().count()));
            let (before, after) = if columns[column].1 == Side::Right { (&*space, "") } else { ("", &*space) };
            text.extend([before, &cell, after, "  "]);
        }
        text.trim_end().to_owned()
    };
    let mut lines = vec![line(&|column| columns[column].0.to_owned())];
    lines.extend(rows.iter().map(|row| line(&|column| row.get(column).cloned().unwrap_or_default())));
    lines
}

/// Names and values under each other.
pub fn facts(facts: &[(&str, String)]) -> Vec<String> {
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let filled = facts.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| format!("  {name:<width$}  {value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_empty_ones_go() {
        let columns = [("NAME", Side::Left), ("SIZE", Side::Right), ("PIN", Side::Left)];
        let row = |name: &str, size: &str| vec![name.to_owned(), size.to_owned(), String::new()];
        let shown = lines(&columns, &[row("größe", "4.2 GB"), row("a", "12 kB")]);
        assert_eq!(shown, ["NAME     SIZE", "größe  4.2 GB", "a       12 kB"]);
    }

    #[test]
    fn facts_without_a_value_are_not_shown() {
        let shown = facts(&[("size", "1 B".to_owned()), ("link", String::new()), ("kind", "file".to_owned())]);
        assert_eq!(shown, ["  size  1 B", "  kind  file"]);
    }
}
