//! The first run, where more than one test goes through it.
use super::Page;
use std::path::Path;

impl Page {
    /// From the welcome to what was found, with the chatbot of the test chosen.
    #[track_caller]
    pub fn finds(&self, bot: &Path) {
        self.press("Protect this computer’s chatbot");
        self.wait_for_texts(&["What should be protected?", "Go on"]);
        // On a machine that others use too, theirs are found as well.
        self.wait_until_gone("Looking for chatbots");
        let ours = bot.join("data");
        if self.offers(ours.to_str().unwrap()) {
            self.press(ours.to_str().unwrap());
        }
    }
}
