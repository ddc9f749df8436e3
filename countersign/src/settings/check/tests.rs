//! Broken configurations, and exactly what is to be found in each: the line, the kind, how bad, and the fix.

mod broken;
mod files;
mod mangled;
mod open;

use countersign_config::{Config, Release, Sources};

use broken::BROKEN;
use mangled::MANGLED;
use open::OPEN;

use super::{Code, Report, Severity, check};
use crate::settings::Host;

use Severity::{Dangerous, Error, Note};

fn report_of(text: &str, release: Release) -> Report {
    let host = Host::for_tests();
    let sources = Sources::text("condor_config", text)
        .subsystem("TOOL")
        .builtins(host.builtins())
        .release(release)
        .defaults();
    check(&Config::load(&sources).unwrap(), &host, None)
}

#[test]
fn broken_configurations() {
    let mut seen = Vec::new();
    for (text, expected) in BROKEN.iter().chain(OPEN).chain(MANGLED) {
        let report = report_of(text, Release::V25_14_1);
        let found: Vec<Found> = report
            .findings
            .iter()
            .map(|finding| {
                (
                    finding.place.line().unwrap(),
                    finding.code,
                    finding.severity,
                    finding.fix.clone(),
                )
            })
            .collect();
        let mut expected: Vec<Found> = expected
            .iter()
            .map(|(line, code, severity, fix)| (*line, *code, *severity, (*fix).to_owned()))
            .collect();
        expected.sort_by_key(|finding| (finding.0, finding.2, finding.1));
        assert_eq!(found, expected, "{text}");
        seen.extend(found.iter().map(|finding| finding.1));
    }
    for code in Code::ALL {
        // That one needs files.
        assert!(
            seen.contains(&code) || code == Code::ExposedSecret,
            "no configuration has {code}"
        );
    }
}

type Found = (usize, Code, Severity, String);

#[test]
fn what_is_said() {
    let report = report_of(
        "SEC_DEFAULT_AUTHENTICATION = NEVER\nSEC_DAEMON_INTEGRITY = REQUIRED\nFS_ROOT_TO_CONDOR = si\n",
        Release::V25_14_1,
    );
    let [first, second] = report.findings.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(
        first.what,
        "SEC_DEFAULT_AUTHENTICATION is NEVER, but SEC_DAEMON_INTEGRITY (condor_config, line 2) is REQUIRED and cannot go \
         without it (for DAEMON, ADVERTISE_STARTD, ADVERTISE_SCHEDD, ADVERTISE_MASTER)"
    );
    assert_eq!(second.what, "FS_ROOT_TO_CONDOR is \"si\"");
    assert_eq!(
        second.htcondor,
        "a daemon ends as soon as it needs this, which may be a client's command; a tool prints an error and goes on as if it \
         were not set (without it true counts)"
    );
    assert!(report.has_faults() && report.count(Error) == 2);
}

#[test]
fn levels_stand_together_and_the_worst_is_told() {
    let report = report_of(
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_DEFAULT = *\n",
        Release::V25_14_1,
    );
    let [finding] = report.findings.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(
        (finding.code, finding.severity),
        (Code::EverybodyGoverns, Dangerous)
    );
    assert_eq!(
        finding.what,
        "ALLOW_DEFAULT lets in everybody who authenticates (for NEGOTIATOR, ADMINISTRATOR, CONFIG, DAEMON, \
         ADVERTISE_STARTD, ADVERTISE_SCHEDD, ADVERTISE_MASTER)"
    );
}

