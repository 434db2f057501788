//! What needs the person where nothing can be restored.
use super::super::comes_out::ComesOut;
use super::Facts;
use super::matters::{ActKind, List, MatterAct, said};
use holdfast_domain::Code;

/// Why there is nothing to restore.
pub(super) fn none(
    facts: &Facts,
    list: &mut List,
    full: Option<(ActKind, &str, String)>,
    rebuild: Option<(ActKind, &str, String)>,
) {
    let name = facts.deployment.as_str();
    if let Some(at) = &facts.copies_at {
        let title = "No archive is where it was made.";
        let said = said(
            Code::ArchiveMissing,
            name,
            "its place holds none",
            title,
            "Bring the first place back, or restore from the copies.",
        );
        list.add("no-archive", said, format!("Copies lie at {at}: a restore takes them."), full);
    } else if !facts.destination_there {
        let title = "The place for the archives is not there.";
        let said = said(
            Code::DestinationMissing,
            name,
            "its folder or drive cannot be found",
            title,
            "Plug the drive in or mount the folder.",
        );
        list.add("place-missing", said, "What is on it cannot be seen from here; it may all be well.", None);
    } else if let Some(words) = &facts.unknown {
        let said = said(
            Code::CatalogIncomplete,
            name,
            words,
            "The catalog does not know the archives.",
            "Build it again from the archives.",
        );
        list.add("catalog-incomplete", said, format!("{words}."), rebuild);
    } else if facts.ahead > 0 {
        let title = "All its archives are dated after now.";
        let said = said(
            Code::OriginDiffers,
            name,
            "the clock was wrong once, or is now",
            title,
            "Set the clock right, then back up.",
        );
        list.add("dated-ahead", said, "They can be restored by their names.", None);
    } else if facts.any {
        let title = "None of its archives can be restored as they are.";
        let cause = "they are damaged, or something that they need is";
        let out = facts.salvage.as_ref().map(|out| format!(" {}", out.sentence())).unwrap_or_default();
        let wreck = facts.is_wreck();
        let next_step = if wreck { "Bring out first what is undamaged." } else { "Make a full backup." };
        let said = said(Code::ArchiveDamaged, name, cause, title, next_step);
        let text = format!("What is undamaged in the archives can be brought out.{out}{}", facts.remains());
        list.add("none-restorable", said, text, full);
        let newest = facts.most_left.as_ref().map(MatterAct::salvage);
        list.last(|matter| {
            matter.also = facts.salvage.as_ref().map(ComesOut::act).or(newest);
            // An archive of a wreck protects nothing.
            if wreck && matter.also.is_some() {
                std::mem::swap(&mut matter.act, &mut matter.also);
            }
            // A whole state comes before that.
            if facts.kept.is_some() {
                matter.also = matter.act.take().filter(|act| act.act == ActKind::Salvage).or(matter.also.take());
                matter.act = Some(MatterAct::undo());
            }
        });
    } else {
        let said =
            said(Code::NothingToRestore, name, "none was made", "There is no archive yet.", "Make the first one.");
        list.add("no-archive", said, "The chatbot is set up, and nothing of it is kept yet.", full);
    }
}
