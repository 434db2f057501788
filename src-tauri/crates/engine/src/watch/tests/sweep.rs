//! No change is lost: whatever is done, by chance, what the watch says is what a comparison of all files says.
use super::super::look::{Look, Nobody};
use super::super::print::Print;
use super::*;

/// xorshift: the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

const FOLDERS: [&str; 6] = ["a", "a/b", "c", "c/d/e", "logs", "node_modules"];
const FILES: [&str; 6] = ["settings.yaml", ".env", "x.pdf", "main.py", "server.log", "chat.db-wal"];

fn act(yard: &Yard, chance: &mut Chance) {
    let mut folder = || FOLDERS[chance.below(6) as usize];
    let (one, other) = (folder(), folder());
    let file = FILES[chance.below(6) as usize];
    let path = |below: &str| yard.path("data").join(below);
    match chance.below(9) {
        0..4 => yard.write(&format!("data/{one}/{file}"), chance.below(1 << 40).to_le_bytes()),
        4 => drop(fs::remove_file(path(one).join(file))),
        5 => drop(fs::remove_dir_all(path(one))),
        6 => drop(fs::rename(path(one), path(other))),
        7 => drop(fs::rename(path(one), yard.path("outside"))),
        _ => drop(fs::rename(yard.path("outside"), path(one))),
    }
}

fn print(yard: &Yard, rules: &Classifier) -> Print {
    let root = WalkRoot { name: "data".into(), path: yard.path("data"), file: false };
    let stop = AtomicBool::new(false);
    Look { root: &root, filter: rules, stop: &stop }.over(b"", -1, &mut Nobody).unwrap()
}

fn sweep(budget: u64, seed: u64) {
    let mut yard = Yard::new();
    yard.budget = Budget::new(budget);
    let rules = Classifier::new(&yard.profile, Path::new("/none")).unwrap();
    let mut chance = Chance(seed);
    let mut hand = yard.hand();
    let mut before = print(&yard, &rules);
    for round in 0..100 {
        for _ in 0..=chance.below(6) {
            act(&yard, &mut chance);
            if chance.below(3) == 0 {
                hand.0.hear();
            }
        }
        let seen = hand.kinds();
        let now = print(&yard, &rules);
        for kind in now.differs(&before).iter() {
            assert!(seen.contains(&kind), "budget {budget}, seed {seed}, round {round}: {kind:?} was lost");
        }
        before = now;
    }
}

#[test]
fn what_is_told_covers_what_differs() {
    (1..=5).for_each(|seed| sweep(100_000, seed * 7919));
}

#[test]
fn also_where_the_watches_run_out_now_and_then() {
    (1..=3).for_each(|seed| sweep(12, seed * 104_729));
}
