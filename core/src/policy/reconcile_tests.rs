use super::*;
use crate::names::{FS, IDTOKENS};
use crate::policy::LevelSettings;
use crate::policy::ServerPolicy;

use Requirement::{Never, Optional, Preferred, Required};

const ALL: [Requirement; 4] = [Never, Optional, Preferred, Required];

fn server(authentication: Requirement) -> ServerPolicy {
    let listed = |text: &str, name, performed| (text.to_owned(), ListedMethod { name, performed });
    let settings = LevelSettings {
        authentication,
        ..LevelSettings::default()
    };
    let methods = vec![listed("FS", &FS, true), listed("TOKEN", &IDTOKENS, true)];
    ServerPolicy::resolve(crate::names::Level::Read, false, &settings, methods).unwrap()
}

fn client(authentication: Requirement) -> ClientWishes {
    ClientWishes {
        authentication: Some(authentication),
        authentication_new: Some(Some(authentication)),
        encryption: Some(Optional),
        integrity: Some(Optional),
        methods: Some(vec!["TOKEN".into(), "fs".into()]),
        ciphers: Some(vec!["BLOWFISH".into(), "AES".into()]),
        session_duration: 60,
        session_lease: Some(3600),
    }
}

fn agreed(client: &ClientWishes, server: &ServerPolicy) -> Negotiated {
    Negotiated::reconcile(client, server, true).unwrap()
}

#[test]
fn the_table_is_symmetric_and_as_documented() {
    // HTCondor's own comment, one letter per wish: R, P, O, N.
    let documented = "RR+ RP+ RO+ RN! PR+ PP+ PO+ PN- OR+ OP+ OO- ON- NR! NP- NO- NN-";
    let wish = |letter| {
        ALL.into_iter()
            .find(|wish| wish.name().starts_with(letter))
            .unwrap()
    };
    let mut rows = 0;
    for row in documented.split(' ') {
        let letters: Vec<char> = row.chars().collect();
        let expected = match letters[2] {
            '+' => Yes,
            '-' => No,
            _ => Fail,
        };
        let (client, server) = (wish(letters[0]), wish(letters[1]));
        assert_eq!(reconcile_feature(client, server), expected, "{row}");
        assert_eq!(reconcile_feature(server, client), expected, "{row}");
        rows += 1;
    }
    assert_eq!(rows, 16);
}

/// What people read is the table that the code reads.
#[test]
fn the_document_has_the_same_table() {
    let mut table = String::from("| client \\ server |");
    let names = ALL.map(|wish| format!(" {wish} |"));
    table += &format!("{}\n|---|---|---|---|---|\n", names.concat());
    for (client, row) in ALL.iter().zip(TABLE) {
        let words = row.map(|action| match action {
            Yes => " yes |",
            No => " no |",
            _ => " fail |",
        });
        table += &format!("| {client} |{}\n", words.concat());
    }
    let document = include_str!("../../../docs/negotiation.md");
    assert!(
        document.contains(&table),
        "docs/negotiation.md must have this table:\n{table}"
    );
}

#[test]
fn required_by_either_side() {
    for ours in ALL {
        for theirs in ALL {
            match Negotiated::reconcile(&client(theirs), &server(ours), true) {
                Ok(agreed) => assert_eq!(
                    agreed.authentication_required,
                    ours == Required || theirs == Required
                ),
                Err(error) => assert!(matches!(
                    error,
                    ReconcileError::Feature {
                        feature: "authentication",
                        ..
                    }
                )),
            }
        }
    }
}

#[test]
fn lists_are_in_the_servers_order_and_the_clients_spelling() {
    let agreed = agreed(&client(Preferred), &server(Optional));
    let methods: Vec<_> = agreed.methods.unwrap().into_iter().map(|m| m.0).collect();
    assert_eq!(methods, ["fs", "TOKEN"]);
    let ciphers: Vec<_> = agreed.ciphers.unwrap().into_iter().map(|c| c.0).collect();
    assert_eq!(ciphers, ["AES", "BLOWFISH"]);
    assert!(agreed.encryption, "AES and authentication bring it along");
}

#[test]
fn a_client_before_23_10_is_met_with_raised_authentication() {
    let mut ours = server(Optional);
    ours.authentication = Required;
    ours.encryption = Required;
    let new = agreed(&client(Optional), &ours);
    assert!(!new.authenticate && new.encryption);
    let old = ClientWishes {
        authentication_new: None,
        ..client(Optional)
    };
    let old = agreed(&old, &ours);
    assert!(old.authenticate && old.authentication_required);
}

#[test]
fn what_is_missing_is_never_and_nonsense_fails() {
    let mut ad = ClassAd::new();
    ad.insert("Integrity", "x");
    ad.insert("SessionDuration", " 99x");
    let wishes = ClientWishes::from_ad(&ad);
    assert_eq!(wishes.authentication, Some(Never));
    assert_eq!(wishes.authentication_new, None);
    assert_eq!(wishes.integrity, None);
    assert_eq!(wishes.session_duration, 99);
    assert_eq!(wishes.session_lease, None);
    assert!(matches!(
        Negotiated::reconcile(&wishes, &server(Optional), true),
        Err(ReconcileError::Feature {
            feature: "integrity",
            client: None,
            ..
        })
    ));
}

#[test]
fn durations_and_leases() {
    let mut ours = server(Optional);
    for (theirs, own, agreed_on) in [
        (Some(0), 10, Some(10)),
        (Some(10), 0, Some(10)),
        (Some(5), 10, Some(5)),
        (Some(0), 0, Some(0)),
        (None, 10, None),
    ] {
        ours.session_lease = own;
        let wishes = ClientWishes {
            session_lease: theirs,
            session_duration: i32::MAX,
            ..client(Optional)
        };
        let agreed = agreed(&wishes, &ours);
        assert_eq!(agreed.session_lease, agreed_on);
        assert_eq!(agreed.session_duration, 86_400);
    }
}

#[test]
fn no_cipher_is_claimed_that_is_not_applied() {
    let refused = |theirs: Option<&str>, ours: &str, has_key| {
        let wishes = ClientWishes {
            encryption: Some(Required),
            ciphers: theirs.map(|list| split(list).map(str::to_owned).collect()),
            ..client(Optional)
        };
        let mut policy = server(Optional);
        let list: Vec<String> = split(ours).map(str::to_owned).collect();
        policy.ciphers = crate::policy::client::known_ciphers(&list);
        Negotiated::reconcile(&wishes, &policy, has_key).unwrap_err()
    };
    assert!(matches!(
        refused(Some("AES"), "AES", false),
        ReconcileError::NoPublicKey
    ));
    for (theirs, ours) in [(Some("BLOWFISH"), "AES"), (None, "AES"), (Some("AES"), "")] {
        assert!(matches!(
            refused(theirs, ours, true),
            ReconcileError::NoCommonCipher { .. }
        ));
    }
    // Where nothing is to be protected, a cipher is only named.
    let wishes = ClientWishes {
        ciphers: Some(vec!["3DES".into()]),
        ..client(Never)
    };
    let agreed = agreed(&wishes, &server(Never));
    assert_eq!(agreed.cipher(), Some(Cipher::TripleDes));
    assert!(!agreed.encryption && !agreed.integrity);
}

#[test]
fn numbers_as_c_reads_them() {
    for (text, number) in [
        ("60", 60),
        ("+7", 7),
        ("-3s", -3),
        ("", 0),
        ("x", 0),
        ("99999999999", 0),
        ("-", 0),
    ] {
        assert_eq!(leading_number(text), number, "{text}");
    }
}
