//! The window's types are made from these: `HOLDFAST_GENERATE=1 cargo test -p holdfast-api --test types` writes them, and
//! without it this test fails where they differ.
#![allow(clippy::unwrap_used, clippy::wildcard_imports)]
use holdfast_api::requests::*;
use holdfast_api::*;
use std::collections::BTreeMap;
use std::path::Path;
use ts_rs::{Config, TS, TypeVisitor};

const FILE: &str = "../../../ui/src/lib/backend/generated/index.ts";
const HEAD: &str =
    "// Made from the api by its test `types`; not to be edited. Sizes and counts stay far below 2^53.\n";

struct Collector {
    config: Config,
    declared: BTreeMap<String, String>,
}

impl TypeVisitor for Collector {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only what is declared by us has a file of its own.
        if T::output_path().is_some() {
            let declaration = declaration::<T>(&self.config);
            let name = T::ident(&self.config);
            match self.declared.get(&name) {
                Some(known) => {
                    assert_eq!(*known, declaration, "two types are called {name}");
                    return;
                }
                None => self.declared.insert(name, declaration),
            };
        }
        T::visit_generics(self);
        T::visit_dependencies(self);
    }
}

fn declaration<T: TS + ?Sized>(config: &Config) -> String {
    let docs = T::docs().unwrap_or_default();
    let docs = docs.trim_end();
    let line = if docs.is_empty() { "" } else { "\n" };
    format!("{docs}{line}export {}\n", T::decl(config))
}

/// Everything that crosses the seam; what it is made of is found from there.
fn collect() -> String {
    let config = Config::new().with_large_int("number");
    let mut all = Collector { config, declared: BTreeMap::new() };
    macro_rules! of {
        ($($type:ty),* $(,)?) => { $(all.visit::<$type>();)* };
    }
    of![
        AcknowledgeArgs,
        AcknowledgeAnswer,
        AlarmsArgs,
        AlarmList,
        BrowseArgs,
        DeleteArgs,
        PinArgs,
        SettleArgs,
        SettleAnswer,
        SettledAnswer,
        SearchArgs,
        SettingsArgs,
        StorageArgs,
        TextArgs,
        BrowseAnswer,
        DeleteAnswer,
        DeletePreview,
        DriveList,
        HistoryAnswer,
        IncidentAnswer,
        IncidentArgs,
        IncidentDo,
        IncidentList,
        IncidentStartArgs,
        KitGroups,
        OverviewAnswer,
        PauseArgs,
        PauseAnswer,
        ResumeAnswer,
        PinAnswer,
        ReportAnswer,
        ReportArgs,
        RunbookAnswer,
        RunbookList,
        SearchAnswer,
        SettingsAnswer,
        SettingsCheck,
        StorageAnswer,
        TextAnswer,
        Failure,
        Note,
        AppEvent,
        RunningJob,
        Progress,
        AppSettings,
        AppSettingsArgs,
        AddCloudArgs,
        AddDestinationArgs,
        AddPersonArgs,
        BackupArgs,
        CheckKitArgs,
        CopyArgs,
        DeploymentArgs,
        DiffArgs,
        ExportArgs,
        KitArgs,
        NamedDestination,
        PassphraseArgs,
        PassphraseText,
        PlaceFacts,
        PlanArgs,
        ProposePlaceArgs,
        RecoverFindArgs,
        RecoverOpenArgs,
        RecoverPlanArgs,
        RecoverTrustArgs,
        RemovePersonArgs,
        RenameDestination,
        RestoreArgs,
        RotationArgs,
        SalvageArgs,
        SetupArgs,
        SetupCheckArgs,
        SetupCheck,
        SetupRunArgs,
        ShowArgs,
        UnlockArgs,
        UpkeepArgs,
        UpkeepAnswer,
        OverdueNotice,
        VerifyArgs,
        ArchiveList,
        BackupAnswer,
        CheckAnswer,
        CopyAnswer,
        CopyCheckAnswer,
        CopyPreview,
        DestinationAnswer,
        DestinationInfo,
        DestinationList,
        DiagnosticsAnswer,
        DiffAnswer,
        DoctorAnswer,
        EntryInfo,
        ExportAnswer,
        ExportPreview,
        FindAnswer,
        ForgetAnswer,
        ForgetArgs,
        FixesAnswer,
        FixesPreview,
        HealthAnswer,
        HealthArgs,
        HealthTrendAnswer,
        HealthTrendArgs,
        ServiceActAnswer,
        ServiceActArgs,
        ServicePreview,
        ServiceStatusAnswer,
        KeyAnswer,
        KitAnswer,
        MomentsAnswer,
        PassphraseAnswer,
        PeopleAnswer,
        Planned<PruneAnswer>,
        Preserved,
        SetAside,
        InUse,
        PruneAnswer,
        PrunePreview,
        RebuildAnswer,
        RecoverAnswer,
        RecoverFindAnswer,
        RecoverPreview,
        RestoreAnswer,
        RestorePreview,
        RotateAnswer,
        RotationPreview,
        SalvageAnswer,
        SetupAnswer,
        SetupPreview,
        ShowAnswer,
        StatusAnswer,
        StrengthAnswer,
        UndoAnswer,
        UndoPreview,
        VerifyAnswer,
    ];
    let declarations: Vec<String> = all.declared.into_values().collect();
    format!("{HEAD}\n{}", declarations.join("\n"))
}

