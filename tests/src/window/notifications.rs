use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedValue;

/// What a person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    pub title: String,
    pub text: String,
    pub actions: Vec<String>,
}

/// The desktop's notifications, written down instead of shown.
pub struct Notifications {
    told: Arc<Mutex<Vec<Notified>>>,
    _bus: Connection,
}

struct Server(Arc<Mutex<Vec<Notified>>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[allow(clippy::too_many_arguments)]
    fn notify(
        &self,
        _application: String,
        _replaces: u32,
        _icon: String,
        title: String,
        text: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _lasts_ms: i32,
    ) -> u32 {
        let mut told = self.0.lock().unwrap();
        told.push(Notified { title, text, actions });
        told.len() as u32
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "actions".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let text = |text: &str| text.to_owned();
        (text("test"), text("test"), text("1"), text("1.2"))
    }

    fn close_notification(&self, _number: u32) {}
}

impl Notifications {
    pub fn listen(bus: &str) -> Self {
        let told = Arc::default();
        let builder = Builder::address(bus).unwrap().name("org.freedesktop.Notifications").unwrap();
        let served = builder.serve_at("/org/freedesktop/Notifications", Server(Arc::clone(&told))).unwrap();
        Self { told, _bus: served.build().unwrap() }
    }

    pub fn told(&self) -> Vec<Notified> {
        self.told.lock().unwrap().clone()
    }
}