#[test]
fn the_fix_names_the_setting_that_decides() {
    let fixes = |text: &str| {
        let host = Host::bare("COLLECTOR");
        let sources = Sources::text("condor_config", text)
            .subsystem("COLLECTOR")
            .defaults();
        let report = check(&Config::load(&sources).unwrap(), &host, None);
        let open = report
            .findings
            .iter()
            .filter(|finding| finding.code == Code::OpenToAll);
        let open: Vec<String> = open.map(|finding| finding.fix.clone()).collect();
        let contradicts = report
            .findings
            .iter()
            .any(|finding| finding.code == Code::Contradiction);
        (open.join("\n"), contradicts)
    };
    let behind = ", or name those who may in ALLOW_WRITE";
    for (text, fix, contradicts) in [
        (
            "COLLECTOR.SEC_DEFAULT_AUTHENTICATION = OPTIONAL\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n",
            "write COLLECTOR.SEC_DEFAULT_AUTHENTICATION = REQUIRED",
            false,
        ),
        // Who mends a contradiction may do so by asking for less.
        (
            "SEC_DEFAULT_NEGOTIATION = NEVER\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n",
            "write SEC_DEFAULT_NEGOTIATION = REQUIRED",
            true,
        ),
        (
            "SEC_DEFAULT_AUTHENTICATION = NEVER\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n",
            "write SEC_DEFAULT_AUTHENTICATION = REQUIRED",
            true,
        ),
        (
            "SEC_DEFAULT_NEGOTIATION = NEVER\nSEC_DEFAULT_AUTHENTICATION = OPTIONAL\n",
            "write SEC_DEFAULT_AUTHENTICATION = REQUIRED and SEC_DEFAULT_NEGOTIATION = REQUIRED",
            false,
        ),
    ] {
        let found = fixes(&format!("{text}ALLOW_WRITE = *\n"));
        assert_eq!(found, (format!("{fix}{behind}"), contradicts), "{text}");
    }
}

#[test]
fn a_user_pattern_without_an_at_may_match() {
    let report = report_of(
        "ALLOW_READ = condor*/* CONDOR_ANONYMOUS_USER/10.0.0.1\n",
        Release::V25_14_1,
    );
    assert_eq!(report.findings, []);
}

#[test]
fn very_many_names_take_no_long_time() {
    let text: String = (0..30_000)
        .map(|number| format!("SEC_SOMETHING_{number:05}_X = 1\n"))
        .collect();
    let begin = std::time::Instant::now();
    let report = report_of(&text, Release::V25_14_1);
    assert_eq!(report.findings.len(), 500);
    assert_eq!(report.not_checked.len(), 1);
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}

#[test]
fn releases_differ() {
    // Until 23.10 a protected connection had to be an authenticated one.
    let protected = "SEC_DEFAULT_ENCRYPTION = REQUIRED\nALLOW_WRITE = *\n";
    assert!(report_of(protected, Release::V25_14_1).has_faults());
    assert!(!report_of(protected, Release::V23_9_6).has_faults());
    let newer = report_of("SEC_FS_ENFORCE_CHANNEL_BINDING = False\n", Release::V23_9_6);
    let [finding] = newer.findings.as_slice() else {
        panic!("{newer:?}")
    };
    assert_eq!((finding.code, finding.severity), (Code::Obsolete, Note));
}

#[test]
fn templates_alone_are_in_order() {
    for (release, template) in [
        (Release::V25_14_1, "recommended"),
        (Release::V25_14_1, "recommended_v9_0"),
        (Release::V25_14_1, "strong"),
        (Release::V25_14_1, "get_htcondor_idtokens"),
        (Release::V23_9_6, "recommended_v9_0"),
    ] {
        let report = report_of(&format!("use security:{template}\n"), release);
        assert_eq!(report.findings, [], "{template}");
    }
}

#[test]
fn every_kind_is_documented() {
    let page = include_str!("../../../../docs/config-check.md");
    for code in Code::ALL {
        assert!(page.contains(&format!("**{code}**")), "{code}");
    }
}

#[test]
fn hostile_values_take_no_long_time() {
    let words: String = (0..60_000_u32)
        .map(|number| {
            let letters = format!("{number:05}").into_bytes();
            let word = letters.iter().map(|digit| char::from(digit - b'0' + b'a'));
            format!("{} ", word.collect::<String>())
        })
        .collect();
    let macros: String = (0..60_000)
        .map(|number| format!("$(NO_{number}) "))
        .collect();
    let marks = "a;b ".repeat(60_000);
    let text = format!("DENY_READ = {words}\nALLOW_READ = {macros}\nDENY_WRITE = {marks}\n");
    let begin = std::time::Instant::now();
    let report = report_of(&text, Release::V25_14_1);
    assert!(
        report.count(Severity::Suspicious) > 0,
        "{:?}",
        report.not_checked
    );
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}
