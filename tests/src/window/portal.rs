//! The desktop's dialogs for files, answered by the test: GTK hands them to the portal where there is one.
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

type Options = HashMap<String, OwnedValue>;

#[derive(Default)]
struct Desk {
    /// What the next dialogs are answered with.
    answers: VecDeque<PathBuf>,
    /// Titles of those that were shown.
    shown: Vec<String>,
}

/// A portal in which a person has made up their mind before the dialog comes; without an answer they go back.
pub struct Portal {
    desk: Arc<Mutex<Desk>>,
    _bus: Connection,
}

struct Chooser(Arc<Mutex<Desk>>);

#[zbus::interface(name = "org.freedesktop.portal.FileChooser")]
impl Chooser {
    fn open_file(
        &self,
        _parent: String,
        title: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> OwnedObjectPath {
        self.answer(title, &options, &header, bus)
    }

    fn save_file(
        &self,
        _parent: String,
        title: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> OwnedObjectPath {
        self.answer(title, &options, &header, bus)
    }

    /// Folders are chosen from the third on.
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        4
    }
}

/// Who asks the portal for files asks it for the way into the network too.
struct Ways;

#[zbus::interface(name = "org.freedesktop.portal.ProxyResolver")]
impl Ways {
    fn lookup(&self, _address: String) -> Vec<String> {
        vec!["direct://".to_owned()]
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}

impl Chooser {
    fn answer(&self, title: String, options: &Options, header: &Header<'_>, bus: &zbus::Connection) -> OwnedObjectPath {
        let mut desk = self.0.lock().unwrap();
        desk.shown.push(title);
        let answer = desk.answers.pop_front();
        let sender = header.sender().unwrap().to_owned();
        let token = options.get("handle_token").and_then(|token| String::try_from(token.try_clone().unwrap()).ok());
        let from = sender.trim_start_matches(':').replace('.', "_");
        let path =
            format!("/org/freedesktop/portal/desktop/request/{from}/{}", token.unwrap_or_else(|| "t".to_owned()));
        let (handle, bus) = (OwnedObjectPath::try_from(path).unwrap(), Connection::from(bus.clone()));
        let on = handle.clone();
        thread::spawn(move || {
            // After the answer to the call, as from a person.
            thread::sleep(std::time::Duration::from_millis(100));
            let mut results: HashMap<&str, Value<'_>> = HashMap::new();
            let uris: Vec<String> = answer.iter().map(|path| format!("file://{}", path.display())).collect();
            results.insert("uris", Value::from(uris));
            let said = (u32::from(answer.is_none()), results);
            let _ = bus.emit_signal(Some(sender), on, "org.freedesktop.portal.Request", "Response", &said);
        });
        handle
    }
}

impl Portal {
    pub fn listen(bus: &str) -> Self {
        let desk = Arc::default();
        let builder = Builder::address(bus).unwrap().name("org.freedesktop.portal.Desktop").unwrap();
        let served = builder.serve_at("/org/freedesktop/portal/desktop", Chooser(Arc::clone(&desk))).unwrap();
        let served = served.serve_at("/org/freedesktop/portal/desktop", Ways).unwrap();
        Self { desk, _bus: served.build().unwrap() }
    }

    pub fn will_choose(&self, path: &Path) {
        self.desk.lock().unwrap().answers.push_back(path.to_owned());
    }

    pub fn shown(&self) -> Vec<String> {
        self.desk.lock().unwrap().shown.clone()
    }
}
