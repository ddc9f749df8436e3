//! `docs/methods.md` is made from the code. To write it anew:
//! `COUNTERSIGN_REGENERATE=1 cargo test -p countersign --test methods_table`
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod facts;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign::config::Config;
use countersign::core::identity::NoMapper;
use countersign::core::names::{KNOWN_METHODS, MethodName, Standing};
use countersign::settings::{Host, PeerSettings};
use countersign::{Client, Settings};
use facts::{FACTS, Facts, Tested};

const HEAD: &str = "\
# Methods

<!-- Made from the code by countersign/tests/methods_table, which says how to write it anew. -->

What Countersign performs, in which role, and with which releases each method was tried. A method that is not performed stays in
the lists, as HTCondor would list it, and is not tried; one that HTCondor drops is struck, with the reason.
Another crate adds a method without touching this one: [write-a-method.md](write-a-method.md).

| method | spellings in settings | in policy ads | bit | client | server | 23.9.6 | 25.14.1 |
|---|---|---|---|---|---|---|---|
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What this build performs, as a client and as a server.
fn performed() -> (Vec<&'static MethodName>, Vec<&'static MethodName>) {
    let config: Config = "".parse().unwrap();
    let host = Host::bare("TOOL");
    let client = Client::builder(Settings::from_config(&config, &host).unwrap());
    let peer = PeerSettings::from_config(&config, &host).unwrap();
    let mapper: Arc<dyn countersign::core::identity::Mapper> = Arc::new(NoMapper);
    let server = peer.methods.registry(&mapper);
    (
        client.methods().collect(),
        server.iter().map(|method| method.name()).collect(),
    )
}

fn facts(method: &MethodName) -> Option<&'static Facts> {
    FACTS.iter().find(|facts| facts.method == method.canonical)
}

/// How a release stands to a method: what it does itself, and who was tried with it.
fn release(method: &MethodName, tested: &[Tested], release: &str) -> String {
    if let Standing::Dropped(_) = method.standing {
        return "struck".to_owned();
    }
    let roles: Vec<&str> = [("client", Tested::CLIENT), ("server", Tested::SERVER)]
        .into_iter()
        .filter(|(_, role)| {
            tested
                .iter()
                .any(|one| one.role == *role && one.release == release)
        })
        .map(|(name, _)| name)
        .collect();
    match roles.is_empty() {
        true => "not tried".to_owned(),
        false => format!("our {}", roles.join(", our ")),
    }
}

fn made() -> String {
    let (client, server) = performed();
    let mut text = HEAD.to_owned();
    let mut below = String::new();
    let mut methods = KNOWN_METHODS;
    methods.sort_by_key(|method| method.bit);
    for method in methods {
        let name = method.canonical;
        let facts = facts(method);
        let role = |list: &[&MethodName]| match method.standing {
            Standing::Dropped(_) if facts.is_some() => "in memory",
            Standing::Dropped(_) => "struck",
            Standing::Offered if list.contains(&method) => "yes",
            Standing::Offered => "not yet",
        };
        let tested = facts.map(|facts| facts.tested).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            method.spellings.join(", "),
            method.wire.unwrap_or("as configured"),
            method.bit,
            role(&client),
            role(&server),
            release(method, tested, "23.9.6"),
            release(method, tested, "25.14.1"),
        );
        let identity = facts.map(|facts| facts.identity).unwrap_or_default();
        let suites: Vec<String> = facts
            .into_iter()
            .flat_map(|facts| facts.suites)
            .map(|suite| format!("[{suite}](../{suite})"))
            .collect();
        let _ = match (method.standing, facts) {
            (Standing::Dropped(why), None) => writeln!(below, "| {name} | {why} | |"),
            (Standing::Offered, None) => writeln!(below, "| {name} | not performed yet | |"),
            (_, Some(_)) => writeln!(below, "| {name} | {identity} | {} |", suites.join(", ")),
        };
    }
    text + "\nWhom a method makes of the client, before any mapfile, and which suites try it:\n\n\
            | method | identity | suites |\n|---|---|---|\n"
        + &below
}

#[test]
fn the_page_is_what_the_code_says() {
    let path = root().join("docs/methods.md");
    let made = made();
    if std::env::var_os("COUNTERSIGN_REGENERATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs: Vec<String> = (0..made.lines().count().max(written.lines().count()))
        .filter_map(|at| {
            let (page, code) = (written.lines().nth(at), made.lines().nth(at));
            (page != code).then(|| {
                format!(
                    "- {}\n+ {}",
                    page.unwrap_or_default(),
                    code.unwrap_or_default()
                )
            })
        })
        .collect();
    assert!(
        differs.is_empty() && written == made,
        "docs/methods.md (-) is not what the code says (+); write it anew with\n\
         COUNTERSIGN_REGENERATE=1 cargo test -p countersign --test methods_table\n{}",
        differs.join("\n")
    );
}

/// Each method that is performed has its facts, and none has facts that is not.
#[test]
fn facts_are_of_what_is_performed() {
    let (client, server) = performed();
    for method in client.iter().chain(&server) {
        assert!(
            facts(method).is_some(),
            "put {} into countersign/tests/methods_table/facts.rs",
            method.canonical
        );
    }
    for facts in FACTS {
        let known = KNOWN_METHODS
            .into_iter()
            .find(|method| method.canonical == facts.method);
        let known = known.unwrap_or_else(|| panic!("{} is no method", facts.method));
        for (role, list) in [(Tested::CLIENT, &client), (Tested::SERVER, &server)] {
            let claimed = facts.tested.iter().any(|one| one.role == role);
            assert!(
                !claimed || list.contains(&known),
                "{} is not performed",
                facts.method
            );
        }
    }
}

/// A suite that is named is there, and speaks of the method.
#[test]
fn suites_are_there() {
    for facts in FACTS {
        assert!(!facts.suites.is_empty());
        for suite in facts.suites {
            let text = std::fs::read_to_string(root().join(suite))
                .unwrap_or_else(|error| panic!("{suite}: {error}"));
            let squeezed: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
            let method: String = facts
                .method
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            assert!(
                squeezed.to_ascii_uppercase().contains(&method),
                "{suite} does not speak of {}",
                facts.method
            );
        }
    }
}
