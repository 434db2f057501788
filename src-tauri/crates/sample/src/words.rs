//! Text that reads like talk and compresses about three to one, as talk does.

use std::sync::OnceLock;

use crate::seed::Rng;

/// A power of two, so that one random number yields five words.
const TABLE: usize = 4096;

const WORDS: &str = "the of and to a in is it you that he was for on are with as I his they be at one have this from or had by not word but what some we can out other were all there when up use your how said an each she which do their time if will way about many then them write would like so these her long make thing see him two has look more day could go come did number sound no most people my over know water than call first who may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form sentence great think say help low line differ turn cause much mean before move right boy old too same tell does set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father";

const TOPICS: &str = "backup restore server database query index folder archive password token model context prompt answer embedding vector chunk document upload attachment conversation session memory container image volume network proxy certificate domain schedule retention snapshot version release upgrade migration schema column record transaction journal checkpoint recovery integrity checksum hash signature key cipher passphrase permission owner group timezone locale language translation summary outline paragraph recipe garden weather holiday budget invoice contract insurance lesson homework poem story character planet galaxy mountain river train bicycle kitchen bread coffee battery inverter sensor thermostat firmware router antenna spreadsheet formula function variable closure iterator lifetime borrow trait generic macro compiler linker thread mutex channel buffer stream socket packet latency throughput percentile histogram dashboard alert incident naïve café größer Straße résumé";

const PHRASES: &str = "for example|in this case|as far as I know|you can use|here is a short summary|the first step is to|make sure that|it depends on|on the other hand|let me know if|I would recommend|at the same time|in other words|one of the most|a good way to|there are several|please explain how|what is the difference between|thank you for the|the following command|is not available|should be able to|the result of the|as soon as possible|I don't have access to|a couple of|take a look at|in order to|the best way to|how do I|can you help me with|of the previous message|step by step|from time to time|the most important thing|keep in mind that|a lot of|instead of the|if you want to|by default|as well as|such as|due to the fact that|sounds good 👍|with regard to|up to date|in the long run|under the hood|out of the box|at the end of the day";

const ENDINGS: [&str; 8] = ["s", "ed", "ing", "er", "ly", "able", "ness", "ment"];

fn table() -> &'static [String] {
    static BUILT: OnceLock<Vec<String>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut rng = Rng::new(0, "words", 0);
        let words: Vec<&str> = WORDS.split(' ').collect();
        let topics: Vec<&str> = TOPICS.split(' ').collect();
        let phrases: Vec<&str> = PHRASES.split('|').collect();
        (0..TABLE)
            .map(|_| match rng.below(100) {
                // Common words are far more common than the rest.
                0..46 => words[rng.spread(1, words.len() as u64) as usize - 1].to_owned(),
                46..52 => (*rng.pick(&phrases)).to_owned(),
                52..76 => (*rng.pick(&topics)).to_owned(),
                76..90 => format!("{}{}", rng.pick(&topics), rng.pick(&ENDINGS)),
                _ => format!("{}-{}", rng.pick(&topics), rng.pick(&words)),
            })
            .collect()
    })
}

/// Adds at least `len` bytes (and less than a phrase more). There is no quote, backslash or control
/// character in it but the given line break, so it can stand inside JSON when that is `\\n`.
pub(crate) fn prose(rng: &mut Rng, out: &mut String, len: usize, line_break: &str) {
    let table = table();
    let end = out.len() + len;
    let mut left = 0u32;
    loop {
        let mut bits = rng.next();
        for _ in 0..5 {
            let start = out.len();
            out.push_str(&table[bits as usize % TABLE]);
            bits >>= 12;
            if left == 0 {
                left = 6 + bits as u32 % 11;
                if let Some(first) = out.get_mut(start..=start) {
                    first.make_ascii_uppercase();
                }
            }
            left -= 1;
            if out.len() >= end {
                out.push('.');
                return;
            }
            match (left, bits & 7) {
                (0, 0) => {
                    out.push('.');
                    out.push_str(line_break);
                }
                (0, 1) => out.push_str("? "),
                (0, _) => out.push_str(". "),
                (_, 7) => out.push_str(", "),
                _ => out.push(' '),
            }
        }
    }
}

/// A few words, without a full stop.
pub(crate) fn title(rng: &mut Rng) -> String {
    let mut out = String::new();
    let len = rng.between(12, 45) as usize;
    prose(rng, &mut out, len, " ");
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_has_the_length_and_fits_in_json() {
        let mut rng = Rng::new(3, "prose", 0);
        for len in [1, 10, 1_000, 50_000] {
            let mut out = String::new();
            prose(&mut rng, &mut out, len, "\\n");
            assert!(out.len() >= len && out.len() < len + 60);
            assert!(serde_json::from_str::<String>(&format!("\"{out}\"")).is_ok());
        }
    }

    #[test]
    fn words_are_many_and_repeat() {
        let mut out = String::new();
        prose(&mut Rng::new(3, "prose", 0), &mut out, 100_000, "\n");
        let all: Vec<&str> = out.split_whitespace().collect();
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert!(distinct.len() > 300 && distinct.len() < all.len() / 4);
    }
}
