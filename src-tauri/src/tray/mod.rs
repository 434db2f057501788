//! The tray, as the StatusNotifierItem of the desktop. It works from the start or comes later, when somebody begins to show
//! trays; where nobody does, and where there is no bus, the program goes on without.
mod icons;

use crate::desk::Desk;
use crate::face::{Face, Mood};
use crate::window;
use holdfast_api::words::desk as words;
use holdfast_api::{Answer, PauseFor};
use ksni::blocking::{Handle, TrayMethods};
use ksni::menu::{StandardItem, SubMenu};
use ksni::{Category, Icon, MenuItem, OfflineReason, Status, ToolTip};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tauri::{AppHandle, Manager};

pub struct Tray {
    app: AppHandle,
    desk: Arc<Desk>,
    face: Face,
}

type Item = MenuItem<Tray>;

/// Puts the program into the tray.
pub fn start(app: &AppHandle, desk: &Arc<Desk>) {
    let tray = Tray { app: app.clone(), desk: desk.clone(), face: Face::unknown() };
    desk.in_tray.store(true, Ordering::Relaxed);
    match tray.assume_sni_available(true).spawn() {
        Ok(handle) => {
            app.manage(handle);
        }
        Err(e) => {
            desk.in_tray.store(false, Ordering::Relaxed);
            tracing::info!(error = %e, "there is no tray");
        }
    }
}

pub fn draw(app: &AppHandle, face: &Face) {
    if let Some(handle) = app.try_state::<Handle<Tray>>() {
        handle.update(|tray| tray.face = face.clone());
    }
}

impl ksni::Tray for Tray {
    fn id(&self) -> String {
        "holdfast".to_owned()
    }

    fn title(&self) -> String {
        self.face.title.clone()
    }

    fn category(&self) -> Category {
        Category::SystemServices
    }

    fn status(&self) -> Status {
        match self.face.mood {
            Mood::Attention | Mood::AtRisk => Status::NeedsAttention,
            Mood::Idle | Mood::Working | Mood::Paused | Mood::Empty => Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        icons::of(self.face.mood)
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        icons::of(self.face.mood)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: words::APPLICATION.to_owned(), description: self.face.line.clone(), ..ToolTip::default() }
    }

    fn activate(&mut self, _: i32, _: i32) {
        window::show(&self.app);
    }

    fn menu(&self) -> Vec<Item> {
        vec![
            said(&self.face.line),
            Item::Separator,
            Item::Standard(StandardItem {
                label: words::BACK_UP_NOW.to_owned(),
                enabled: self.face.can_back_up,
                activate: Box::new(|tray: &mut Tray| tray.in_background(Desk::back_up_all)),
                ..StandardItem::default()
            }),
            self.pause(),
            said(&self.face.last),
            Item::Separator,
            does(words::OPEN, |tray| window::show(&tray.app)),
            does(words::EXPORT, |tray| tray.desk.show_place(&tray.app, "archives")),
            Item::Separator,
            does(words::QUIT, |tray| window::quit(&tray.app, &tray.desk)),
        ]
    }

    fn watcher_online(&self) {
        self.desk.in_tray.store(true, Ordering::Relaxed);
        self.desk.ending.store(false, Ordering::Relaxed);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::info!(?reason, "nobody shows the tray");
        self.desk.in_tray.store(false, Ordering::Relaxed);
        true
    }
}

impl Tray {
    /// One line: it offers what can be done.
    fn pause(&self) -> Item {
        if self.face.paused {
            return does(words::RESUME, |tray| tray.in_background(|desk| desk.resume()));
        }
        let choice = |label: &str, pause: fn() -> PauseFor| {
            Item::Standard(StandardItem {
                label: plain(label),
                activate: Box::new(move |tray: &mut Tray| tray.in_background(move |desk| desk.pause(pause()))),
                ..StandardItem::default()
            })
        };
        Item::SubMenu(SubMenu {
            label: words::PAUSE_FOR.to_owned(),
            enabled: self.face.can_pause,
            submenu: vec![
                choice(words::PAUSE_HOUR, || PauseFor::Span("1h".to_owned())),
                choice(words::PAUSE_TOMORROW, || PauseFor::Until("tomorrow".to_owned())),
            ],
            ..SubMenu::default()
        })
    }

    /// The menu must not wait for it.
    fn in_background(&self, act: impl FnOnce(&Arc<Desk>) -> Answer<()> + Send + 'static) {
        let desk = self.desk.clone();
        std::thread::spawn(move || {
            if let Err(failure) = act(&desk) {
                tracing::warn!(cause = %failure.cause, "what was chosen in the tray could not be done");
            }
        });
    }
}

/// A line that says something and does nothing.
fn said(line: &str) -> Item {
    Item::Standard(StandardItem { label: plain(line), enabled: false, ..StandardItem::default() })
}

fn does(label: &str, act: fn(&mut Tray)) -> Item {
    Item::Standard(StandardItem { label: plain(label), activate: Box::new(act), ..StandardItem::default() })
}

/// Menus take an underscore for the mark of a key.
fn plain(text: &str) -> String {
    text.replace('_', "__")
}
