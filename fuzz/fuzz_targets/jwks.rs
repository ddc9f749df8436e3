//! An issuer's keys: read within bounds, used for one algorithm each, and selected as scitokens-cpp selects them.
//!
//! The input is the text of a set.

#![no_main]

use countersign_methods::scitokens::{Algorithm, KeySet, MAX_KEYS};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let set = match KeySet::read(input) {
        Ok(set) => set,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Corpus::Keep;
        }
    };
    let published = set.published();
    assert!(published.len() <= MAX_KEYS && set.usable() <= published.len());
    assert_eq!(
        format!("{set:?}"),
        format!("{:?}", KeySet::read(input).expect("read once"))
    );
    let names = published.iter().map(|one| one.id.as_deref());
    for name in names.chain([None, Some(""), Some("none of these")]) {
        let named = name.filter(|name| !name.is_empty());
        let found = match named {
            None => published.first().filter(|_| published.len() == 1),
            Some(_) => published.iter().find(|one| one.id.as_deref() == named),
        };
        let usable = found.and_then(|one| one.key.as_ref().ok());
        for algorithm in Algorithm::ALL {
            match set.select(name, algorithm) {
                Ok(key) => {
                    let expected = usable.expect("it can be used");
                    assert!(std::ptr::eq(key, expected) && key.algorithm() == algorithm);
                    assert!(!key.verifies(input, b"") && !key.verifies(input, &[0; 64]));
                }
                Err(refusal) => {
                    assert!(usable.is_none_or(|key| key.algorithm() != algorithm));
                    assert!(!refusal.to_string().is_empty());
                }
            }
        }
    }
    for one in published {
        if let Err(defect) = &one.key {
            assert!(!defect.to_string().is_empty());
        }
    }
    Corpus::Keep
});
