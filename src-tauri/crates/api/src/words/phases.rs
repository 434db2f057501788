use holdfast_engine::jobs::Phase;

/// What a run does now.
pub fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "Getting ready",
        Phase::Decrypting => "Decrypting the archive: OpenPGP is read from its start",
        Phase::Scanning => "Looking through the files",
        Phase::BackingUp => "Backing up",
        Phase::Exporting => "Exporting",
        Phase::ReadingBack => "Reading back what was written",
        Phase::Verifying => "Verifying",
        Phase::CheckingDatabases => "Checking databases",
        Phase::Restoring => "Restoring",
        Phase::CheckingRestored => "Checking what was restored",
        Phase::Swapping => "Exchanging the old state for the new",
        Phase::Comparing => "Comparing",
        Phase::Removing => "Removing",
        Phase::Copying => "Copying and reading back",
        Phase::WaitingForDrive => "Waiting for a drive",
        Phase::Finishing => "Finishing",
    }
}
