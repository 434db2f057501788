//! The tree of files in an archive.
use super::hand::Hand;
use super::{Page, SOON, until};
use serde_json::json;
use thirtyfour::Key;

const ROW: &str = "return [...document.querySelectorAll('[role=treeitem]')].find(
    (row) => row.querySelector('.name')?.innerText.trim() === arguments[0]) ?? null;";
const TREE: &str = "return document.querySelector('[role=tree]');";
/// The row that the keys act on.
const ACTIVE: &str = "const row = document.getElementById(document.querySelector('[role=tree]')?.getAttribute('aria-activedescendant') ?? '');
    return row && { name: row.querySelector('.name')?.innerText.trim() ?? '', open: row.getAttribute('aria-expanded') };";
const ROWS: usize = 60;

impl Page {
    /// Ticks what lies there, folder by folder.
    #[track_caller]
    pub fn tick(&self, path: &[&str]) {
        self.act_in_tree(path, true);
    }

    /// Reads the file that lies there.
    #[track_caller]
    pub fn read(&self, path: &[&str]) {
        self.act_in_tree(path, false);
    }

    #[track_caller]
    fn act_in_tree(&self, path: &[&str], tick: bool) {
        let (last, folders) = path.split_last().unwrap();
        match self.hand.get() {
            Hand::Pointer => {
                for folder in folders {
                    let row = self.row(folder);
                    let open = self.script_with(
                        "return arguments[0].getAttribute('aria-expanded');",
                        vec![super::hand::json(&row)],
                    );
                    if open == "false" {
                        self.click(&row, folder);
                    }
                }
                let row = self.row(last);
                let target = if tick { "return arguments[0].querySelector('.box');" } else { "return arguments[0];" };
                let target =
                    self.element(target, vec![super::hand::json(&row)]).unwrap_or_else(|| panic!("{last} has no box"));
                self.click(&target, last);
            }
            Hand::Keyboard => {
                let tree = until(SOON, || self.element(TREE, vec![])).expect("there is no tree");
                self.reach(&tree, "the tree");
                // It may be looking still.
                self.row_is_there(path[0]);
                self.key(Key::Home);
                for name in path {
                    self.walk_to(name);
                    if name != last {
                        self.key(Key::Right);
                        self.row_is_there(path[path.iter().position(|part| part == name).unwrap() + 1]);
                    }
                }
                self.key(if tick { Key::Space } else { Key::Enter });
            }
        }
    }

    #[track_caller]
    fn walk_to(&self, name: &str) {
        for _ in 0..ROWS {
            if self.script(ACTIVE)["name"] == name {
                return;
            }
            self.key(Key::Down);
        }
        panic!("{name} is not in the tree:\n{}", self.body());
    }

    #[track_caller]
    fn row_is_there(&self, name: &str) {
        let _ = self.row(name);
    }

    #[track_caller]
    fn row(&self, name: &str) -> thirtyfour::WebElement {
        let found = until(SOON, || self.element(ROW, vec![json!(name)]));
        found.unwrap_or_else(|| panic!("{name} is not in the tree:\n{}", self.body()))
    }
}
