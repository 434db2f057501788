//! The sentences, by what they are about. Each function knows the codes that `of` gives it.
use super::codes::{Words, say};
use holdfast_domain::Code;

pub(super) fn capture(code: Code) -> Words {
    match code {
        Code::FileChanged => say(
            "{} changed while it was read.",
            "The archive holds it as it was read last. The next backup takes it again; if this returns every time, \
             back up at a quieter hour or exclude it.",
        ),
        Code::FileVanished => say(
            "{} was there and then gone while the backup ran.",
            "Nothing, if it was a temporary file. Otherwise run the backup again.",
        ),
        Code::FileUnreadable => {
            say("{} could not be read and is not in the archive.", "Let this user read it, then run the backup again.")
        }
        Code::SpecialFileLeftOut => say(
            "{} is a socket, pipe or device and was left out.",
            "Nothing: the program that made it makes it again when it starts.",
        ),
        Code::DatabaseDamaged => say(
            "The database {} is damaged.",
            "It was captured as it is. Compare with an earlier archive (holdfast diff) and restore the database from \
             the last one in which it was whole.",
        ),
        Code::DatabaseWasDamaged => say(
            "The database {} was damaged already when it was captured.",
            "The archive holds what was there. For a sound one look into earlier archives (holdfast diff), and restore the \
             database from the last one in which it was whole.",
        ),
        Code::DatabaseUnreadable => say(
            "The database {} could not be copied as one consistent state.",
            "Look whether this user may read it and whether a program holds it locked, then run the backup again.",
        ),
        Code::VectorStoreChanging => say(
            "The vector store {} did not stand still long enough to be captured.",
            "Run the backup again when nothing is being added to it.",
        ),
        Code::VectorStoreIncomplete => say(
            "The vector store {} lacks some of its parts.",
            "Restore the store's whole folder, or let the chatbot index its documents again.",
        ),
        Code::RootMissing => say(
            "{}, which is to be protected, is not there.",
            "Bring it back (is its drive mounted?), or restore it from an archive.",
        ),
        Code::RootEmpty => say(
            "The folder {} holds nothing.",
            "If its drive is not mounted, mount it. If its files were deleted, restore them from an archive. If it is \
             meant to be empty: holdfast backup --allow-empty.",
        ),
        Code::RootShrunk => say(
            "Most files of the folder {} are gone.",
            "If nobody deleted them on purpose, restore them from an archive (holdfast diff shows what went). If somebody \
             did, nothing needs doing: later backups name those files until you say that it was meant (holdfast settle).",
        ),
        Code::DatabaseLost => say(
            "{} is no database any more.",
            "If that is not intended, stop the chatbot and restore the database from the archive before (holdfast restore, \
             with --at and --path). If it is, say that it was meant (holdfast settle).",
        ),
        Code::ConfigLost => say(
            "Configuration or keys missing: {}.",
            "If nobody deleted that on purpose, restore it from the archive before (holdfast restore, with --at and --path). If \
             somebody did, say that it was meant (holdfast settle).",
        ),
        Code::VectorsLost => say(
            "Parts of a vector store missing or cut short: {}.",
            "Stop the chatbot and restore the store's whole folder from the archive before (holdfast restore, with --at and \
             --path), or let it index its documents again.",
        ),
        Code::FilesLost => say(
            "Many files missing: {}.",
            "If nobody deleted them on purpose, restore them from the archive before (holdfast diff shows what went). If somebody \
             did, say that it was meant (holdfast settle).",
        ),
        Code::FilesCutShort => say(
            "Cut short: {}.",
            "Such files are written once. If nobody shortened them on purpose, restore them from the archive before (holdfast \
             restore, with --at and --path). If somebody did, say that it was meant (holdfast settle).",
        ),
        Code::FilesScrambled => say(
            "Noise in place of what was there: {}.",
            "If nobody encrypted that on purpose, disconnect this computer, and restore from the last good archive, which holdfast alarm names. If somebody did, say that it was meant (holdfast alarm acknowledge).",
        ),
        Code::MostFilesChanged => say(
            "Most files of {} changed at once.",
            "If no update or move explains it, see what changed (holdfast diff) and restore the last good archive, which holdfast alarm names. If one does, say that it was meant (holdfast alarm acknowledge).",
        ),
        Code::DatabaseEmptied => say(
            "The database {} lost most of its rows.",
            "If nobody deleted them on purpose, stop the chatbot and restore the database from the last good archive, which holdfast alarm names. If somebody did, say that it was meant (holdfast alarm acknowledge).",
        ),
        Code::UnusualSize => say(
            "The size of {} is far from what it was.",
            "See what came or went (holdfast diff). If that is as it should be, say so (holdfast alarm acknowledge).",
        ),
        Code::SourceUnreadable => say(
            "Many files of {} cannot be read any more.",
            "Let this user read them again, then back up; the archive keeps their last state. If that is as it should be, say so (holdfast alarm acknowledge).",
        ),
        Code::LeftOutByPattern => say(
            "{} is left out by a pattern.",
            "If that is not intended, take the pattern out of what is left out in the settings, then back up.",
        ),
        Code::ServerNotCaptured => say(
            "The database server {} is not captured: its files are no backup while it runs.",
            "Let its own program (pg_dump, mysqldump, mongodump) dump it into a folder that is protected, before each backup, \
             and say which: holdfast server dump NAME --in FOLDER. If it is saved otherwise, or not used: holdfast server \
             settle NAME.",
        ),
        Code::LiveElsewhere => say(
            "The running chatbot keeps data in {}, which would not be protected.",
            "Add that folder with --root, or protect it instead of the other one.",
        ),
        Code::NotLookedInto => say(
            "{} was not looked into.",
            "If the chatbot keeps something there, name its folder with --root, or look again as a user who may read it.",
        ),
        _ => say(
            "The secret {} is not in what is protected.",
            "The data is protected all the same. But after a restore without the secret, what was sealed with it cannot be \
             read: if it lies in a file, protect that too.",
        ),
    }
}

