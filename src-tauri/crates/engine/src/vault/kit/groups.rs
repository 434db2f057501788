//! The identity as it is printed and typed back: numbered groups of six letters, each with two small check letters, so
//! that a typing mistake is found in its group.
use crate::error::{Error, Result};
use age::x25519::Identity;
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What every identity begins with; it is printed once, and need not be typed.
pub const PREFIX: &str = "AGE-SECRET-KEY-1";
/// How many groups an identity has.
pub const COUNT: usize = 10;

/// The alphabet of age's keys (Bech32). It has no 1, B, I or O.
const LETTERS: &[u8; 32] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
const GROUP: usize = 6;
const CHECK: usize = 2;
/// Letters of an identity behind its prefix: 32 bytes and a checksum of six letters.
const KEY: usize = 58;
const KEY_AND_CHECKS: usize = KEY + COUNT * CHECK;

const SUBJECT: &str = "the recovery key";

/// So many different groups by chance, counted from 1, in order.
pub fn some(count: usize) -> Vec<usize> {
    let mut chosen = rand::seq::index::sample(&mut rand::rng(), COUNT, count.min(COUNT)).into_vec();
    chosen.sort_unstable();
    chosen.into_iter().map(|at| at + 1).collect()
}

/// One printed group.
pub struct Group {
    /// From 1.
    pub number: usize,
    pub letters: Zeroizing<String>,
    pub check: String,
}

/// The groups of an `AGE-SECRET-KEY-1...` line.
pub fn of(identity_line: &str) -> impl Iterator<Item = Group> + '_ {
    let key = identity_line.strip_prefix(PREFIX).unwrap_or(identity_line);
    (0..COUNT).map(move |index| {
        let end = key.len().min((index + 1) * GROUP);
        let letters = Zeroizing::new(key.get(index * GROUP..end).unwrap_or_default().to_owned());
        Group { number: index + 1, check: check(index + 1, &letters), letters }
    })
}

/// Letters in the group of this number: the last one is shorter.
pub fn length(number: usize) -> usize {
    if number == COUNT { KEY - (COUNT - 1) * GROUP } else { GROUP }
}

