//! What a person does in the window: the same by pointer and by keyboard alone.
use super::{Page, SOON, until};
use serde_json::{Value, json};
use thirtyfour::{Key, WebElement};

const FIND: &str = include_str!("find.js");
const ACTS: &str =
    "a[href], button, summary, [role=radio], [role=switch], [role=checkbox], [role=menuitem], [role=option]";
const FIELDS: &str = "input, textarea";
/// More stops than any place has.
const STOPS: usize = 150;

/// Whether the focus is on the argument, or on another one of its group, and whether it can be seen where it is.
const FOCUS: &str = "const [wanted] = arguments; const at = document.activeElement;
    const ring = (element) => element !== null && getComputedStyle(element).outlineStyle !== 'none' && parseFloat(getComputedStyle(element).outlineWidth) > 0;
    const pointed = document.getElementById(at.getAttribute('aria-activedescendant') ?? '');
    const byItself = at === document.body || at.tabIndex < 0 || at.getAttribute('role') === 'menuitem';
    const role = at.getAttribute('role');
    return { on: at === wanted,
        group: (role === 'radio' && wanted.getAttribute('role') === 'radio' && at.closest('[role=radiogroup]') === wanted.closest('[role=radiogroup]')) || role === 'menuitem' || role === 'menu',
        seen: byItself || [at, pointed, at.parentElement, at.closest('label')].some(ring), what: at.outerHTML.slice(0, 160) };";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Pointer,
    /// Tab, arrows, Enter, Space; where the focus is must be seen at each stop.
    Keyboard,
}

impl Page {
    /// From here on nothing is pointed at.
    pub fn by_keyboard(&self) {
        self.hand.set(Hand::Keyboard);
    }

    pub fn by_pointer(&self) {
        self.hand.set(Hand::Pointer);
    }

    /// A button, a link, a box to tick, one of several, by the beginning of its name; waited for while it cannot be pressed.
    #[track_caller]
    pub fn press(&self, name: &str) {
        let element = self.find(name, ACTS);
        match self.hand.get() {
            Hand::Pointer => self.click(&element, name),
            Hand::Keyboard => {
                self.reach(&element, name);
                // Links take Enter alone, boxes Space alone; buttons both.
                let is = self.script_with(
                    "return arguments[0].getAttribute('role') ?? arguments[0].tagName;",
                    vec![json(&element)],
                );
                let space = matches!(is.as_str(), Some("radio" | "checkbox" | "switch"));
                if is == "radio" && self.is_checked(&element) {
                    return;
                }
                self.key(if space { Key::Space } else { Key::Enter });
            }
        }
    }

    /// Types into the field of this name, in place of what is there.
    #[track_caller]
    pub fn fill(&self, label: &str, text: &str) {
        let element = self.find(label, FIELDS);
        match self.hand.get() {
            Hand::Pointer => self.click(&element, label),
            Hand::Keyboard => self.reach(&element, label),
        }
        let all = self.block_on(async {
            self.driver().action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control).perform().await
        });
        all.unwrap();
        self.types(text);
    }

    /// Into whatever has the focus.
    pub fn types(&self, text: &str) {
        self.block_on(async { self.driver().action_chain().send_keys(text).perform().await }).unwrap();
    }

    pub(super) fn key(&self, key: Key) {
        self.block_on(async { self.driver().action_chain().key_down(key.clone()).key_up(key).perform().await })
            .unwrap();
    }

    pub fn escape(&self) {
        self.key(Key::Escape);
    }

    /// A letter with Ctrl held.
    pub fn with_control(&self, letter: &str) {
        let chain = self.driver().action_chain().key_down(Key::Control).send_keys(letter).key_up(Key::Control);
        self.block_on(async { chain.perform().await }).unwrap();
    }

    /// By its name in the rail.
    #[track_caller]
    pub fn go(&self, place: &str) {
        self.press(place);
        let at = until(SOON, || {
            let here = self.script("return document.querySelector('nav a[aria-current]')?.innerText ?? ''");
            here.as_str().is_some_and(|name| name.trim().starts_with(place)).then_some(())
        });
        assert!(at.is_some(), "the place is not shown: {place}\n{}", self.body());
    }

    /// Whether there is something to press of that name.
    pub fn offers(&self, name: &str) -> bool {
        self.element(FIND, vec![json!(name), json!(ACTS)]).is_some()
    }

    #[track_caller]
    fn find(&self, name: &str, what: &str) -> WebElement {
        let found = until(SOON, || self.element(FIND, vec![json!(name), json!(what)]));
        found.unwrap_or_else(|| panic!("there is no {name} to be taken:\n{}", self.body()))
    }

    #[track_caller]
    pub(super) fn click(&self, element: &WebElement, name: &str) {
        // Something may still move above it.
        let clicked = until(SOON, || self.block_on(element.click()).ok());
        assert!(clicked.is_some(), "{name} cannot be clicked:\n{}", self.body());
    }

    /// Goes on from stop to stop until it is there.
    #[track_caller]
    pub(super) fn reach(&self, element: &WebElement, name: &str) {
        for stop in 0..STOPS {
            let at = self.script_with(FOCUS, vec![json(element)]);
            assert!(stop == 0 || at["seen"] == true, "where the focus is cannot be seen: {}", at["what"]);
            if at["on"] == true {
                return;
            }
            // One of several is one stop: the arrows go on from there.
            self.key(if at["group"] == true { Key::Down } else { Key::Tab });
        }
        panic!("{name} is not reached by keyboard:\n{}", self.body());
    }

    fn is_checked(&self, element: &WebElement) -> bool {
        self.script_with("return arguments[0].getAttribute('aria-checked') === 'true';", vec![json(element)]) == true
    }
}

/// As a script takes it.
pub(super) fn json(element: &WebElement) -> Value {
    element.to_json().unwrap()
}
