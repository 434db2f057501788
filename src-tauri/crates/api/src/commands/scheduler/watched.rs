use crate::words::duration_words;
use holdfast_engine::watch::{By, RootStanding, Why};
use std::time::Duration;

/// How changes of a root are noticed, where that is not at once; or that they are again.
pub(super) fn watched_words(standing: &RootStanding) -> String {
    let path = standing.path.display();
    match &standing.by {
        By::Starting => format!("{path} is being looked through"),
        By::Events { .. } => format!("changes of {path} are noticed at once again"),
        By::Missing => format!("nothing is at {path}; when something comes there, that counts as a change"),
        By::Scanning { why, every_seconds } => {
            let every = duration_words(Duration::from_secs(*every_seconds));
            format!("changes of {path} are noticed within {every} and not at once: {}", why_words(why))
        }
    }
}

fn why_words(why: &Why) -> String {
    match why {
        Why::WatchLimit { limit: 0 } => "the system does not say how many folders may be watched".to_owned(),
        Why::WatchLimit { limit } => format!(
            "it has more folders than may be watched; Holdfast leaves half of the system's {limit} to other programs, and \
             sysctl fs.inotify.max_user_watches raises them"
        ),
        Why::NoWatches { cause } => format!("the system lets nothing be watched ({cause})"),
        Why::Network { kind, at } => {
            format!("{} lies on another computer ({kind}), which does not tell of changes", at.display())
        }
        Why::Fuse { kind, at } => {
            format!("{} is shown by another program ({kind}), which may change files unseen", at.display())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_why_a_change_is_noticed_late() {
        let of = |by| watched_words(&RootStanding { root: "data".into(), path: "/srv/bot".into(), by });
        let scanning = |why| of(By::Scanning { why, every_seconds: 120 });
        assert_eq!(
            scanning(Why::WatchLimit { limit: 8192 }),
            "changes of /srv/bot are noticed within 2 min and not at once: it has more folders than may be watched; Holdfast \
             leaves half of the system's 8192 to other programs, and sysctl fs.inotify.max_user_watches raises them"
        );
        assert!(
            scanning(Why::Network { kind: "nfs4".into(), at: "/srv".into() })
                .ends_with("/srv lies on another computer (nfs4), which does not tell of changes")
        );
        assert_eq!(of(By::Events { folders: 3 }), "changes of /srv/bot are noticed at once again");
    }
}