#[test]
fn the_types_of_the_window_are_those_of_the_api() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let made = collect();
    if std::env::var_os("HOLDFAST_GENERATE").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = there.lines().zip(made.lines()).find(|(there, made)| there != made);
    assert!(
        there == made,
        "the window's types are not those of the api (first: {differs:?}). Write them anew:\n  HOLDFAST_GENERATE=1 cargo test -p holdfast-api --test types"
    );
}

#[test]
fn requests_are_read_as_the_window_sends_them_and_nothing_else() {
    let keys = r#"{"passphrase":"tide harbour","identity":null,"accept_unverified":false}"#;
    let text = format!(
        r#"{{"deployment":null,"level":"full","manual":true,"read_back":true,"allow_empty":false,"envelope":"age","keys":{keys}}}"#
    );
    let args: BackupArgs = serde_json::from_str(&text).unwrap();
    assert!(args.keys.passphrase.is_some() && args.level == Some(Level::Full));
    assert!(serde_json::from_str::<BackupArgs>(&text.replace("\"manual\"", "\"manually\"")).is_err());
    assert!(serde_json::from_str::<BackupArgs>(&text.replace("\"full\"", "\"whole\"")).is_err());
    let typed: CheckKitArgs =
        serde_json::from_str(&format!(r#"{{"deployment":"bot","typed":{{"groups":[[3,"ABCD"]]}},"keys":{keys}}}"#))
            .unwrap();
    assert!(matches!(CheckArgs::from(typed).typed, TypedBack::Asked(groups) if groups[0].0 == 3));
    let recover: RecoverPlanArgs = serde_json::from_str(
        r#"{"opened":"plan-1","at":null,"components":["database"],"paths":[],"into":null,"moved":[["data","/srv"]],
            "users":[],"groups":[],"emergency":true,"adopt":true}"#,
    )
    .unwrap();
    assert_eq!((recover.opened.as_str(), recover.args.moved.len()), ("plan-1", 1));
}

#[test]
fn a_secret_is_in_no_debug_and_no_refusal() {
    let text = r#"{"deployment":null,"old":"tide harbour","new":"lantern 47"}"#;
    let args: PassphraseArgs = serde_json::from_str(text).unwrap();
    let shown = format!("{args:?}");
    assert!(!shown.contains("harbour") && !shown.contains("lantern"), "{shown}");
    let refused = serde_json::from_str::<PassphraseArgs>(&text.replace("\"lantern 47\"", "{\"lantern\":47}"));
    let refused = refused.unwrap_err().to_string();
    assert!(!refused.contains("lantern"), "{refused}");
    assert!(SecretText::from(String::new()).into_passphrase().is_err());
}