/// Depends on the group's number too, so that groups in the wrong order are found.
fn check(number: usize, letters: &str) -> String {
    let hash = Sha256::digest(format!("holdfast kit 1\n{number}\n{letters}"));
    hash[..CHECK].iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// Whether a text that is no identity file looks like one that was typed from the page.
pub fn looks_typed(text: &str) -> bool {
    let tokens = tokens(text).count();
    (COUNT / 2..=COUNT * 4).contains(&tokens)
}

/// Reads a whole identity as it was typed: with or without prefix, check letters, blanks and line ends, in capitals or
/// not, and with the letters that are easily taken for one another.
///
/// `Code::Mistyped` names the groups in which the mistakes are, as far as the check letters tell; never what was typed.
pub fn read(text: &str) -> Result<Identity> {
    let parts: Vec<Zeroizing<String>> = tokens(text).map(normal).collect();
    let typed = without_numbers(without_prefix(&parts));
    let letters: Zeroizing<String> = Zeroizing::new(typed.iter().map(|part| part.as_str()).collect());
    if !letters.is_ascii() {
        return Err(mistyped("it holds a character that no key has"));
    }
    let key = match letters.len() {
        KEY => letters,
        KEY_AND_CHECKS => checked(&letters)?,
        count => return Err(mistyped(wrong_length(&typed, count))),
    };
    let line = Zeroizing::new(format!("{PREFIX}{}", *key));
    line.parse().map_err(|_| {
        mistyped("a letter is wrong somewhere; type the small check letters too, and its group can be named")
    })
}

/// One group as it was typed, with or without its check letters. `Code::Mistyped` where it cannot be right.
pub fn read_group(number: usize, text: &str) -> Result<Zeroizing<String>> {
    let parts: Vec<Zeroizing<String>> = tokens(text).map(normal).collect();
    let mut letters: Zeroizing<String> = Zeroizing::new(parts.iter().map(|part| part.as_str()).collect());
    let length = if (1..=COUNT).contains(&number) { length(number) } else { 0 };
    if length == 0 {
        let cause = format!("there is no group {number}; they are numbered from 1 to {COUNT}");
        return Err(Error::new(Code::BadRequest, SUBJECT, cause));
    }
    if !letters.is_ascii() || (letters.len() != length && letters.len() != length + CHECK) {
        let cause = format!("group {number} has {length} letters, and {CHECK} small check letters");
        return Err(mistyped(cause));
    }
    if letters.len() > length && letters[length..] != check(number, &letters[..length]) {
        return Err(wrong_groups(&[number]));
    }
    letters.truncate(length);
    Ok(letters)
}

/// Where what was typed, without check letters, differs from the key that is meant. `None` where its length does not say
/// which letter belongs where, or nearly all differs: then it is another key and not a mistake.
pub fn differing(text: &str, identity_line: &str) -> Option<Error> {
    let parts: Vec<Zeroizing<String>> = tokens(text).map(normal).collect();
    let letters: Zeroizing<String> =
        Zeroizing::new(without_numbers(without_prefix(&parts)).iter().map(|part| part.as_str()).collect());
    if letters.len() != KEY || !letters.is_ascii() {
        return None;
    }
    let typed = Zeroizing::new(format!("{PREFIX}{}", *letters));
    let pairs = of(identity_line).zip(of(&typed));
    let wrong: Vec<usize> =
        pairs.filter(|(meant, typed)| meant.letters != typed.letters).map(|(meant, _)| meant.number).collect();
    (wrong.len() < COUNT / 2).then(|| wrong_groups(&wrong))
}

/// What cannot be right, by the groups' numbers.
pub fn wrong_groups(numbers: &[usize]) -> Error {
    let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    mistyped(match list.as_slice() {
        [one] => format!("group {one} is mistyped"),
        [most @ .., last] => format!("groups {} and {last} are mistyped", most.join(", ")),
        [] => "it is mistyped".to_owned(),
    })
}

fn mistyped(cause: impl std::fmt::Display) -> Error {
    Error::new(Code::Mistyped, SUBJECT, cause)
}

/// Takes the check letters away where they fit.
fn checked(letters: &str) -> Result<Zeroizing<String>> {
    let mut key = Zeroizing::new(String::with_capacity(KEY));
    let (mut rest, mut wrong) = (letters, Vec::new());
    for number in 1..=COUNT {
        let (group, after) = rest.split_at(length(number));
        let (typed, after) = after.split_at(CHECK);
        if typed != check(number, group) {
            wrong.push(number);
        }
        key.push_str(group);
        rest = after;
    }
    if wrong.is_empty() { Ok(key) } else { Err(wrong_groups(&wrong)) }
}

/// Where a letter too many or too few was typed, as far as the blanks tell.
fn wrong_length(parts: &[&Zeroizing<String>], count: usize) -> String {
    let groups: Option<Vec<usize>> = match parts.len() {
        COUNT => Some(parts.iter().map(|part| part.len()).collect()),
        // The check letters stand apart.
        n if n == 2 * COUNT => Some(parts.chunks(2).map(|pair| pair.iter().map(|part| part.len()).sum()).collect()),
        _ => None,
    };
    let fits = |(index, typed): &(usize, usize)| {
        let length = length(index + 1);
        *typed == length || *typed == length + CHECK
    };
    let odd: Vec<String> = groups
        .into_iter()
        .flat_map(|groups| groups.into_iter().enumerate())
        .filter(|group| !fits(group))
        .map(|(index, _)| (index + 1).to_string())
        .collect();
    if odd.is_empty() {
        return format!("{count} letters were typed; the key has {KEY}, and {KEY_AND_CHECKS} with the check letters");
    }
    format!("a letter is missing or too many in group {}", odd.join(", "))
}

/// What stands between blanks, without comments and without the groups' numbers (`3:`).
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.flat_map(str::split_whitespace).filter(|token| {
        let number = token.trim_end_matches([':', '.', ')']);
        number.len() == token.len() || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Capitals without punctuation, and what looks like a letter of the alphabet as that letter.
fn normal(token: &str) -> Zeroizing<String> {
    let mut letters = Zeroizing::new(String::with_capacity(token.len() * 2));
    let typed = token.strip_prefix_ignore_case(PREFIX).unwrap_or(token);
    for letter in typed.chars().filter(|c| c.is_alphanumeric()) {
        letters.push(match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | '1' => 'L',
            'B' => '8',
            other => other,
        });
    }
    letters
}

/// The prefix may be typed in pieces: `AGE SECRET KEY 1`.
fn without_prefix(parts: &[Zeroizing<String>]) -> Vec<&Zeroizing<String>> {
    const PIECES: [&str; 4] = ["AGE", "SECRET", "KEY", "L"];
    let typed = parts.iter().filter(|part| !part.is_empty());
    let pieces = parts.len() > PIECES.len() && parts.iter().zip(PIECES).all(|(part, piece)| part.as_str() == piece);
    typed.skip(if pieces { PIECES.len() } else { 0 }).collect()
}

/// As text that was copied off the page has them, each group's number stands alone before it. Taken away only where all
/// of them are there: a number could be letters too.
fn without_numbers(parts: Vec<&Zeroizing<String>>) -> Vec<&Zeroizing<String>> {
    let each = parts.len() / COUNT;
    let numbered = each > 1
        && parts.len() == each * COUNT
        && parts.chunks(each).zip(1..).all(|(group, number)| group[0].as_str() == normal(&number.to_string()).as_str());
    if numbered { parts.chunks(each).flat_map(|group| &group[1..]).copied().collect() } else { parts }
}

trait StripIgnoringCase {
    fn strip_prefix_ignore_case(&self, prefix: &str) -> Option<&str>;
}

impl StripIgnoringCase for str {
    fn strip_prefix_ignore_case(&self, prefix: &str) -> Option<&str> {
        let start = self.get(..prefix.len())?;
        if start.eq_ignore_ascii_case(prefix) { self.get(prefix.len()..) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Always the same: two check letters miss one mistake in a thousand, and a test must not fail by chance.
    fn line() -> Zeroizing<String> {
        Zeroizing::new("AGE-SECRET-KEY-1ZSY2TG6GJJ8ERLXQUWNMMY22PG0MAS0GPJXLZHD0JF5SM2X3J3LS476R9V".to_owned())
    }

    fn refused(text: &str) -> Error {
        read(text).err().unwrap()
    }

    fn printed(line: &str) -> Vec<String> {
        of(line).map(|group| format!("{}{}", *group.letters, group.check)).collect()
    }

    fn recipient(identity: &Identity) -> String {
        identity.to_public().to_string()
    }

    #[test]
    fn it_is_read_however_it_was_typed() {
        let line = line();
        let expected = recipient(&line.parse().unwrap());
        let plain: Vec<String> = of(&line).map(|group| group.letters.to_string()).collect();
        assert_eq!(format!("{PREFIX}{}", plain.concat()), *line);
        let apart: Vec<String> = of(&line).map(|group| format!("{} {}", *group.letters, group.check)).collect();
        let checked = printed(&line);
        let numbered: Vec<String> =
            checked.iter().enumerate().map(|(n, group)| format!("{}: {group}", n + 1)).collect();
        let copied: Vec<String> = (1..).zip(&apart).map(|(number, group)| format!("{number} {group}")).collect();
        let bare: Vec<String> = (1..).zip(&plain).map(|(number, group)| format!("{number} {group}")).collect();
        for text in [
            line.to_string(),
            line.to_lowercase(),
            plain.join(" "),
            plain.join("\r\n"),
            checked.concat(),
            checked.join("-"),
            apart.join("  "),
            apart.join("\n").to_lowercase(),
            numbered.join("\n"),
            numbered.join("\n").replace(':', ""),
            format!("{PREFIX}\n{}", copied.join("\n")),
            copied.join(" ").to_lowercase(),
            bare.join(" "),
            format!("{PREFIX} {}", checked.join(" ")),
            format!("age secret key 1\n{}", plain.join(" ")),
            format!("# from the page\n{}", plain.join(" ")),
            checked.join(" ").replace('0', "o").replace('8', "B").replace('L', "1"),
        ] {
            let read = read(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert_eq!(recipient(&read), expected, "{text}");
        }
    }

    #[test]
    fn a_mistake_is_found_in_its_group() {
        let line = line();
        let groups = printed(&line);
        let mut found = 0;
        for index in 0..COUNT {
            for letter in 0..length(index + 1) {
                let mut wrong = groups.clone();
                let other = if &wrong[index][letter..=letter] == "Q" { "P" } else { "Q" };
                wrong[index].replace_range(letter..=letter, other);
                let error = refused(&wrong.join(" "));
                assert_eq!(error.code(), Code::Mistyped);
                assert!(!error.to_string().contains(&groups[index]), "{error}");
                // The two check letters miss one mistake in a thousand; the key's own checksum misses none of these.
                found += usize::from(error.cause() == format!("group {} is mistyped", index + 1));
            }
        }
        assert!(found >= KEY - 2, "{found} of {KEY} found");
        let mut swapped = groups.clone();
        swapped.swap(2, 6);
        assert_eq!(refused(&swapped.join(" ")).cause(), "groups 3 and 7 are mistyped");
    }

    #[test]
    fn a_letter_too_few_is_found_by_the_blanks() {
        let line = line();
        let mut groups = printed(&line);
        groups[4].remove(0);
        assert!(refused(&groups.join(" ")).cause().ends_with("in group 5"));
        assert!(refused(&groups.concat()).cause().starts_with("77 letters"));
        for text in ["", "x", "ä ö", "AGE-SECRET-KEY-1"] {
            assert_eq!(refused(text).code(), Code::Mistyped, "{text}");
        }
    }

    #[test]
    fn single_groups_are_checked_by_their_letters() {
        let line = line();
        for group in of(&line) {
            for text in [
                group.letters.to_string(),
                format!("{} {}", *group.letters, group.check),
                format!("{}{}", *group.letters, group.check).to_lowercase(),
            ] {
                assert_eq!(*read_group(group.number, &text).unwrap(), *group.letters);
            }
            let other = if group.check.starts_with('Q') { "P" } else { "Q" };
            let wrong = format!("{}{other}{}", *group.letters, &group.check[1..]);
            assert_eq!(read_group(group.number, &wrong).unwrap_err().code(), Code::Mistyped);
            assert!(read_group(group.number, &group.letters[1..]).is_err());
        }
        assert_eq!(read_group(0, "QQQQQQ").unwrap_err().code(), Code::BadRequest);
        assert_eq!(read_group(COUNT + 1, "QQQQQQ").unwrap_err().code(), Code::BadRequest);
    }

    #[test]
    fn prose_does_not_look_typed() {
        assert!(!looks_typed("hello"));
        assert!(!looks_typed(&line()));
        assert!(looks_typed(&printed(&line()).join(" ")));
    }
}
