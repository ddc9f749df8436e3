//! Values and ads inside a message: reading is bounded, and what was read can be written and read again.

#![no_main]

use countersign_classad::{ClassAd, Expr, is_private};
use countersign_core::wire::{AdLimits, Decoder, Encoder, HANDSHAKE_AD, Message, StringForm};
use countersign_fuzz::Dice;
use libfuzzer_sys::fuzz_target;

const WIDE: AdLimits = AdLimits {
    attributes: 1000,
    attribute_len: 1 << 20,
    literals_only: false,
};

fn public(ad: &ClassAd) -> Vec<(String, Expr)> {
    ad.iter()
        .filter(|(name, _)| !is_private(name))
        .map(|(name, expr)| (name.to_owned(), expr.clone()))
        .collect()
}

fn an_ad(decoder: &mut Decoder<'_>, limits: AdLimits, form: StringForm) -> bool {
    let ad = match decoder.ad("an ad", limits) {
        Ok(ad) => ad,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    assert!(ad.len() <= limits.attributes);
    for (name, expr) in ad.iter() {
        assert!(!limits.literals_only || expr.literal().is_some(), "{name}");
        assert_eq!(ad.get(name), Some(expr));
    }
    let again = Encoder::new(form).ad(&ad).finish();
    let mut decoder = again.decoder();
    let read = decoder
        .ad("the ad again", WIDE)
        .expect("what was read can be sent");
    decoder.finish().expect("nothing is left");
    assert_eq!(public(&read), public(&ad));
    assert!(
        read.iter().all(|(name, _)| !is_private(name)),
        "private attributes stay home"
    );
    true
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let form = if dice.bit() {
        StringForm::Prefixed
    } else {
        StringForm::Terminated
    };
    let plan_len = usize::from(dice.byte() % 16);
    let plan = dice.take(plan_len);
    let message = Message::new(dice.0.to_vec().into(), form);
    let mut decoder = message.decoder();
    for step in plan {
        let limit = usize::from(step >> 3);
        let before = decoder.is_at_end();
        let ok = match step % 8 {
            0 => decoder.int("an integer").is_ok(),
            1 => match decoder.int_in("a small integer", -1..=i64::from(step >> 3)) {
                Ok(n) => {
                    assert!((-1..=31).contains(&n));
                    true
                }
                Err(_) => false,
            },
            2 => decoder
                .string("a string", limit)
                .map(|s| assert!(s.len() <= limit))
                .is_ok(),
            3 => decoder
                .optional_string("a string or none", limit)
                .map(|s| assert!(s.is_none_or(|s| s.len() <= limit && !s.contains('\0'))))
                .is_ok(),
            4 => decoder
                .bytes("bytes", limit)
                .map(|b| assert_eq!(b.len(), limit))
                .is_ok(),
            5 => decoder
                .counted("counted", limit)
                .map(|b| assert!(b.len() <= limit))
                .is_ok(),
            6 => an_ad(&mut decoder, HANDSHAKE_AD, form),
            _ => an_ad(&mut decoder, WIDE, form),
        };
        assert!(
            !(before && ok) || (step % 8 == 4 && limit == 0),
            "read beyond the end"
        );
    }
    assert_eq!(decoder.is_at_end(), decoder.finish().is_ok());
});
