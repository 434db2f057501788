//! A document in Markdown, or as a page that prints well and loads nothing.
use crate::words::printable;
use std::fmt::Write;

#[derive(Debug)]
pub(super) enum Block {
    Heading(String),
    Text(String),
    List(Vec<String>),
    /// Each with whether it is done.
    Boxes(Vec<(bool, String)>),
    Table {
        head: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// Lines as they are.
    Lines(Vec<String>),
}

#[derive(Debug)]
pub(super) struct Document {
    pub title: String,
    pub blocks: Vec<Block>,
}

const PAGE: &str = include_str!("page.html");

impl Document {
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n", plain(&self.title));
        for block in &self.blocks {
            out.push('\n');
            // Writing into a text cannot fail.
            let _ = match block {
                Block::Heading(text) => writeln!(out, "## {}", plain(text)),
                Block::Text(text) => writeln!(out, "{}", plain(text)),
                Block::List(items) => items.iter().try_for_each(|item| writeln!(out, "- {}", plain(item))),
                Block::Boxes(items) => items.iter().try_for_each(|(done, item)| {
                    writeln!(out, "- [{}] {}", if *done { 'x' } else { ' ' }, plain(item))
                }),
                Block::Table { head, rows } => {
                    let rule = vec!["---"; head.len()].join(" | ");
                    writeln!(out, "| {} |\n| {rule} |", head.join(" | ")).and_then(|()| {
                        rows.iter().try_for_each(|row| {
                            let cells: Vec<String> = row.iter().map(|cell| plain(cell).replace('|', "\\|")).collect();
                            writeln!(out, "| {} |", cells.join(" | "))
                        })
                    })
                }
                Block::Lines(lines) => {
                    // Longer than any fence within.
                    let fence = if lines.iter().any(|line| line.contains("```")) { "`````" } else { "```" };
                    let lines = lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n");
                    writeln!(out, "{fence}text\n{lines}\n{fence}")
                }
            };
        }
        out
    }

    pub fn html(&self) -> String {
        let mut body = String::new();
        for block in &self.blocks {
            let items = |items: &[String]| tagged(items.iter().map(|item| escaped(item)), "li");
            let _ = match block {
                Block::Heading(text) => writeln!(body, "<h2>{}</h2>", escaped(text)),
                Block::Text(text) => writeln!(body, "<p>{}</p>", escaped(text)),
                Block::List(list) => writeln!(body, "<ul>{}</ul>", items(list)),
                Block::Boxes(list) => {
                    let each = list
                        .iter()
                        .map(|(done, item)| format!("<li>{} {}</li>", if *done { "☑" } else { "☐" }, escaped(item)));
                    writeln!(body, "<ul class=\"boxes\">{}</ul>", each.collect::<String>())
                }
                Block::Table { head, rows } => {
                    let head = tagged(head.iter(), "th");
                    let row =
                        |row: &Vec<String>| format!("<tr>{}</tr>", tagged(row.iter().map(|cell| escaped(cell)), "td"));
                    let rows: String = rows.iter().map(row).collect();
                    writeln!(body, "<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
                }
                Block::Lines(lines) => writeln!(body, "<pre>{}</pre>", escaped(&lines.join("\n"))),
            };
        }
        PAGE.replace("{{TITLE}}", &escaped(&self.title)).replace("{{BODY}}", &body)
    }
}

/// What somebody wrote stays text: no heading, no link, no page within the page.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).chars() {
        if matches!(letter, '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '#') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            other if other.is_control() => out.extend(other.escape_default()),
            other => out.push(other),
        }
    }
    out
}

/// Each in an element of that name.
fn tagged(items: impl Iterator<Item = impl std::fmt::Display>, tag: &str) -> String {
    let mut text = String::new();
    for item in items {
        let _ = write!(text, "<{tag}>{item}</{tag}>");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_text_and_nothing_else() {
        let wrote = "<script>alert(1)</script> [x](http://y) | a\nb";
        let document = Document {
            title: wrote.to_owned(),
            blocks: vec![
                Block::Text(wrote.to_owned()),
                Block::Table { head: vec!["A"], rows: vec![vec![wrote.to_owned()]] },
                Block::Boxes(vec![(true, wrote.to_owned())]),
                Block::Lines(vec!["```".to_owned(), wrote.to_owned()]),
            ],
        };
        let html = document.html();
        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
        assert!(!html.contains("http://www") && !html.contains("src=") && !html.contains("{{"), "{html}");
        let markdown = document.markdown();
        assert!(markdown.contains("\\<script\\>") && markdown.contains("\\[x\\](http://y) \\| a b"), "{markdown}");
        assert!(markdown.contains("- [x] ") && markdown.contains("`````text"), "{markdown}");
    }
}
