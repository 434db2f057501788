//! Talk between a person and a model, as JSON.

use std::fmt::Write;

use crate::seed::Rng;
use crate::words::{prose, title};

const MODELS: [&str; 4] = ["llama3.1:8b", "openrouter/auto", "qwen2.5-coder:14b", "mistral-small"];

/// Adds the elements of a JSON list of messages, about `len` bytes of it.
fn turns(rng: &mut Rng, out: &mut String, len: usize, mut at: i64) {
    let end = out.len() + len;
    let mut role = "user";
    loop {
        let _ = write!(out, r#"{{"role":"{role}","timestamp":{at},"content":""#);
        let left = end.saturating_sub(out.len()).saturating_sub(4).max(20) as u64;
        let len = match role {
            "user" => rng.between(20, 400),
            _ => rng.between(200, 2_500),
        };
        prose(rng, out, len.min(left) as usize, "\\n");
        out.push_str("\"}");
        if out.len() + 60 >= end {
            return;
        }
        out.push(',');
        at += rng.between(5, 300) as i64;
        role = if role == "user" { "assistant" } else { "user" };
    }
}

/// One conversation file of about `len` bytes.
pub(crate) fn file(rng: &mut Rng, id: &str, len: usize, at: i64) -> String {
    let mut out = String::with_capacity(len + 256);
    let _ = write!(
        out,
        "{{\"id\":\"{id}\",\"title\":\"{}\",\"model\":\"{}\",\"created_at\":{at},\"messages\":[",
        title(rng),
        rng.pick(&MODELS)
    );
    let left = len.saturating_sub(out.len());
    turns(rng, &mut out, left, at);
    out.push_str("]}\n");
    out
}

/// The `chat` column of one row, of about `len` bytes.
pub(crate) fn column(rng: &mut Rng, title: &str, len: usize, at: i64) -> String {
    let mut out = String::with_capacity(len + 256);
    let _ = write!(
        out,
        r#"{{"title":"{title}","models":["{}"],"timestamp":{at},"tags":[],"files":[],"messages":["#,
        rng.pick(&MODELS)
    );
    let left = len.saturating_sub(out.len());
    turns(rng, &mut out, left, at);
    out.push_str("]}");
    out
}

/// The size of one of many conversations whose average is `mean`: 1 to 30 kB, mostly small ones.
pub(crate) fn some_len(rng: &mut Rng, mean: u64) -> usize {
    let wide = mean.saturating_sub(1_000).min(15_000) as f64;
    // The mean of -ln(u) is 1; what the cap takes away is little.
    let more = wide * -(1.0 - rng.fraction()).ln();
    (1_000.0 + more).min(30_000.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_json_of_about_the_length() {
        let mut rng = Rng::new(1, "talk", 0);
        for len in [1_000, 4_000, 30_000] {
            for text in [file(&mut rng, "id", len, 0), column(&mut rng, "title", len, 0)] {
                assert!(text.len().abs_diff(len) < 250, "{} for {len}", text.len());
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert!(!value["messages"].as_array().unwrap().is_empty());
            }
        }
    }

    #[test]
    fn lengths_keep_to_their_mean() {
        let mut rng = Rng::new(1, "len", 0);
        for mean in [1_100, 2_500, 10_000] {
            let sum: usize = (0..20_000).map(|_| some_len(&mut rng, mean)).sum();
            let got = sum as u64 / 20_000;
            assert!(got.abs_diff(mean) * 100 < mean * 10, "{got} for {mean}");
        }
    }
}
