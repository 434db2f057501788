//! Two texts compared line by line.

/// Where a line stands. The number is its place in the text that it is of; of one that is in both, in the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Both(usize),
    /// In the first text alone.
    Here(usize),
    /// In the second text alone.
    Other(usize),
}

/// Beyond so many differences the rest counts as wholly different: time and memory grow with their square.
const DIFFERENCES: usize = 1500;

/// The lines of both texts in order, with as few differences as can be found. Where lines differ, those of the second
/// text come first.
pub fn compare<T: PartialEq>(here: &[T], other: &[T]) -> Vec<Line> {
    let before = here.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (left, right) = (&here[before..], &other[before..]);
    let after = left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[..left.len() - after], &right[..right.len() - after]);
    let mut lines: Vec<Line> = (0..before).map(Line::Both).collect();
    for line in ordered(middle(left, right)) {
        lines.push(match line {
            Line::Both(at) => Line::Both(before + at),
            Line::Here(at) => Line::Here(before + at),
            Line::Other(at) => Line::Other(before + at),
        });
    }
    lines.extend((here.len() - after..here.len()).map(Line::Both));
    lines
}

/// The shortest way from one text to the other, as Myers finds it.
fn middle<T: PartialEq>(here: &[T], other: &[T]) -> Vec<Line> {
    let limit = (here.len() + other.len()).min(DIFFERENCES);
    // For each diagonal how far it was come with so many differences; of each round what the last one left.
    let mut reached = vec![0usize; 2 * limit + 3];
    let centre = limit + 1;
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    for round in 0..=limit {
        rounds.push(reached[centre - round..=centre + round].to_vec());
        for step in 0..=round {
            let diagonal = centre + 2 * step - round;
            let down = step == 0 || (step < round && reached[diagonal - 1] < reached[diagonal + 1]);
            let mut x = if down { reached[diagonal + 1] } else { reached[diagonal - 1] + 1 };
            let Some(mut y) = (x + centre).checked_sub(diagonal) else { continue };
            while x < here.len() && y < other.len() && here[x] == other[y] {
                (x, y) = (x + 1, y + 1);
            }
            reached[diagonal] = x;
            if x >= here.len() && y >= other.len() {
                return back(&rounds, here.len(), other.len());
            }
        }
    }
    (0..other.len()).map(Line::Other).chain((0..here.len()).map(Line::Here)).collect()
}

/// Walks the way back from its end.
fn back(rounds: &[Vec<usize>], mut x: usize, mut y: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (round, reached) in rounds.iter().enumerate().rev() {
        // `reached` begins at the diagonal `-round`.
        let at = (x + round).saturating_sub(y);
        let on = |place: usize| reached.get(place).copied().unwrap_or(0);
        let down = at == 0 || (at < 2 * round && on(at - 1) < on(at + 1));
        let (from_x, from_y) = match (round, down) {
            (0, _) => (0, 0),
            (_, true) => (on(at + 1), (on(at + 1) + round).saturating_sub(at + 1)),
            (_, false) => (on(at - 1), (on(at - 1) + round + 1).saturating_sub(at)),
        };
        let (start_x, start_y) = match (round, down) {
            (0, _) => (0, 0),
            (_, true) => (from_x, from_y + 1),
            (_, false) => (from_x + 1, from_y),
        };
        while x > start_x && y > start_y {
            (x, y) = (x - 1, y - 1);
            lines.push(Line::Both(x));
        }
        if round > 0 {
            lines.push(if down { Line::Other(from_y) } else { Line::Here(from_x) });
        }
        (x, y) = (from_x, from_y);
    }
    lines.reverse();
    lines
}

fn ordered(lines: Vec<Line>) -> Vec<Line> {
    let mut sorted = Vec::with_capacity(lines.len());
    let mut here = Vec::new();
    for line in lines {
        match line {
            Line::Here(_) => here.push(line),
            Line::Other(_) => sorted.push(line),
            Line::Both(_) => {
                sorted.append(&mut here);
                sorted.push(line);
            }
        }
    }
    sorted.append(&mut here);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(here: &str, other: &str) -> String {
        let (here, other): (Vec<char>, Vec<char>) = (here.chars().collect(), other.chars().collect());
        let text = compare(&here, &other).into_iter().map(|line| match line {
            Line::Both(at) => format!("{}", here[at]),
            Line::Here(at) => format!("-{}", here[at]),
            Line::Other(at) => format!("+{}", other[at]),
        });
        text.collect()
    }

    #[test]
    fn what_differs_is_told_and_no_more() {
        assert_eq!(said("", ""), "");
        assert_eq!(said("abc", "abc"), "abc");
        assert_eq!(said("abc", "axc"), "a+x-bc");
        assert_eq!(said("abc", ""), "-a-b-c");
        assert_eq!(said("", "ab"), "+a+b");
        assert_eq!(said("abcdef", "bcxef"), "-abc+x-def");
        assert_eq!(said("aaaa", "aa"), "aa-a-a");
    }

    #[test]
    fn both_texts_come_out_of_it_whole_and_the_fewest_lines_differ() {
        // Every text of three letters and up to five characters, against every other.
        let mut texts = vec![String::new()];
        for at in 0..121 {
            let grown: Vec<String> = "abc".chars().map(|c| format!("{}{c}", texts[at])).collect();
            texts.extend(grown);
        }
        for here in texts.iter().step_by(3) {
            for other in &texts {
                let lines = compare(here.as_bytes(), other.as_bytes());
                let left: Vec<usize> = lines
                    .iter()
                    .filter_map(|line| match line {
                        Line::Both(at) | Line::Here(at) => Some(*at),
                        Line::Other(_) => None,
                    })
                    .collect();
                assert!(left.into_iter().eq(0..here.len()), "{here} {other}");
                let both = lines.iter().filter(|line| matches!(line, Line::Both(_))).count();
                assert_eq!(lines.len(), here.len() + other.len() - both);
                assert_eq!(both, longest(here.as_bytes(), other.as_bytes()), "{here} {other}");
                let back = lines.iter().filter_map(|line| match line {
                    Line::Both(at) => Some(here.as_bytes()[*at]),
                    Line::Other(at) => Some(other.as_bytes()[*at]),
                    Line::Here(_) => None,
                });
                assert!(back.eq(other.bytes()), "{here} {other}");
            }
        }
    }

    /// The longest common subsequence, the slow way.
    fn longest(here: &[u8], other: &[u8]) -> usize {
        let mut table = vec![vec![0; other.len() + 1]; here.len() + 1];
        for (i, a) in here.iter().enumerate() {
            for (j, b) in other.iter().enumerate() {
                table[i + 1][j + 1] = if a == b { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
            }
        }
        table[here.len()][other.len()]
    }

    #[test]
    fn texts_that_have_little_in_common_take_no_end_of_time() {
        let here: Vec<usize> = (0..20_000).collect();
        let other: Vec<usize> = (20_000..40_000).collect();
        assert_eq!(compare(&here, &other).len(), 40_000);
    }
}