pub(super) fn archives(code: Code) -> Words {
    match code {
        Code::NotAnArchive => {
            say("{} is not a Holdfast archive.", "Name an archive, a file that ends in .tar.zst.age or .tar.zst.gpg.")
        }
        Code::ArchiveTruncated => say(
            "{} ends too early: a part of it is missing.",
            "Use another copy or another archive. If there is none, holdfast salvage gets out what is there.",
        ),
        Code::ArchiveDamaged => say(
            "{} is damaged.",
            "Use another copy or another archive. If there is none, holdfast salvage gets out what is undamaged.",
        ),
        Code::ArchiveMissing => say(
            "The archive {} was not found.",
            "holdfast list shows the archives that there are; if it lies on a drive, plug the drive in.",
        ),
        Code::ParentMissing => say(
            "The archive {} needs another one that is not at hand.",
            "Put the archives that it needs into the same folder (holdfast list --json names them), or use an older full \
             archive.",
        ),
        Code::ParentDamaged => say(
            "The archive {} needs another one that is damaged.",
            "Use another copy of the damaged one, or an archive that does not need it. If there is none, holdfast salvage \
             gets out what is undamaged.",
        ),
        Code::NotChecked => say(
            "The archive {} could not be compared with what was written.",
            "Give its passphrase or recovery key (--passphrase-file, --identity-file): then every byte of it is looked at.",
        ),
        Code::NewerFormat => say(
            "The archive {} was made by a newer Holdfast.",
            "Update Holdfast, or follow HOW-TO-RESTORE.html beside the archive.",
        ),
        Code::Unsigned => say(
            "Nothing proves that the archive {} was made by this deployment.",
            "If you know where it comes from, repeat the command with --accept-unverified.",
        ),
        Code::SignedByOther => say(
            "The archive {} is signed by a key that is not this deployment's.",
            "Do not trust it unless you know who made it; then repeat the command with --accept-unverified.",
        ),
        Code::ChecksumMismatch => say(
            "The archive {} is not what was written.",
            "Check it byte by byte (holdfast verify --full), and use another copy or another archive.",
        ),
        Code::SizeOutOfRange => say(
            "{} has a size that it should not have.",
            "Look at what the file is; if it is an archive, check it with holdfast verify --full.",
        ),
        _ => say(
            "There is nothing to restore for {}.",
            "holdfast list shows the archives that there are, and holdfast show what is in them.",
        ),
    }
}

