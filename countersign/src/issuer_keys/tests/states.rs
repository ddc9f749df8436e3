//! The bounds of what is kept, without any network.

use countersign_methods::scitokens::KeySet;
use proptest::prelude::*;

use super::*;

fn set() -> Arc<KeySet> {
    Arc::new(KeySet::read(br#"{"keys":[{},{}]}"#).unwrap())
}

fn failure() -> Outcome {
    Err(KeysUnavailable::Status {
        url: "u".into(),
        status: 500,
    })
}

fn small() -> FetchLimits {
    FetchLimits {
        fetches: 6,
        reserved: 2,
        fetches_per_client: 3,
        issuers: 4,
        keys: 100,
        ..FetchLimits::default()
    }
}

fn client(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn refusal(step: &Step) -> Option<&KeysUnavailable> {
    match &step.reply {
        Reply::Now(Err(why)) => Some(why),
        _ => None,
    }
}

#[test]
fn so_many_at_once() {
    let mut state = State::new(small(), 3600);
    for number in 0..3 {
        assert!(
            state
                .ask(&format!("a{number}"), client(1), 0)
                .start
                .is_some()
        );
    }
    let step = state.ask("a3", client(1), 0);
    assert_eq!(
        refusal(&step),
        Some(&KeysUnavailable::TooManyFromThisClient { limit: 3 })
    );
    // Whoever asks for the same waits for the same.
    let step = state.ask("a0", client(1), 0);
    assert!(step.start.is_none() && refusal(&step).is_none());
    assert!(state.ask("b", client(2), 0).start.is_some());
    let step = state.ask("c", client(3), 0);
    assert_eq!(
        refusal(&step),
        Some(&KeysUnavailable::TooManyFetches { limit: 4 })
    );
    // One that was of use is refreshed all the same.
    state.put("good".into(), set(), 0);
    state.confirm("good");
    assert!(state.ask("good", client(3), 700).start.is_some());
    state.finish("a0", &failure(), 0);
    assert!(state.ask("a3", client(1), 0).start.is_some());
    // A network is one client.
    let mut state = State::new(small(), 3600);
    for (number, address) in ["2001:db8::1", "2001:db8::2", "2001:db8::3"]
        .iter()
        .enumerate()
    {
        let step = state.ask(&number.to_string(), address.parse().unwrap(), 0);
        assert!(step.start.is_some());
    }
    let step = state.ask("x", "2001:db8::ffff:ffff:0:1".parse().unwrap(), 0);
    assert!(step.start.is_none());
    let step = state.ask("x", "2001:db8:0:1::1".parse().unwrap(), 0);
    assert!(step.start.is_some());
}

#[test]
fn who_goes_first() {
    let mut state = State::new(small(), 3600);
    for name in ["a", "b", "c", "d"] {
        state.put(name.into(), set(), 0);
        let _ = state.ask(name, client(1), 0);
    }
    state.confirm("a");
    let _ = state.ask("b", client(1), 0);
    state.put("e".into(), set(), 0);
    let known =
        |state: &mut State, name| matches!(state.ask(name, client(9), 0).reply, Reply::Now(Ok(_)));
    assert!(known(&mut state, "a") && known(&mut state, "b"));
    assert!(!known(&mut state, "c"));
    for name in ["b", "d", "e"] {
        state.confirm(name);
    }
    let step = state.ask("f", client(1), 0);
    assert_eq!(
        refusal(&step),
        Some(&KeysUnavailable::TooManyIssuers { limit: 4 })
    );
    // Few issuers with many keys.
    let limits = FetchLimits { keys: 5, ..small() };
    let mut state = State::new(limits, 3600);
    for name in ["a", "b", "c"] {
        state.put(name.into(), set(), 0);
    }
    assert_eq!(state.sizes().0, 2);
}

#[test]
fn a_clock_that_is_set_back() {
    let mut state = State::new(small(), 3600);
    let _ = state.ask("a", client(1), 10_000);
    state.finish("a", &failure(), 10_000);
    assert!(state.ask("a", client(1), 10_001).start.is_none());
    assert!(state.ask("a", client(1), 100).start.is_some());
}

proptest! {
    #[test]
    fn never_more_than_allowed(
        steps in prop::collection::vec((0u8..12, 0u8..4, 0u8..6, 0u64..900), 0..200),
    ) {
        let limits = small();
        let mut state = State::new(limits, 3600);
        let (mut now, mut flying) = (0, Vec::new());
        for (issuer, peer, what, pause) in steps {
            let name = issuer.to_string();
            match what {
                0 => now += pause,
                1 => state.confirm(&name),
                2 if !flying.is_empty() => {
                    let ended: String = flying.remove(usize::from(issuer) % flying.len());
                    state.finish(&ended, &Ok(set()), now);
                }
                3 if !flying.is_empty() => {
                    let ended = flying.remove(usize::from(issuer) % flying.len());
                    state.finish(&ended, &failure(), now);
                }
                _ => {
                    let step = state.ask(&name, client(peer), now);
                    if step.start.is_some() {
                        prop_assert!(!flying.contains(&name), "two fetches of one issuer");
                        flying.push(name);
                    } else if let Reply::After(_) = step.reply {
                        prop_assert!(flying.contains(&name), "nobody would ever answer");
                    }
                    if let Reply::Now(Ok(keys)) = step.reply {
                        let (KeysOrigin::Cached { at } | KeysOrigin::Stale { at }) = keys.origin else {
                            panic!("not fetched now");
                        };
                        prop_assert!(now - at < 600 + 3600);
                    }
                }
            }
            let (known, failed, fetches) = state.sizes();
            prop_assert!(known <= limits.issuers && failed <= limits.issuers);
            prop_assert!(fetches <= limits.fetches && fetches == flying.len());
        }
    }
}
