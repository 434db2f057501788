//! What a window says where the command line names a command to type: it has buttons for that.
use super::of;
use holdfast_domain::Code;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// For a code that nobody thought of here.
const OTHERWISE: &str = "Look at the cause, put it right, then try again.";

/// What to do next, for somebody who has no terminal.
pub fn next_step(code: Code) -> &'static str {
    let table = of(code).next_step;
    if !is_typed(table) {
        return table;
    }
    match code {
        Code::DatabaseDamaged | Code::DatabaseWasDamaged => {
            "Look through earlier archives, and restore the database from the last one in which it was whole."
        }
        Code::ServerNotCaptured => {
            "Let its own program (pg_dump, mysqldump, mongodump) dump it into a folder that is protected, before each backup."
        }
        Code::RootEmpty => {
            "If its drive is not mounted, mount it. If its files were deleted, restore them. If it is meant to be empty, back up \
             all the same."
        }
        Code::RootShrunk => {
            "If nobody deleted them on purpose, compare with an archive and restore them. If somebody did, nothing needs doing: \
             later backups name those files until you say that it was meant."
        }
        Code::DatabaseLost => {
            "If that is not intended, stop the chatbot and restore the database from the archive before. If it is, say that \
             it was meant."
        }
        Code::FilesCutShort => {
            "Such files are written once. If nobody shortened them on purpose, restore them from the archive before. If \
             somebody did, say that it was meant."
        }
        Code::FilesScrambled => {
            "If nobody encrypted that on purpose, disconnect this computer, and restore the last good archive. If somebody did, say that it was meant."
        }
        Code::MostFilesChanged => {
            "If no update or move explains it, see what changed, and restore the last good archive. If one does, say that it was meant."
        }
        Code::DatabaseEmptied => {
            "If nobody deleted them on purpose, stop the chatbot and restore the database from the last good archive. If somebody did, say that it was meant."
        }
        Code::UnusualSize => "See what came or went. If that is as it should be, say that it was meant.",
        Code::SourceUnreadable => {
            "Let this user read them again, then back up; the archive keeps their last state. If that is as it should be, say that it was meant."
        }
        Code::PlaceFilling => "Make room on it, keep fewer archives, or add another place.",
        Code::ConfigLost | Code::FilesLost => {
            "If nobody deleted that on purpose, restore it from the archive before. If somebody did, say that it was \
             meant."
        }
        Code::VectorsLost => {
            "Stop the chatbot and restore the store's whole folder from the archive before, or let it index its documents again."
        }
        Code::LiveElsewhere | Code::NotLookedInto => {
            "Add that folder to what is protected, if the chatbot keeps something there."
        }
        Code::ArchiveTruncated | Code::ArchiveDamaged | Code::ChecksumMismatch | Code::ParentDamaged => {
            "Repair it from a copy if there is one, or make a full backup. What is undamaged in it can still be restored."
        }
        Code::ArchiveMissing => "Choose one of the archives in the list. If its drive is away, plug it in.",
        Code::ParentMissing => "Bring back the archive that it needs, or choose one that needs no other.",
        Code::NotAnArchive => "Choose a file that Holdfast made.",
        Code::NewerFormat => "Use a newer Holdfast to open it.",
        Code::Unsigned | Code::SignedByOther => "Go on only if you know where this archive comes from.",
        Code::NotChecked => "Check it when all that it needs is at hand.",
        Code::SizeOutOfRange => "Look at what the file is; if it is an archive, check it byte by byte.",
        Code::NothingToRestore => "Choose another moment, or another path.",
        Code::ServiceUnknown => "Stop or start it yourself, or write into the settings how that is done.",
        Code::WrongPassphrase => "Type it again. The recovery key from the kit opens the archives too.",
        Code::WrongKey | Code::Mistyped => "Compare what was typed with the printed page, group by group.",
        Code::KeyNeeded => "Type the passphrase, or the recovery key from the kit.",
        Code::KeyringUnavailable | Code::SigningKeyUnavailable => "Unlock the system's keyring, then try again.",
        Code::DestinationMissing => "Plug the drive in, or mount the folder, then try again.",
        Code::BadDestination | Code::TargetNotEmpty => "Choose another folder.",
        Code::CloudUnreachable | Code::BucketMissing | Code::AccessRefused => {
            "Look at the connection and at the settings of the destination, then try again."
        }
        Code::PermissionDenied => "Let this user read and write it, then try again.",
        Code::Cancelled => "Begin again when you like.",
        Code::DestinationFull | Code::NotEnoughSpace => "Make room, or choose another place.",
        Code::NotExchangeable => "Restore into another folder instead.",
        Code::OwnerUnknown => "Make that user or group first, or say whose the files become.",
        Code::SameDisk => "What takes the disk takes both. Keep a copy on a drive too.",
        Code::FilesInUse => "Stop the chatbot, then try again.",
        Code::WrittenAside => "Look at what would be lost. Undoing the restore brings it back.",
        Code::CopyDue => "Plug the drive in. The rest happens by itself.",
        Code::Locked => "Wait until the other run is done, then try again.",
        Code::Interrupted => "Try again.",
        Code::NothingToUndo => "Nothing: the present state is the one that was there.",
        Code::UnknownDeployment | Code::AmbiguousDeployment => {
            "Choose one of the chatbots that are set up, or set one up."
        }
        Code::NotProtected => "Set it up first.",
        Code::DeploymentExists => "Choose another name, or go on with the one that is there.",
        Code::BadSettings => "Open the settings and change what is named here.",
        Code::CatalogDamaged | Code::CatalogIncomplete => {
            "Build the catalog again from the archives. They are not touched by that."
        }
        Code::EmergencyFailed => "The state before is kept beside the new one: undo brings it back.",
        Code::BadRunbook => "Correct the file as the cause says. All other runbooks can be used meanwhile.",
        Code::UnknownIncident => "Choose one of the incidents that are listed.",
        Code::IncidentDamaged => "Begin another one. The damaged journal stays where it is, for you to read.",
        Code::CutShort => "Look whether it was done, then say so.",
        Code::BadRequest => "Look at what is named here, and change it.",
        Code::Internal => "Look at Health, and report this with the log file.",
        _ => OTHERWISE,
    }
}

