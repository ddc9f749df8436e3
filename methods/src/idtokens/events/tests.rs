//! The wording.

use std::path::PathBuf;

use super::*;
use crate::idtokens::credentials::FolderOrigin;
use crate::idtokens::select::FileReport;
use crate::secret_file::SkipReason;

fn search(folder: &str, problem: Option<&str>, files: &[(&str, SkipReason)]) -> Box<Search> {
    Box::new(Search {
        folder: folder.into(),
        origin: FolderOrigin::TokenDirectory,
        problem: problem.map(str::to_owned),
        files: files
            .iter()
            .map(|(name, reason)| FileReport {
                path: PathBuf::from(folder).join(name),
                outcome: Err(reason.clone()),
            })
            .collect(),
        truncated: false,
    })
}

fn no_token(search: Box<Search>) -> String {
    IdTokensEvent::NoToken {
        trust_domain: "pool.example".into(),
        keys: vec!["POOL".into()],
        search,
        no_self_made: "that was switched off".into(),
    }
    .remedy()
    .unwrap()
}

fn not_proven(
    line: Option<usize>,
    defect: ProofDefect,
    expired_since: Option<u64>,
    passed_over: Option<&str>,
) -> IdTokensEvent {
    IdTokensEvent::NotProven {
        subject: "alice@pool.example".into(),
        path: "/t/a".into(),
        line,
        key: "POOL".into(),
        announced: true,
        defect,
        expired_since,
        passed_over: passed_over.map(str::to_owned),
    }
}

#[test]
fn each_skipped_file_has_its_own_cure() {
    let advice = |reason| no_token(search("/t", None, &[("a", reason)]));
    assert_eq!(
        advice(SkipReason::Exposed { mode: 0o644 }),
        "chmod 600 /t/a"
    );
    assert_eq!(
        advice(SkipReason::WrongOwner {
            uid: 0,
            expected: 1000
        }),
        "chown 1000 /t/a"
    );
    assert!(advice(SkipReason::Excluded).starts_with("rename /t/a "));
    let two = no_token(search(
        "/t",
        None,
        &[
            ("a", SkipReason::Exposed { mode: 0o644 }),
            ("b~", SkipReason::Excluded),
        ],
    ));
    assert!(two.contains("chmod 600 /t/a; rename /t/b~"), "{two}");
    assert!(two.contains("; or on a host"), "{two}");
}

#[test]
fn folders_that_cannot_be_used() {
    let missing = no_token(search(
        "/t",
        Some("No such file or directory (os error 2)"),
        &[],
    ));
    assert!(
        missing.starts_with("make the folder /t (mkdir -m 700)"),
        "{missing}"
    );
    let closed = no_token(search("/t", Some("Permission denied (os error 13)"), &[]));
    assert!(
        closed.contains("may not read /t, which SEC_TOKEN_DIRECTORY names"),
        "{closed}"
    );
    let tilde = no_token(search("~/tokens.d", Some("No such file"), &[]));
    assert!(tilde.contains("does not expand `~`"), "{tilde}");
}

#[test]
fn a_new_token_names_its_key_and_identity() {
    assert_eq!(
        no_token(search("/t", None, &[])),
        "on a host that has the pool's key POOL run `condor_token_create -key POOL -identity \
         USER@pool.example`, and put what it prints into /t, owned by this user with mode 600"
    );
    let wrong = not_proven(Some(3), ProofDefect::WrongMac, None, None);
    let advice = wrong.remedy().unwrap();
    assert!(
        advice.contains("condor_token_create -key POOL -identity alice@pool.example"),
        "{advice}"
    );
    assert!(advice.contains("replace line 3 of /t/a"), "{advice}");
}

#[test]
fn the_token_that_was_used_is_named() {
    let expired = not_proven(Some(3), ProofDefect::Declined, Some(259_200), None);
    assert_eq!(
        expired.to_string(),
        "the token of alice@pool.example in /t/a, line 3, got nowhere: the server does not take \
         it; it expired 3 days ago"
    );
    assert!(
        expired
            .remedy()
            .unwrap()
            .starts_with("replace the expired token in line 3 of /t/a; ")
    );
    for (defect, expired_since) in [
        (ProofDefect::Declined, Some(1)),
        (ProofDefect::WrongMac, None),
    ] {
        let advice = not_proven(Some(1), defect, expired_since, Some("/t/b line 1"))
            .remedy()
            .unwrap();
        assert!(
            advice.ends_with("move /t/a away, so that /t/b line 1 comes first"),
            "{advice}"
        );
    }
    let same_file = not_proven(Some(1), ProofDefect::WrongMac, None, Some("/t/a line 2"));
    assert_eq!(
        same_file.remedy().unwrap(),
        "take line 1 out of /t/a, so that /t/a line 2 comes first"
    );
}

#[test]
fn a_token_made_here() {
    let made = not_proven(None, ProofDefect::WrongMac, None, None);
    assert_eq!(
        made.to_string(),
        "the token of alice@pool.example that was made here from /t/a (key POOL) got nowhere: \
         that file is not the server's key of that name"
    );
    let advice = made.remedy().unwrap();
    assert!(
        advice.contains("use a token that was signed with the server's key"),
        "{advice}"
    );
}

#[test]
fn what_the_server_announced_is_not_the_reason() {
    let advice = not_proven(Some(1), ProofDefect::Declined, None, None)
        .remedy()
        .unwrap();
    assert!(
        advice.contains("announced this token's trust domain and the key POOL itself"),
        "{advice}"
    );
    assert!(advice.contains("a revoked token"), "{advice}");
}
