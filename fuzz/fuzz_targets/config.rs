//! Configuration files: any bytes load or end in an error, and every name can be looked up within bounds.
//!
//! The input is the root file and, each behind a line `%%`, the file that `-config` names and the file `$(MORE)`, which the
//! others may include. A root that begins with `#23.9.6` is read as that release reads it. What makes it read other files
//! of this machine is refused, and commands are not run.

#![no_main]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use countersign::settings::{Host, Settings};
use countersign_config::{
    Config, MAX_NAME, MAX_VALUE, Origin, Release, Sources, parse_bool, parse_int, split_list,
};
use countersign_core::authz::list_knobs;
use countersign_core::names::Level;
use countersign_fuzz::{by_chance, halves, reads_others};
use libfuzzer_sys::{Corpus, fuzz_target};

/// A look-up may move 64 MiB; so many are looked up at most.
const MOST_NAMES: usize = 32;
/// How deep files and templates nest at most, in HTCondor.
const DEEPEST: usize = 24;

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

fn load(release: Release, first: &Path, second: Option<&Path>) -> Result<Config, String> {
    let mut sources = Sources::file(first)
        .superuser(true)
        .subsystem("TOOL")
        .local_name("EAST")
        .release(release)
        .defaults()
        .builtins([
            ("HOSTNAME", "host"),
            ("FULL_HOSTNAME", "host.example"),
            ("TILDE", "/home/condor"),
            ("CondorIsAdmin", "false"),
            ("MORE", FOLDER.join("more").to_str().expect("text")),
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

fn value(config: &Config, name: &str) -> Option<String> {
    let setting = config.get(name).ok().flatten();
    setting.map(|setting| setting.value)
}

/// What was set, without where.
fn set(config: &Config) -> Vec<(String, String, bool)> {
    let entries = config.iter();
    entries
        .map(|entry| (entry.name.to_owned(), entry.raw.to_owned(), entry.listed))
        .collect()
}

/// Every place lies in a file that was read, or in a template that exists.
fn check_place(config: &Config, origin: &Origin) {
    assert!(!origin.to_string().is_empty() && !origin.condor_place().is_empty());
    assert!(origin.chain().count() <= DEEPEST, "{origin}");
    for place in origin.chain() {
        match place {
            Origin::File {
                source,
                line,
                last_line,
            } => {
                let content = std::fs::read(&source.path).expect("it was read");
                let lines = content.split(|&b| b == b'\n').count();
                // HTCondor counts newlines, and the last line may have none.
                assert!(
                    (1..=lines).contains(line) && (line - 1..=lines).contains(last_line),
                    "{place}, to line {last_line}, of {lines}"
                );
            }
            Origin::Template {
                category,
                name,
                line,
                ..
            } => {
                let template = config.release().template(category, name);
                let lines = template.expect("it exists").body.lines().count();
                assert!(*line < lines, "{place} of {lines}");
            }
            _ => {}
        }
    }
}

/// A file that can be read says the same behind `if true`, and nothing behind `if false`.
fn check_conditions(release: Release, root: &[u8], plain: &Config) {
    let has = |word: &[u8]| root.windows(word.len()).any(|w| w == word);
    let lines = || root.split(|&b| b == b'\n').map(<[u8]>::trim_ascii_start);
    // Words that only count within an `if` when they are hidden, a file that ends early, a dump; text in which `endif` is
    // no statement.
    if lines().any(|line| line.starts_with(b":"))
        || root.to_ascii_lowercase().windows(5).any(|w| w == b"error")
        || root.starts_with(b"# Configuration from ")
        || root.last() != Some(&b'\n')
        || root.ends_with(b"\\\n")
        || has(b"@=")
    {
        return;
    }
    let path = FOLDER.join("wrapped");
    let load = |condition: &str| {
        let text = [format!("if {condition}\n").as_bytes(), root, b"endif\n"].concat();
        std::fs::write(&path, text).expect("written");
        load(release, &path, None)
    };
    match load("true") {
        Ok(wrapped) => assert_eq!(set(plain), set(&wrapped), "behind `if true`"),
        Err(error) => assert!(error.contains("nest more than"), "{error}"),
    }
    match load("false") {
        Ok(skipped) => {
            let read = |entry: &countersign_config::Entry<'_>| entry.origin.path().is_some();
            assert_eq!(skipped.iter().filter(read).count(), 0, "behind `if false`");
        }
        Err(error) => assert!(error.contains("nest more than"), "{error}"),
    }
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let (root, behind) = halves(input, b"\n%%\n");
    let (last, more) = halves(behind, b"\n%%\n");
    if [root, last, more].into_iter().any(reads_others) {
        return Corpus::Reject;
    }
    let release = if root.starts_with(b"#23.9.6") {
        Release::V23_9_6
    } else {
        Release::default()
    };
    let (first, second) = (FOLDER.join("condor_config"), FOLDER.join("last"));
    std::fs::write(&first, root).expect("written");
    std::fs::write(FOLDER.join("more"), more).expect("written");
    std::fs::write(&second, last).expect("written");
    let second = (!last.is_empty()).then_some(second.as_path());
    let loaded = load(release, &first, second);
    // It ends; but one that costs as much as it may is not to be varied again and again.
    if matches!(&loaded, Err(error) if error.contains("takes too long")) {
        return Corpus::Reject;
    }
    let again = load(release, &first, second);
    let mut config = match (loaded, again) {
        _ if by_chance(input) => return Corpus::Keep,
        (Ok(config), Ok(again)) => {
            assert_eq!(set(&config), set(&again), "loading twice differs");
            config
        }
        (Err(one), Err(other)) => {
            assert_eq!(one, other);
            return Corpus::Keep;
        }
        (one, other) => panic!("loading twice differs: {one:?} {other:?}"),
    };
    // A name that was put together may be that of another file.
    let own = |path: &PathBuf| path.parent() == Some(&FOLDER);
    if !config.files().iter().all(own) {
        return Corpus::Reject;
    }
    assert!(config.files().len() > usize::from(second.is_some()));
    for warning in config.warnings() {
        assert!(!warning.to_string().is_empty());
        check_place(&config, &warning.origin);
    }
    for entry in config.iter() {
        assert!(!entry.name.is_empty() && entry.name.len() <= MAX_NAME);
        assert!(entry.raw.len() <= MAX_VALUE);
        check_place(&config, entry.origin);
        for former in entry.former {
            check_place(&config, &former.origin);
        }
    }
    if second.is_none() && !root.windows(7).any(|w| w.eq_ignore_ascii_case(b"include")) {
        check_conditions(release, root, &config);
    }

    // What -dump shows: every name once, in order.
    let listed: Vec<String> = config
        .dump()
        .map(|entry| entry.name.to_ascii_lowercase())
        .collect();
    assert!(listed.is_sorted_by(|one, other| one < other));

    let names: Vec<String> = config.iter().map(|entry| entry.name.to_owned()).collect();
    let mut fine = true;
    for name in names.iter().take(MOST_NAMES) {
        match config.get(name) {
            Ok(Some(setting)) => {
                assert!(!setting.value.is_empty() && setting.value.len() <= MAX_VALUE);
                let _ = (parse_bool(&setting.value), parse_int(&setting.value));
                assert!(split_list(&setting.value).all(|item| !item.is_empty()));
                let upper = config.get(&name.to_ascii_uppercase()).expect("as before");
                assert_eq!(upper.map(|s| s.value), Some(setting.value));
            }
            Ok(None) => {}
            // A circle costs as much as a look-up may, so that one of them is enough.
            Err(error) => {
                assert!(!error.to_string().is_empty());
                fine = false;
                break;
            }
        }
    }
    // What nobody may change, whatever the files say.
    assert_eq!(value(&config, "HOSTNAME").as_deref(), Some("host"));

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
    let mut lists = knobs.allow.iter().chain(&knobs.deny);
    if fine && lists.all(|knob| matches!(value(&config, knob).as_deref(), None | Some("*"))) {
        match Settings::from_config(&config, &host) {
            Ok(settings) => drop(format!("{settings:?}")),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }

    // With the local name in front, nothing counts before it.
    let by = Origin::Program {
        by: "the fuzzer".into(),
    };
    config
        .set("East.SET_BY_FUZZER", "plain", by)
        .expect("a fine name");
    assert_eq!(value(&config, "set_by_fuzzer").as_deref(), Some("plain"));
    Corpus::Keep
});
