//! Who makes what is due on this machine: at most one program.
use crate::Home;
use crate::durable::Lock;
use crate::error::Result;
use holdfast_domain::Code;
use std::time::Duration;

/// No deployment has this name: "+" is in none.
const NAME: &str = "+schedule";

/// Somebody who only asks holds the lock for an instant.
const TRIES: u32 = 5;

pub(super) fn own(home: &Home, who: &str) -> Result<Lock> {
    let mut tries_left = TRIES;
    loop {
        match Lock::acquire(&home.locks(), NAME, who) {
            Err(e) if e.code() == Code::Locked && tries_left > 0 => {
                tries_left -= 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(e) if e.code() == Code::Locked => return Err(e.with_subject("the schedule")),
            other => return other,
        }
    }
}

/// Who it is, as it called itself: "holdfast watch (process 123)". `None`: nobody.
pub fn owner(home: &Home) -> Option<String> {
    Lock::holder(&home.locks(), NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owns_it_and_others_are_told_who() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        assert_eq!(owner(&home), None);
        let lock = own(&home, "holdfast watch").unwrap();
        assert_eq!(owner(&home), Some(format!("holdfast watch (process {})", std::process::id())));
        let second = own(&home, "the tray").unwrap_err();
        assert_eq!((second.code(), second.subject()), (Code::Locked, "the schedule"));
        assert!(second.cause().contains("holdfast watch"), "{second}");
        drop(lock);
        assert_eq!(owner(&home), None);
        own(&home, "the tray").unwrap();
    }
}
