//! The whole client's handshake against bytes from nobody in particular.
//!
//! One byte picks the recorded client, one its requirements, one the pieces in which bytes arrive; the rest is what the
//! server says.

#![no_main]

use std::sync::Arc;
use std::sync::LazyLock;

use countersign_core::client::Handshake;
use countersign_core::policy::Requirement;
use countersign_fuzz::Dice;
use countersign_fuzz::drive::{self, End};
use countersign_fuzz::record::{PROTECTED, Record};
use countersign_fuzz::recording::Fixed;
use libfuzzer_sys::fuzz_target;

static RECORDS: LazyLock<Vec<Record>> =
    LazyLock::new(|| PROTECTED.iter().map(|text| Record::parse(text)).collect());

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let setup = &RECORDS[usize::from(dice.byte()) % RECORDS.len()].setup;
    let knobs = dice.byte();
    let piece = match dice.byte() {
        0 => usize::MAX,
        some => some.into(),
    };
    let mut config = (*setup.config()).clone();
    let settings = &mut config.settings;
    if knobs & 1 != 0 {
        settings.encryption = Requirement::Required;
    }
    if knobs & 2 != 0 {
        settings.integrity = Requirement::Required;
    }
    if knobs & 4 != 0 {
        settings.authentication = Requirement::Required;
    }
    if knobs & 8 != 0 {
        settings.methods = ["IDTOKENS", "FS", "CLAIMTOBE", "ANONYMOUS", "SSL"]
            .map(str::to_owned)
            .into();
    }
    let wanted = settings.clone();
    let mut request = setup.request();
    if knobs & 16 != 0 {
        request.shared_port_id = Some("collector".into());
    }
    let mut entropy = Fixed::default();
    let mut handshake = Handshake::new(Arc::new(config), request, setup.now, &mut entropy);
    let (end, given) = drive::drive(&mut handshake, dice.0, piece, knobs & 32 == 0, |request| {
        setup.answer(request, |_| true)
    });
    if let End::Established(mut established) = end {
        if wanted.encryption == Requirement::Required || wanted.integrity == Requirement::Required {
            assert!(established.is_protected());
        }
        if wanted.authentication == Requirement::Required {
            assert!(established.method().is_some());
        }
        assert_eq!(
            established.is_protected(),
            established.session().key.is_some()
        );
        assert!(!established.session().id.is_empty());
        let _ = drive::rest(&mut established, &dice.0[given..]);
    }
});
