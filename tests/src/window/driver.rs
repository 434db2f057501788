//! The page of the window, through WebKitWebDriver.
use super::child::Owned;
use super::hand::Hand;
use super::{Desktop, SOON, until, wait_for};
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use thirtyfour::prelude::WebDriverResult;
use thirtyfour::{By, Capabilities, WebDriver, WebElement};
use tokio::runtime::Runtime;

/// What the person sees in the window. The program ends with it.
pub struct Page {
    driver: Option<WebDriver>,
    runtime: Runtime,
    /// With what the person acts.
    pub(super) hand: Cell<Hand>,
    _process: Owned,
}

impl Page {
    pub(super) fn open(desktop: &Desktop, more: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new("WebKitWebDriver");
        desktop.surround(&mut command);
        command.envs(more.iter().copied());
        // Without it a session waits for ever.
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").arg(format!("--port={port}")).stdout(Stdio::null());
        let process = Owned::start(&mut command);
        wait_for("the driver listens", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
        let runtime = Runtime::new().unwrap();
        // The client asks for one though it speaks to this machine alone; another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut wanted = Capabilities::default();
        let program = crate::programs::desktop();
        wanted.set("webkitgtk:browserOptions", json!({ "binary": program, "args": [] })).unwrap();
        let driver = runtime.block_on(WebDriver::new(format!("http://127.0.0.1:{port}"), wanted)).unwrap();
        Self { driver: Some(driver), runtime, hand: Cell::new(Hand::Pointer), _process: process }
    }

    pub(super) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The text of the first thing that fits, as soon as there is one.
    #[track_caller]
    pub fn text_of(&self, css: &str) -> String {
        let found = until(SOON, || {
            self.block_on(async {
                let element = self.driver().find(By::Css(css)).await.ok()?;
                element.text().await.ok().filter(|text| !text.trim().is_empty())
            })
        });
        found.unwrap_or_else(|| panic!("nothing to read at {css}; the page:\n{}", self.source()))
    }

    #[track_caller]
    pub fn wait_for_text(&self, text: &str) {
        let shown = until(SOON, || self.says(text).then_some(()));
        assert!(shown.is_some(), "the window does not say: {text}\n{}", self.body());
    }

    /// For each of them.
    #[track_caller]
    pub fn wait_for_texts(&self, texts: &[&str]) {
        for text in texts {
            self.wait_for_text(text);
        }
    }

    /// Whether this can be read now.
    pub fn says(&self, text: &str) -> bool {
        self.body().contains(text)
    }

    #[track_caller]
    pub fn wait_until_gone(&self, text: &str) {
        let gone = until(SOON, || (!self.says(text)).then_some(()));
        assert!(gone.is_some(), "the window still says: {text}\n{}", self.body());
    }

    /// Calls a command of the shell as the page does, and gives its answer, or its failure.
    pub fn invoke(&self, command: &str, args: Value) -> Result<Value, Value> {
        const CALL: &str = "const done = arguments[arguments.length - 1];
            window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])
                .then((value) => done({ value }), (failure) => done({ failure }));";
        let told = self.later(CALL, vec![json!(command), args]);
        match told.get("failure") {
            Some(failure) => Err(failure.clone()),
            None => Ok(told["value"].clone()),
        }
    }

    /// What a script in the page gives back.
    pub fn script(&self, script: &str) -> Value {
        self.script_with(script, vec![])
    }

    pub(super) fn script_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.block_on(async { self.driver().execute(script, arguments).await }).unwrap().json().clone()
    }

    /// What a script hands to its last argument.
    pub fn later(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.block_on(async { self.driver().execute_async(script, arguments).await }).unwrap().json().clone()
    }

    /// The element that a script gives back, if any.
    pub(super) fn element(&self, script: &str, arguments: Vec<Value>) -> Option<WebElement> {
        let told = self.block_on(async { self.driver().execute(script, arguments).await }).ok()?;
        told.element().ok()
    }

    /// Waits until what was changed is on the screen.
    pub fn is_drawn(&self) {
        const TWICE: &str = "const done = arguments[arguments.length - 1];
            requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";
        self.later(TWICE, vec![]);
    }

    /// What is shown now, among the test's pictures.
    pub fn picture(&self, name: &str) {
        let path = crate::programs::pictures().join(format!("{name}.png"));
        self.block_on(async { self.driver().screenshot(&path).await }).unwrap();
    }

    pub fn body(&self) -> String {
        let read: WebDriverResult<String> =
            self.block_on(async { self.driver().find(By::Css("body")).await?.text().await });
        read.unwrap_or_default()
    }

    fn source(&self) -> String {
        self.block_on(self.driver().source()).unwrap_or_default()
    }

    /// Lets go of it without a word: the program has ended already.
    pub fn is_gone(mut self) {
        if let Some(driver) = self.driver.take() {
            let _ = self.block_on(driver.quit());
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            let _ = self.block_on(driver.quit());
        }
    }
}
