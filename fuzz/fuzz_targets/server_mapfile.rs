//! Mapfiles and names: what maps, says by which line, and no name becomes one that it must not be.
//!
//! The input is a byte of switches, the mapfile, and behind a line `%%` names, one a line.

#![no_main]

use std::path::Path;

use countersign::MapfileMapper;
use countersign::mapfile::{BareKeys, LoadError, Mapfile, MemoryFiles, Options, Sources};
use countersign_core::identity::{Identity, MAX_NAME, Mapped, Mapper, MappingReason};
use countersign_core::method::ClientProof;
use countersign_core::names::{ANONYMOUS, CLAIMTOBE, FS, IDTOKENS};
use countersign_fuzz::{Dice, halves};
use libfuzzer_sys::fuzz_target;

/// A pattern may take PCRE2's whole match limit; so much of them is tried at most.
const MOST_LINES: usize = 32;
const MOST_NAMES: usize = 4;

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let knobs = dice.byte();
    let (text, names) = halves(dice.0, b"\n%%\n");
    let Ok(names) = std::str::from_utf8(names) else {
        return;
    };
    let lines = text.split(|byte| *byte == b'\n').count();
    if lines > MOST_LINES {
        return;
    }
    let options = Options::new(BareKeys::from_assume_hash_keys(knobs & 1 != 0));
    let files = MemoryFiles::default();
    let map = match Sources::of_bytes(&files, Path::new("/map"), text, &options) {
        Ok(sources) => MapfileMapper::from(Mapfile::compile(&sources)),
        Err(error) => {
            assert!(matches!(error, LoadError::Deadly { .. }), "{error}");
            return;
        }
    };
    for problem in map.mapfile().problems() {
        assert!((1..=lines).contains(&problem.line), "{problem}");
    }
    for name in names.split('\n').take(MOST_NAMES) {
        for method in [&FS, &CLAIMTOBE, &IDTOKENS, &ANONYMOUS] {
            let mapped = map.map(method, name);
            match &mapped {
                Mapped::To { by, .. } => {
                    let line = by.strip_prefix("/map, line ").expect("its line");
                    let line: usize = line.parse().expect("a number");
                    assert!((1..=lines).contains(&line));
                }
                Mapped::Nothing { searched } => assert!(searched.ends_with("/map")),
                Mapped::Failed { reason } => assert!(!reason.is_empty()),
                Mapped::Plugins { by, .. } => assert!(by.starts_with("/map, line ")),
                Mapped::Unconfigured => panic!("there is a mapfile"),
            }
            let proof = ClientProof {
                authenticated_name: Some(name.to_owned()),
                user: "user".to_owned(),
                domain: Some("Method.Example".to_owned()),
                limits: None,
                attributes: Vec::new(),
                voucher: None,
                wrap: None,
            };
            match Identity::of_proof(method, &proof, &map, Some("Pool.Example")) {
                Err(error) => assert!(!error.to_string().is_empty()),
                Ok(identity) => {
                    assert!(!matches!(
                        mapped,
                        Mapped::Failed { .. } | Mapped::Plugins { .. }
                    ));
                    let user = &identity.user;
                    assert!(!user.is_empty() && user.len() <= MAX_NAME);
                    assert!(!user.contains(char::is_control));
                    let (_, domain) = user.rsplit_once('@').expect("a domain");
                    assert!(!domain.contains(|c: char| c.is_ascii_uppercase()));
                    assert_eq!(identity.mapped, domain != "unmapped");
                    // Nothing maps it: it is the method's own name and no other.
                    if !matches!(identity.reason, MappingReason::Mapped { .. }) {
                        assert_eq!(user, "user@method.example");
                    }
                }
            }
        }
    }
});
