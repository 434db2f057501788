//! The desktop's tray: it takes items, reads their menus and chooses from them, as a panel does.
use super::{SOON, until};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{Dict, OwnedObjectPath, OwnedValue, Value};

const MENU: &str = "com.canonical.dbusmenu";
const ITEM: &str = "org.kde.StatusNotifierItem";

pub struct Tray {
    items: Arc<Mutex<Vec<(OwnedUniqueName, String)>>>,
    bus: Connection,
}

/// A line of a menu that is no separator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuLine {
    id: i32,
    pub label: String,
    pub enabled: bool,
}

struct Watcher(Arc<Mutex<Vec<(OwnedUniqueName, String)>>>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: zbus::message::Header<'_>) {
        let sender = header.sender().unwrap().to_owned();
        let path = if service.starts_with('/') { service } else { "/StatusNotifierItem".to_owned() };
        self.0.lock().unwrap().push((sender.into(), path));
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(name, path)| format!("{name}{path}")).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl Tray {
    pub fn listen(bus: &str) -> Self {
        let items = Arc::default();
        let builder = Builder::address(bus).unwrap().name("org.kde.StatusNotifierWatcher").unwrap();
        let served = builder.serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&items))).unwrap();
        Self { items, bus: served.build().unwrap() }
    }

    /// How many items were ever put here.
    pub fn items(&self) -> usize {
        self.items.lock().unwrap().len()
    }

    /// Whether the newest of them is still on the bus.
    pub fn is_alive(&self) -> bool {
        let names = zbus::blocking::fdo::DBusProxy::new(&self.bus).unwrap();
        names.name_has_owner(self.item().0.into_inner().into()).unwrap()
    }

    fn item(&self) -> (OwnedUniqueName, String) {
        until(SOON, || self.items.lock().unwrap().last().cloned()).expect("nobody came into the tray")
    }

    fn proxy(&self) -> Proxy<'static> {
        let (name, path) = self.item();
        // What it says now, not what it said.
        let builder = zbus::blocking::proxy::Builder::<Proxy<'_>>::new(&self.bus);
        let builder = builder.destination(name).unwrap().path(path).unwrap().interface(ITEM).unwrap();
        builder.cache_properties(zbus::proxy::CacheProperties::No).build().unwrap()
    }

    pub fn title(&self) -> String {
        self.proxy().get_property("Title").unwrap()
    }

    /// `Active` or `NeedsAttention`.
    pub fn status(&self) -> String {
        self.proxy().get_property("Status").unwrap()
    }

    /// The sizes of its pictures.
    pub fn icon_sizes(&self) -> Vec<(i32, i32)> {
        let icons: Vec<(i32, i32, Vec<u8>)> = self.proxy().get_property("IconPixmap").unwrap();
        icons.into_iter().map(|(width, height, _)| (width, height)).collect()
    }

    pub fn tooltip(&self) -> String {
        type Tip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let tip: Tip = self.proxy().get_property("ToolTip").unwrap();
        tip.3
    }

    fn menu_proxy(&self) -> Proxy<'static> {
        let path: OwnedObjectPath = self.proxy().get_property("Menu").unwrap();
        Proxy::new(&self.bus, self.item().0, path, MENU).unwrap()
    }

    pub fn menu(&self) -> Vec<MenuLine> {
        type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let (_, (_, _, children)): (u32, Layout) =
            self.menu_proxy().call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new())).unwrap();
        let mut lines = Vec::new();
        for child in &children {
            gather(child, &mut lines);
        }
        lines
    }

    /// The line whose label begins so, also in a menu that a line opens.
    pub fn line(&self, label: &str) -> Option<MenuLine> {
        self.menu().into_iter().find(|line| line.label.starts_with(label))
    }

    #[track_caller]
    pub fn choose(&self, label: &str) {
        self.click(label).unwrap();
    }

    /// A program that is quick has ended before it could answer.
    pub fn quit(&self) {
        match self.click("Quit") {
            Err(zbus::Error::MethodError(name, ..)) if name == "org.freedesktop.DBus.Error.NoReply" => {}
            sent => sent.unwrap(),
        }
    }

    fn click(&self, label: &str) -> zbus::Result<()> {
        let line = self.line(label).unwrap_or_else(|| panic!("the menu has no {label}: {:?}", self.menu()));
        assert!(line.enabled, "{label} cannot be chosen");
        self.menu_proxy().call("Event", &(line.id, "clicked", Value::from(0_i32), 0_u32))
    }
}

/// A line, and behind it those of the menu that it opens.
fn gather(child: &Value<'_>, lines: &mut Vec<MenuLine>) {
    let Value::Structure(structure) = child else { return };
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = structure.fields() else { return };
    lines.extend(line(*id, properties));
    for child in children.iter() {
        gather(if let Value::Value(inner) = child { inner } else { child }, lines);
    }
}

fn line(id: i32, properties: &Dict<'_, '_>) -> Option<MenuLine> {
    let text = |name: &str| properties.get::<&str, String>(&name).ok().flatten();
    let label = text("label").filter(|label| !label.is_empty())?;
    let enabled = properties.get::<&str, bool>(&"enabled").ok().flatten().unwrap_or(true);
    Some(MenuLine { id, label: label.replace("__", "_"), enabled })
}
