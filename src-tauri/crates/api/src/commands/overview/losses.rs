//! What needs the person where something is gone or damaged.
use super::SafetyState;
use super::matters::{ActKind, List, MatterAct, said};
use crate::commands::aside::WrittenAside;
use crate::commands::captured::{Lacking, capital};
use crate::commands::comes_out::ComesOut;
use crate::commands::files_out::FilesOut;
use crate::commands::gone::Gone;
use crate::commands::pointing::NONE_WHOLE;
use crate::commands::together::Together;
use crate::commands::verdict::{Facts, MissingRoot, Outlived};
use crate::words::count_words;
use holdfast_domain::{Code, Problem};

pub(super) fn root_missing(root: &MissingRoot, salvage: Option<&ComesOut>, list: &mut List) {
    let path = root.path.display().to_string();
    let title = format!("{path} is not there.");
    let said = said(Code::RootMissing, &path, "it is not there", &title, "If its drive is not mounted, mount it.");
    let act = (ActKind::RestoreRoot, "Restore it", "Shows first what would be brought back.".to_owned());
    let out = salvage.map(|out| format!(" {}", out.sentence())).unwrap_or_default();
    let text =
        format!("It is to be protected, and no backup can be made of it. Its archives are not touched by that.{out}");
    list.add("root-missing", said, text, Some(act));
    list.last(|matter| {
        matter.also = salvage.map(ComesOut::act);
        if !root.file {
            matter.state = SafetyState::AtRisk;
        }
    });
}

/// What was captured last is not sound.
pub(super) fn data_lost(lacking: &Lacking, facts: &Facts, list: &mut List) {
    let Problem { code, subject, cause } = &lacking.problem;
    let title = format!("{}.", capital(&lacking.clause()));
    let more = match lacking.more {
        0 => String::new(),
        more => format!(" {} not well.", count_words(more, "more thing was", "more things were")),
    };
    let seen = format!("Seen at the backup of {}.{more}", lacking.seen);
    if let Some(text) = lacking.left_out_words() {
        let said = said(*code, subject, cause, &title, "Take the pattern out of the settings, then back up.");
        let text = format!("{text} The file itself is not touched by that.{more}");
        list.add("data-left-out", said, text, None);
        return list.last(|matter| matter.act = lacking.act());
    }
    let away = facts.missing_root.as_ref().is_some_and(|root| !root.file);
    let next_step = match &lacking.whole {
        Some(_) if away => "Restore the folder: it is taken from there.".to_owned(),
        Some(whole) => format!("Restore it from the archive of {}.", whole.said()),
        None => NONE_WHOLE.to_owned(),
    };
    let said = said(*code, subject, cause, &title, &next_step);
    if let Some(restored) = &lacking.restored {
        let text = format!("{seen} A restore at {restored} put other files in place.");
        let act = (ActKind::BackUpNow, "Back up now", "Looks whether it is well again.".to_owned());
        return list.add("data-lost", said, text, Some(act));
    }
    let out = lacking.comes_out.as_ref().map(|out| format!(" {}", out.sentence())).unwrap_or_default();
    let text = match &lacking.whole {
        // A restore of the folder is offered already, and takes that one.
        Some(whole) if away => {
            let text = format!(
                "{seen} It is so in the folder that is away: who puts that back gets it so. It is whole in the archive of {}.",
                whole.said()
            );
            return list.add("data-lost", said, text, None);
        }
        Some(whole) => {
            let (component, at) = (lacking.component(), whole.said());
            format!("{seen} {component} can be brought back as of {at}.{out}")
        }
        None => format!("{seen}{out}{}", facts.remains()),
    };
    list.add("data-lost", said, text, None);
    list.last(|matter| {
        matter.act = lacking.act();
        let better = lacking.comes_out.as_ref().filter(|_| lacking.whole.is_some());
        matter.also = better.map(ComesOut::act).or_else(|| settle(&lacking.open));
        if matter.act.is_none() {
            matter.state = SafetyState::AtRisk;
            (matter.act, matter.also) = lacking.ways_out(facts.kept.as_ref());
        }
    });
}