pub(super) fn keys(code: Code) -> Words {
    match code {
        Code::WrongPassphrase => say(
            "The passphrase does not open {}.",
            "Type it again; mind capital letters and the keyboard's language. The recovery key from the kit works too \
             (--identity-file).",
        ),
        Code::WrongKey => say(
            "The key does not open {}.",
            "Use the recovery key of the deployment that made it. If this is the right one, the beginning of the file is \
             damaged: use another copy, or another archive.",
        ),
        Code::KeyNeeded => say(
            "A key is needed: {}.",
            "Give the passphrase (--passphrase-file or HOLDFAST_PASSPHRASE_FILE) or the recovery key \
             (--identity-file).",
        ),
        Code::Mistyped => {
            say("{} was not typed as it is printed.", "Compare it with the page letter by letter, and type it again.")
        }
        Code::KeyringUnavailable => say(
            "{} cannot be used.",
            "Unlock it by logging in to the desktop, or go on without it (--no-keyring) and give the passphrase.",
        ),
        Code::KeyFromBefore => say(
            "{} still holds the recovery key from before, which opens with the passphrase of then.",
            "The next backup while it is there replaces it. If that passphrase is known to others, plug it in and back up now.",
        ),
        _ => say(
            "{} cannot be used, so new archives are not signed.",
            "Unlock the keyring and run the backup again. The archives open all the same.",
        ),
    }
}

pub(super) fn places(code: Code) -> Words {
    match code {
        Code::BadDestination => say(
            "Archives cannot be kept in {}.",
            "Choose a folder outside of what is protected, best on another drive.",
        ),
        Code::DestinationMissing => say(
            "The place for the archives is not there: {}.",
            "Plug the drive in or mount the folder, then run the command again. If it is gone for good: holdfast destination add \
             a new place, then holdfast destination first NAME.",
        ),
        Code::CloudUnreachable => say(
            "The cloud cannot be reached at {}.",
            "Look at the network connection and the address, then run the command again. A copy that was interrupted goes on where it stopped.",
        ),
        Code::BucketMissing => say(
            "There is no such bucket: {}.",
            "Create the bucket with the provider, or correct the address of the destination.",
        ),
        Code::AccessRefused => say(
            "The cloud does not let Holdfast in: {}.",
            "Read the cause, then correct the credentials of the destination, or what the provider allows them.",
        ),
        Code::DestinationFull => say(
            "There is no space left for {}.",
            "Make room, or add a larger drive or another place, then run the command again (holdfast prune --dry-run shows \
             what the rules let go of, if anything).",
        ),
        Code::ReadOnly => say(
            "{} cannot be written to: its file system is read-only.",
            "Look whether the drive has a write-protect switch or was mounted read-only after an error.",
        ),
        Code::NotExchangeable => say(
            "The folder {} cannot be restored in place.",
            "Restore into another folder (--into DIR), stop the chatbot, and copy from there what is needed.",
        ),
        Code::TargetNotEmpty => say("{} is not an empty folder.", "Name a folder that is empty or does not exist yet."),
        Code::NotEnoughSpace => say(
            "There is too little space at {}.",
            "Make room there, take less (--path, --component), or name a folder on another drive (--into).",
        ),
        Code::PermissionDenied => {
            say("This user may not access {}.", "Run the command as the user that owns it, or change its permissions.")
        }
        Code::InputOutput => say(
            "{} could not be read or written.",
            "Look at the cause. If a drive reports errors, use another one and another copy.",
        ),
        Code::UnsafePath => say(
            "{} would lead outside the folder that it belongs to.",
            "It was refused. Do not trust the archive that it comes from.",
        ),
        Code::MetadataNotRestored => say(
            "Owner, permissions or times of {} could not be restored.",
            "Its content is complete. Restore as root where owners matter, or set them by hand.",
        ),
        Code::OwnerUnknown => say(
            "The owner {} is not known on this machine.",
            "Make that user or group first, or say whose the files become: --user OLD=NEW, --group OLD=NEW.",
        ),
        Code::FilesInUse => say(
            "These programs have files of the deployment open: {}.",
            "Stop them before a restore in place, and start them again afterwards.",
        ),
        Code::StillInUse => say(
            "Still open in the state that was replaced: {}.",
            "Stop these programs and start them again. Until then what they write goes into the state that was set aside.",
        ),
        Code::WrittenAside => say(
            "The state before the restore was written to after it was set aside: {}.",
            "holdfast undo brings it back. To delete it with what was written since: holdfast undo --forget \
             --discard-changes.",
        ),
        Code::CopyDue => {
            say("Copies are due to {}.", "Plug it in and run holdfast copy, or let holdfast copy --wait wait for it.")
        }
        Code::TrayMissing => say(
            "This desktop has no place for the tray icon.",
            "Everything else works. Without it, closing the window ends Holdfast as soon as what runs is done.",
        ),
        Code::PlaceTooSmall => say(
            "{} has too little room for what it is to hold.",
            "Make room on it, or choose a larger place. What fits is copied, the newest whole archive first.",
        ),
        Code::PlaceFilling => say(
            "{} will be full soon.",
            "Make room on it, keep fewer archives (holdfast prune --dry-run shows why each is kept), or add another place (holdfast destination add).",
        ),
        Code::SameDisk => say(
            "{} is on the disk of this computer.",
            "What takes the disk takes both. Keep a copy on a drive too: plug one in, then holdfast destination add.",
        ),
        _ => say("{} is not in the place that was expected.", "Read the cause, and decide whether it matters here."),
    }
}