/// An answer in a window's words: wherever it holds a failure or a note, the next step is one without a command to type.
/// What is sent over a seam is wrapped in this.
#[derive(Debug, Clone)]
pub struct InWindow<T>(pub T);

impl<T: Serialize> Serialize for InWindow<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = serde_json::to_value(&self.0).map_err(serde::ser::Error::custom)?;
        reword(&mut value);
        value.serialize(serializer)
    }
}

fn reword(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(reword),
        Value::Object(fields) => {
            let typed = fields.get("next_step").and_then(Value::as_str).filter(|step| is_typed(step));
            if let Some(step) = typed {
                let code = fields.get("code").and_then(|code| serde_json::from_value::<Code>(code.clone()).ok());
                // What the table says has its own words here; what was said of this very case, only without the command.
                let plain = Some(untyped(step)).filter(|plain| !is_typed(plain));
                let plain = plain.filter(|_| code.is_none_or(|code| of(code).next_step != step));
                let said = plain.map(Value::from).or_else(|| code.map(|code| Value::from(next_step(code))));
                fields.insert("next_step".to_owned(), said.unwrap_or_default());
            }
            fields.values_mut().for_each(reword);
        }
        _ => {}
    }
}

/// Without what stands in brackets and is typed into a terminal: sentences are written so that they are whole without.
fn untyped(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, bracket)) = rest.split_once(" (") {
        let Some((within, after)) = bracket.split_once(')') else { break };
        out.push_str(before);
        if !is_typed(&format!("({within}")) {
            out.push_str(" (");
            out.push_str(within);
            out.push(')');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether a sentence asks for something to be typed into a terminal.
fn is_typed(sentence: &str) -> bool {
    sentence.contains("holdfast ")
        || sentence.contains("the command")
        || sentence.contains(" --")
        || sentence.contains("(--")
        || sentence.contains(": rm ")
        || sentence.contains("sudo")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, Note};
    use holdfast_domain::Problem;

    #[test]
    fn no_code_asks_a_window_to_type_a_command() {
        let mut own = 0;
        for code in crate::words::tests::ALL {
            let said = next_step(code);
            assert!(!is_typed(said) && said.ends_with('.'), "{code:?}: {said}");
            own += usize::from(is_typed(of(code).next_step));
            assert_ne!(said, OTHERWISE, "{code:?}");
        }
        assert!(own > 5, "{own}");
    }

    #[test]
    fn every_note_in_an_answer_is_reworded_and_nothing_else() {
        let note = Note::from(Problem::new(Code::CatalogIncomplete, "bot", "holdfast catalog rebuild"));
        let typed = Failure::new(Code::Locked, "bot", "x").then("Run holdfast status.");
        let half = "Take another (a sound one) (holdfast list), or wait (--wait 1).";
        let half = Failure::new(Code::Locked, "bot", "x").then(half);
        let free = Failure::new(Code::Locked, "bot", "x").then("Have a look.");
        let answer = serde_json::json!({
            "problems": [note], "failures": [typed, free, half], "state": "attention",
            "deployments": [{ "reason": "r", "next_step": "Make one: holdfast backup bot" }]
        });
        let said = serde_json::to_value(InWindow(&answer)).unwrap();
        assert_eq!(said["problems"][0]["next_step"], next_step(Code::CatalogIncomplete));
        assert_eq!(said["problems"][0]["cause"], "holdfast catalog rebuild");
        assert_eq!(said["failures"][0]["next_step"], next_step(Code::Locked));
        assert_eq!(said["failures"][1]["next_step"], "Have a look.");
        assert_eq!(said["failures"][2]["next_step"], "Take another (a sound one), or wait.");
        assert_eq!(said["deployments"][0]["next_step"], Value::Null);
        assert_eq!(said["state"], answer["state"]);
    }
}
