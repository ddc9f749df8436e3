//! Configuration files: any bytes load or end in an error, and every name can be looked up within bounds.
//!
//! The input is the root file and, behind a line `%%`, the file that `-config` names. Settings that make it read other
//! files of this machine are refused.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use countersign::settings::{Host, Settings};
use countersign_config::{
    Config, MAX_NAME, MAX_VALUE, Origin, Release, Sources, parse_bool, parse_int, split_list,
};
use countersign_core::authz::list_knobs;
use countersign_core::names::Level;
use countersign_fuzz::{halves, reads_others};
use libfuzzer_sys::{Corpus, fuzz_target};

/// A look-up may move 64 MiB; so many are looked up at most.
const MOST_NAMES: usize = 32;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    let folder = parent.join(format!("countersign-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    folder
});

fn load(first: &PathBuf, second: Option<&PathBuf>, release: Release) -> Result<Config, String> {
    let mut sources = Sources::file(first)
        .superuser(true)
        .subsystem("TOOL")
        .local_name("EAST")
        .defaults()
        .release(release)
        .builtins([
            ("HOSTNAME", "host"),
            ("FULL_HOSTNAME", "host.example"),
            ("TILDE", "/home/condor"),
        ])
        .environment([("_CONDOR_FROM_ENV", "$(A)x"), ("PLAIN", "plain $(B)")]);
    if let Some(second) = second {
        sources = sources.last_file(second);
    }
    Config::load(&sources).map_err(|error| {
        let text = error.to_string();
        assert!(!text.is_empty());
        text
    })
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let (root, last) = halves(input, b"\n%%\n");
    if reads_others(root) || reads_others(last) {
        return Corpus::Reject;
    }
    let (first, second) = (FOLDER.join("condor_config"), FOLDER.join("more"));
    std::fs::write(&first, root).expect("written");
    let second = (!last.is_empty()).then_some(second);
    if let Some(second) = &second {
        std::fs::write(second, last).expect("written");
    }
    let release = Release::ALL[root.len() % 2];
    let loaded = load(&first, second.as_ref(), release);
    let again = load(&first, second.as_ref(), release);
    let mut config = match (loaded, again) {
        (Ok(config), Ok(again)) => {
            let raw = |config: &Config| {
                config
                    .iter()
                    .map(|entry| (entry.name.to_owned(), entry.raw.to_owned()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(raw(&config), raw(&again), "loading twice differs");
            config
        }
        (Err(one), Err(other)) => {
            assert_eq!(one, other);
            return Corpus::Keep;
        }
        (one, other) => panic!("loading twice differs: {one:?} {other:?}"),
    };
    assert_eq!(config.files().len(), 1 + usize::from(second.is_some()));
    for warning in config.warnings() {
        assert!(!warning.to_string().is_empty());
    }
    let names: Vec<String> = config.iter().map(|entry| entry.name.to_owned()).collect();
    // What -dump shows: every name once, in order, and as much as was set.
    let dumped: Vec<String> = config
        .dump()
        .map(|entry| entry.name.to_ascii_lowercase())
        .collect();
    assert!(dumped.windows(2).all(|pair| pair[0] < pair[1]));
    let listed = config.iter().filter(|entry| entry.listed).count();
    assert!(dumped.len() >= listed && dumped.len() > 1000);
    let mut fine = true;
    for name in names.iter().take(MOST_NAMES) {
        assert!(!name.is_empty() && name.len() <= MAX_NAME);
        match config.get(name) {
            Ok(Some(setting)) => {
                assert!(!setting.value.is_empty() && setting.value.len() <= MAX_VALUE);
                assert!(!setting.origin.to_string().is_empty());
                assert!(setting.origin.chain().count() <= 50);
                assert!(!setting.origin.condor_place().is_empty());
                let _ = (parse_bool(&setting.value), parse_int(&setting.value));
                assert!(split_list(&setting.value).all(|item| !item.is_empty()));
                let upper = config.get(&name.to_ascii_uppercase()).expect("as before");
                assert_eq!(upper.map(|s| s.value), Some(setting.value));
            }
            Ok(None) => {}
            // A circle costs as much as a look-up may: one of them is enough.
            Err(error) => {
                assert!(!error.to_string().is_empty());
                fine = false;
                break;
            }
        }
    }
    // What nobody may change, whatever the files say.
    assert_eq!(
        config
            .get("HOSTNAME")
            .ok()
            .flatten()
            .map(|s| s.value)
            .as_deref(),
        Some("host")
    );

    // The typed settings on top of it.
    let host = Host {
        home: Some("/home/alice".into()),
        hostname: "host".into(),
        full_hostname: "host.example".into(),
        username: "alice".into(),
        ..Host::bare("TOOL")
    };
    // Where a list is set, its hosts would be looked up.
    let knobs = list_knobs(Level::Client, "TOOL", false);
    let lists = knobs.allow.iter().chain(&knobs.deny);
    if fine
        && lists
            .into_iter()
            .all(|knob| matches!(config.get(knob), Ok(None)))
    {
        match Settings::from_config(&config, &host) {
            Ok(settings) => drop(format!("{settings:?}")),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }

    let by = Origin::Program {
        by: "the fuzzer".into(),
    };
    config
        .set("SET_BY_FUZZER", "plain", by)
        .expect("a fine name");
    assert_eq!(
        config
            .get("set_by_fuzzer")
            .ok()
            .flatten()
            .map(|s| s.value)
            .as_deref(),
        Some("plain")
    );
    Corpus::Keep
});