pub(super) fn runs(code: Code) -> Words {
    match code {
        Code::Locked => say(
            "Another run is at work on {}.",
            "Wait until it has ended, then run the command again. A run that was killed holds nothing up.",
        ),
        Code::Cancelled => {
            say("{} was cancelled and leaves nothing half-done.", "Run the command again when you like.")
        }
        Code::Interrupted => say(
            "An earlier run was interrupted at {}, and has now been brought to an end.",
            "Read which state the folder is in; holdfast undo brings back the state before a restore.",
        ),
        Code::NothingToUndo => {
            say("There is nothing to undo for {}.", "To go back further, restore an archive (holdfast list).")
        }
        Code::ChangedSincePreview => {
            say("{} has changed since the preview.", "Nothing was done. Look at the preview again, then go on.")
        }
        Code::UnknownDeployment => say(
            "{} is not a deployment on this machine.",
            "holdfast status shows those that are; holdfast setup makes one.",
        ),
        Code::NotProtected => say(
            "{} is restored, and not yet protected on this machine.",
            "Read the cause and put it right; or protect it anew with holdfast setup, into another folder.",
        ),
        Code::DeploymentExists => say("{} is there already.", "Use another name, or another folder for the archives."),
        Code::AmbiguousDeployment => say("It is not clear which deployment is meant.", "Add its name to the command."),
        Code::BadSettings => say(
            "The settings in {} cannot be used.",
            "Correct the file as the cause says; the archives are not touched by it.",
        ),
        Code::CatalogDamaged => say(
            "The catalog of archives is damaged: {}.",
            "Build it again from the archives with holdfast catalog rebuild. The archives themselves are not touched \
             by it.",
        ),
        Code::CatalogIncomplete => say(
            "The catalog does not know everything about {}.",
            "Build it again from the archives with holdfast catalog rebuild.",
        ),
        Code::EmergencyFailed => say(
            "No archive of the present state of {} could be made before the restore.",
            "The state before the restore is preserved beside it all the same: holdfast undo brings it back.",
        ),
        Code::BadRunbook => say(
            "The runbook {} cannot be used.",
            "Correct the file as the cause says (holdfast runbook check FILE); all other runbooks can be used meanwhile.",
        ),
        Code::UnknownIncident => say("There is no incident {}.", "holdfast incident list shows those that there are."),
        Code::IncidentDamaged => say(
            "The journal of the incident {} cannot be read.",
            "Begin another one with holdfast incident start. The damaged journal stays where it is, for you to read.",
        ),
        Code::CutShort => say(
            "{} had begun when Holdfast was ended, and nobody but you can say what became of it.",
            "Look, then say so: holdfast incident do --was-done, or holdfast incident do --again.",
        ),
        Code::ServiceUnknown => say(
            "Holdfast does not know how {} is stopped and started.",
            "Stop or start it yourself, or write a [[service]] into the settings: holdfast service --help shows one.",
        ),
        Code::ServiceNotStarted => say(
            "{} could not be started.",
            "Read the cause and what the program itself says in its log; put that right, then start it again.",
        ),
        Code::StillRunning => say(
            "{} still runs.",
            "End it yourself, or allow that it is killed (kill = true in its [[service]]), then try again.",
        ),
        Code::BadRequest => say("{} cannot be used as it was given.", "Correct it; --help shows examples."),
        _ => say(
            "Holdfast came to a point that it should not reach, at {}.",
            "Run holdfast doctor, and report this with the log file.",
        ),
    }
}
