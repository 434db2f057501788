//! What is shown, in the ways in which people have it: pictures to be looked at, and axe in each.
use super::{Desktop, Page};
use std::thread::sleep;
use std::time::Duration;

/// Name, size of the window, theme.
pub type Look = (&'static str, (u32, u32), &'static str);
pub const LOOKS: [Look; 3] =
    [("light", (1280, 800), "light"), ("dark", (1280, 800), "dark"), ("900x600", (900, 600), "light")];
pub const LARGE: [Look; 1] = [("text-200", (1280, 800), "light")];
/// Until what moved has come to rest.
const SETTLED: Duration = Duration::from_millis(400);

#[track_caller]
pub fn looks(desktop: &Desktop, page: &Page, name: &str, looks: &[Look]) {
    for (look, (width, height), theme) in looks {
        desktop.resize(*width, *height);
        page.script(&format!("document.documentElement.dataset.theme = '{theme}';"));
        sleep(SETTLED);
        page.is_drawn();
        page.picture(&format!("{name}-{look}"));
        // Whoever has to scroll sideways to read, does not read.
        let wide = page.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth;");
        assert!(wide.as_i64().unwrap_or(0) <= 1, "{name}, {look}: {wide} px too wide");
        page.is_sound(&format!("{name}, {look}"));
    }
    desktop.resize(1280, 800);
    page.script("document.documentElement.dataset.theme = 'light';");
}
