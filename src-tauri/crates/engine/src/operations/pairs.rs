//! Two lists in the same order, laid side by side.
use crate::archive::Entry;
use crate::archive::entry::path_order;
use crate::error::Result;
use std::cmp::Ordering;
use std::iter::Peekable;

/// An entry of one list, of the other, or of both under one path.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)]
pub enum Pair {
    Left(Entry),
    Right(Entry),
    Both(Entry, Entry),
}

/// Walks two ordered lists at once, holding one entry of each.
pub struct Pairs<L: Iterator, R: Iterator> {
    left: Peekable<L>,
    right: Peekable<R>,
}

impl<L, R> Pairs<L, R>
where
    L: Iterator<Item = Result<Entry>>,
    R: Iterator<Item = Result<Entry>>,
{
    pub fn new(left: L, right: R) -> Self {
        Self { left: left.peekable(), right: right.peekable() }
    }
}

impl<L, R> Iterator for Pairs<L, R>
where
    L: Iterator<Item = Result<Entry>>,
    R: Iterator<Item = Result<Entry>>,
{
    type Item = Result<Pair>;

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.left.peek(), self.right.peek()) {
            (None, None) => return None,
            (Some(Ok(left)), Some(Ok(right))) => path_order(&left.path, &right.path),
            (Some(_), None) | (Some(Err(_)), _) => Ordering::Less,
            (None, Some(_)) | (_, Some(Err(_))) => Ordering::Greater,
        };
        let pair = match order {
            Ordering::Less => self.left.next()?.map(Pair::Left),
            Ordering::Greater => self.right.next()?.map(Pair::Right),
            Ordering::Equal => match (self.left.next()?, self.right.next()?) {
                (Ok(left), Ok(right)) => Ok(Pair::Both(left, right)),
                (Err(e), _) | (_, Err(e)) => Err(e),
            },
        };
        Some(pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_comes_once() {
        let list = |paths: &[&str]| -> Vec<Result<Entry>> {
            paths.iter().map(|p| Ok(Entry::gone(p.as_bytes().to_vec()))).collect()
        };
        let pairs = Pairs::new(list(&["a", "a/b", "c"]).into_iter(), list(&["a", "b", "c", "d"]).into_iter());
        let seen: Vec<String> = pairs
            .map(|p| match p.unwrap() {
                Pair::Left(e) => format!("<{}", e.display()),
                Pair::Right(e) => format!(">{}", e.display()),
                Pair::Both(e, _) => format!("={}", e.display()),
            })
            .collect();
        assert_eq!(seen, ["=a", "<a/b", ">b", "=c", ">d"]);
    }
}