/// Files that nobody deletes in everyday life.
pub(super) fn files_gone(gone: &Gone, list: &mut List) {
    let Problem { code, subject, cause } = &gone.problem;
    let title = gone.title();
    let next_step = match (&gone.whole, &gone.out) {
        (Some(whole), _) => format!("Restore that from the archive of {}, or say that it was meant.", whole.at),
        (None, Some(_)) => "Bring out what is undamaged, or say that it was meant.".to_owned(),
        (None, None) => "No archive that can be restored is known to hold it.".to_owned(),
    };
    let whole = gone.whole.as_ref().map(|whole| format!(" It is in the archive of {}.", whole.said()));
    let whole = whole.or(gone.out.as_ref().map(|out| format!(" {}", FilesOut::sentence(out)))).unwrap_or_default();
    let said = said(*code, subject, cause, &title, &next_step);
    let id = match code {
        Code::FilesCutShort => "files-cut-short".to_owned(),
        _ => format!("files-gone {}", gone.class),
    };
    list.add(&id, said, format!("Seen at the backup of {}.{whole}", gone.seen), None);
    list.last(|matter| {
        matter.act = gone.act();
        matter.also = settle(&gone.paths);
    });
}

/// One archive for all: it stands where the first of the losses does.
pub(super) fn all_back(together: &Together, list: &mut List) {
    list.first_loss(|matter| matter.act = Some(together.act()));
}

/// Says that what is lost was meant, after each was named.
fn settle(paths: &[String]) -> Option<MatterAct> {
    if paths.is_empty() {
        return None;
    }
    let effect = "If it went on purpose. Names each first; other losses stay open.";
    let act = MatterAct::new(ActKind::Settle, "It was meant…", effect);
    Some(MatterAct { paths: paths.to_vec(), ..act })
}

/// A state that a restore set aside, with what is nowhere else in it.
pub(super) fn written_aside(aside: &WrittenAside, list: &mut List) {
    let (title, text) = (aside.title(), aside.text());
    let said = said(Code::WrittenAside, &aside.folder, &aside.written, &title, aside.step());
    list.add("written-aside", said, text, None);
    list.last(|matter| {
        let open = MatterAct::new(ActKind::OpenFolder, "Open its folder", aside.in_folder());
        let open = MatterAct { paths: vec![aside.folder.clone()], ..open };
        let undo = MatterAct::new(
            ActKind::ShowUndo,
            "Undo the restore…",
            "Archives the present state first, then brings that one back. There it can be let go of, too.",
        );
        (matter.act, matter.also) = if aside.newest { (Some(undo), Some(open)) } else { (Some(open), None) };
    });
}

/// Damage in an archive that newer ones do without: what is undamaged comes first, and nothing is to be deleted that
/// others need.
pub(super) fn outlived_damage(facts: &Facts, outlived: &Outlived, list: &mut List) {
    let damaged = facts.damaged;
    let title = format!("{} found damaged.", count_words(damaged, "older archive was", "older archives were"));
    let path = outlived.path.display().to_string();
    let next_step = "Bring out first what is undamaged.";
    let said = said(Code::ArchiveDamaged, &path, "its content is not what was written", &title, next_step);
    let text = match outlived.needed_by {
        0 => "No other needs it. The newest archive does without; nothing is pruned until that is settled.".to_owned(),
        count => format!(
            "{} it, and cannot be restored as a whole either. The newest archive does without; nothing is pruned until that is \
             settled.",
            count_words(count, "older archive needs", "older archives need")
        ),
    };
    list.add("outlived-damage", said, text, None);
    let best = facts.salvage.as_ref().map(ComesOut::act);
    list.last(|matter| matter.act = Some(best.unwrap_or_else(|| MatterAct::salvage(&outlived.archive))));
}
