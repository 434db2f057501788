//! The page of the window, through WebKitWebDriver.
use super::child::Owned;
use super::{Desktop, SOON, until, wait_for};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use thirtyfour::prelude::WebDriverResult;
use thirtyfour::{By, Capabilities, WebDriver};
use tokio::runtime::Runtime;

/// What the person sees in the window. The program ends with it.
pub struct Page {
    driver: Option<WebDriver>,
    runtime: Runtime,
    _process: Owned,
}

impl Page {
    pub(super) fn open(desktop: &Desktop) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new("WebKitWebDriver");
        desktop.surround(&mut command);
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
        Self { driver: Some(driver), runtime, _process: process }
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    /// The text of the first thing that fits, as soon as there is one.
    #[track_caller]
    pub fn text_of(&self, css: &str) -> String {
        let found = until(SOON, || {
            self.runtime.block_on(async {
                let element = self.driver().find(By::Css(css)).await.ok()?;
                element.text().await.ok().filter(|text| !text.trim().is_empty())
            })
        });
        found.unwrap_or_else(|| panic!("nothing to read at {css}; the page:\n{}", self.source()))
    }

    #[track_caller]
    pub fn wait_for_text(&self, text: &str) {
        let shown = until(SOON, || self.body().contains(text).then_some(()));
        assert!(shown.is_some(), "the window does not say: {text}\n{}", self.body());
    }

    pub fn click(&self, css: &str) {
        self.runtime.block_on(async { self.driver().find(By::Css(css)).await?.click().await }).unwrap();
    }

    /// Calls a command of the shell as the page does, and gives its answer, or its failure.
    pub fn invoke(&self, command: &str, args: Value) -> Result<Value, Value> {
        const CALL: &str = "const done = arguments[arguments.length - 1];
            window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])
                .then((value) => done({ value }), (failure) => done({ failure }));";
        let told = self.runtime.block_on(async { self.driver().execute_async(CALL, vec![json!(command), args]).await });
        let told = told.unwrap().json().clone();
        match told.get("failure") {
            Some(failure) => Err(failure.clone()),
            None => Ok(told["value"].clone()),
        }
    }

    /// What a script in the page gives back.
    pub fn script(&self, script: &str) -> Value {
        self.runtime.block_on(async { self.driver().execute(script, vec![]).await }).unwrap().json().clone()
    }

    pub fn picture(&self, path: &Path) {
        self.runtime.block_on(async { self.driver().screenshot(path).await }).unwrap();
    }

    pub fn body(&self) -> String {
        let read: WebDriverResult<String> =
            self.runtime.block_on(async { self.driver().find(By::Css("body")).await?.text().await });
        read.unwrap_or_default()
    }

    fn source(&self) -> String {
        self.runtime.block_on(self.driver().source()).unwrap_or_default()
    }

    /// Lets go of it without a word: the program has ended already.
    pub fn is_gone(mut self) {
        if let Some(driver) = self.driver.take() {
            let _ = self.runtime.block_on(driver.quit());
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            let _ = self.runtime.block_on(driver.quit());
        }
    }
}
