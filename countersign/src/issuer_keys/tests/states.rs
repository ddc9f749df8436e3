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
        waiting: 3,
        issuers: 4,
        keys: 100,
        ..FetchLimits::default()
    }
}

/// Asks for an issuer that no line of the mapfile names.
fn ask(state: &mut State, issuer: &str, client: IpAddr, now: u64) -> Step {
    state.ask(issuer, None, client, false, now)
}

/// Whether a step starts a fetch at once, or puts one in line; and which.
fn started(step: &Step) -> Option<(u64, bool)> {
    let start = step.start.as_ref()?;
    Some((start.id, start.turn.is_none()))
}

#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Come,
    Later,
    Never,
}

/// What becomes of one that waits. Asked once more, one whose turn has come is told it never will.
fn turn(step: &mut Step) -> Turn {
    use tokio::sync::oneshot::error::TryRecvError;
    let start = step.start.as_mut().unwrap();
    match start.turn.as_mut().unwrap().try_recv() {
        Ok(()) => Turn::Come,
        Err(TryRecvError::Empty) => Turn::Later,
        Err(TryRecvError::Closed) => Turn::Never,
    }
}

fn has_turn(step: &mut Step) -> bool {
    turn(step) == Turn::Come
}

fn is_sent_away(step: &mut Step) -> bool {
    turn(step) == Turn::Never
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
    let mut ids = Vec::new();
    for number in 0..3 {
        let step = ask(&mut state, &format!("a{number}"), client(1), 0);
        let (id, at_once) = started(&step).unwrap();
        assert!(at_once);
        ids.push(id);
    }
    let step = ask(&mut state, "a3", client(1), 0);
    assert_eq!(
        refusal(&step),
        Some(&KeysUnavailable::TooManyFromThisClient { limit: 3 })
    );
    // Whoever asks for the same waits for the same.
    let step = ask(&mut state, "a0", client(1), 0);
    assert!(step.start.is_none() && refusal(&step).is_none());
    let step = ask(&mut state, "b", client(2), 0);
    assert!(started(&step).unwrap().1);
    // The rest waits in line, until that is full.
    let mut waiting = Vec::new();
    for number in 0..3 {
        let step = ask(&mut state, &format!("c{number}"), client(3 + number), 0);
        assert!(!started(&step).unwrap().1 && refusal(&step).is_none());
        waiting.push(step);
    }
    let step = ask(&mut state, "d", client(9), 0);
    let full = KeysUnavailable::TooManyFetches { limit: 6 };
    assert_eq!(refusal(&step), Some(&full));
    let step = ask(&mut state, "c0", client(9), 0);
    assert!(step.start.is_none() && refusal(&step).is_none());
    // One that was of use is refreshed all the same, and one that is named is asked.
    state.put("good".into(), set(), 0);
    state.confirm("good");
    assert!(started(&ask(&mut state, "good", client(9), 700)).unwrap().1);
    let step = state.ask("named", None, client(9), true, 0);
    assert!(started(&step).unwrap().1);
    assert_eq!(state.sizes().2, 6);
    // A place that is kept for these is no stranger's; any other goes to who came first.
    state.finish("named", started(&step).unwrap().0, &failure(), 0);
    assert!(!has_turn(&mut waiting[0]), "four strangers are under way");
    state.finish("a0", ids[0], &failure(), 0);
    let turns: Vec<_> = waiting.iter_mut().map(has_turn).collect();
    assert_eq!(turns, [true, false, false]);
    assert_eq!(state.waiting(), (2, 6));
}

#[test]
fn a_network_is_one_client() {
    let mut state = State::new(small(), 3600);
    for (number, address) in ["2001:db8::1", "2001:db8::2", "2001:db8::3"]
        .iter()
        .enumerate()
    {
        let address = address.parse().unwrap();
        let step = ask(&mut state, &number.to_string(), address, 0);
        assert!(step.start.is_some());
    }
    let address = "2001:db8::ffff:ffff:0:1".parse().unwrap();
    assert!(ask(&mut state, "x", address, 0).start.is_none());
    let address = "2001:db8:0:1::1".parse().unwrap();
    assert!(ask(&mut state, "x", address, 0).start.is_some());
}

/// Four fetches under way, so that strangers wait.
fn busy(state: &mut State) -> Vec<u64> {
    let issuers = ["busy0", "busy1", "busy2", "busy3"];
    let steps = issuers
        .iter()
        .zip([1, 1, 2, 3])
        .map(|(issuer, from)| ask(state, issuer, client(from), 0));
    steps.map(|step| started(&step).unwrap().0).collect()
}

#[test]
fn whose_turn_it_is() {
    // Who has the fewest under way, then who came first.
    let mut state = State::new(small(), 3600);
    let ids = busy(&mut state);
    let mut same = ask(&mut state, "same", client(1), 0);
    let mut third = ask(&mut state, "third", client(3), 0);
    let mut new = ask(&mut state, "new", client(4), 0);
    state.finish("busy2", ids[2], &failure(), 0);
    assert!(has_turn(&mut new) && !has_turn(&mut third) && !has_turn(&mut same));
    state.finish("busy3", ids[3], &failure(), 0);
    assert!(has_turn(&mut third) && !has_turn(&mut same));
    assert!(state.has_turn("third", started(&third).unwrap().0).is_ok());
    assert!(state.has_turn("same", started(&same).unwrap().0).is_err());
    // One that answered before goes before all strangers.
    let mut state = State::new(small(), 3600);
    state.put("known".into(), set(), 0);
    let ids = busy(&mut state);
    let mut first = ask(&mut state, "first", client(4), 0);
    let mut known = ask(&mut state, "known", client(1), 5000);
    assert!(refusal(&known).is_none());
    state.finish("busy3", ids[3], &failure(), 0);
    assert!(has_turn(&mut known) && !has_turn(&mut first));
}

#[test]
fn a_full_line() {
    // Who is better known takes the place of the last stranger.
    let mut state = State::new(small(), 3600);
    state.put("known".into(), set(), 0);
    let _ = busy(&mut state);
    let mut line: Vec<_> = (0..3)
        .map(|number| ask(&mut state, &format!("w{number}"), client(4 + number), 0))
        .collect();
    let known = ask(&mut state, "known", client(9), 5000);
    assert!(known.start.is_some());
    let away: Vec<_> = line.iter_mut().map(is_sent_away).collect();
    assert_eq!(away, [false, false, true]);
    let gone = started(&line[2]).unwrap().0;
    let why = state.has_turn("w2", gone).unwrap_err();
    assert_eq!(why, KeysUnavailable::TooManyFetches { limit: 6 });
    // The end of one that was sent away ends no other of the same issuer.
    state.finish("w1", started(&line[1]).unwrap().0, &Err(why.clone()), 0);
    let again = ask(&mut state, "w2", client(8), 0);
    assert!(again.start.is_some());
    state.finish("w2", gone, &Err(why), 0);
    assert_eq!(state.waiting(), (3, 7));
    // Nobody was asked, so nothing is held against it.
    assert_eq!(state.sizes().1, 0);
}

#[test]
fn who_goes_first() {
    let mut state = State::new(small(), 3600);
    for name in ["a", "b", "c", "d"] {
        state.put(name.into(), set(), 0);
        let _ = ask(&mut state, name, client(1), 0);
    }
    state.confirm("a");
    let _ = ask(&mut state, "b", client(1), 0);
    state.put("e".into(), set(), 0);
    let known =
        |state: &mut State, name| matches!(ask(state, name, client(9), 0).reply, Reply::Now(Ok(_)));
    assert!(known(&mut state, "a") && known(&mut state, "b"));
    assert!(!known(&mut state, "c"));
    for name in ["b", "d", "e"] {
        state.confirm(name);
    }
    let step = ask(&mut state, "f", client(1), 0);
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

/// Nobody is refused by keys that are due, if the token's key is not among them.
#[test]
fn a_key_that_is_new_when_asking_is_due() {
    for (key_id, age, waits, asks) in [
        (Some("new"), 599, false, false),
        (Some("new"), 600, true, true),
        (Some("k"), 600, false, true),
        (None, 600, false, true),
    ] {
        let mut state = State::new(small(), 3600);
        let set = KeySet::read(br#"{"keys":[{"kid":"k"}]}"#).unwrap();
        state.put("a".into(), Arc::new(set), 0);
        let step = state.ask("a", key_id, client(1), false, age);
        let waited = matches!(step.reply, Reply::After(_));
        assert_eq!(
            (waited, step.start.is_some()),
            (waits, asks),
            "{key_id:?} {age}"
        );
        // The same for those who come while it is asked.
        let second = state.ask("a", key_id, client(2), false, age);
        assert_eq!(matches!(second.reply, Reply::After(_)), waits);
        assert!(second.start.is_none() || !asks);
    }
}

#[test]
fn a_clock_that_is_set_back() {
    let mut state = State::new(small(), 3600);
    let step = ask(&mut state, "a", client(1), 10_000);
    state.finish("a", started(&step).unwrap().0, &failure(), 10_000);
    assert!(ask(&mut state, "a", client(1), 10_001).start.is_none());
    assert!(ask(&mut state, "a", client(1), 100).start.is_some());
}

proptest! {
    #[test]
    fn never_more_than_allowed(
        steps in prop::collection::vec((0u8..16, 0u8..6, 0u8..9, 0u64..900), 0..300),
    ) {
        let limits = small();
        let mut state = State::new(limits, 3600);
        let mut now = 0;
        // What was started and has not ended, each as its task would have it.
        let (mut flying, mut waiting) = (Vec::new(), Vec::new());
        for (issuer, peer, what, pause) in steps {
            let name = issuer.to_string();
            match what {
                0 => now += pause,
                1 => state.confirm(&name),
                2 | 3 if !flying.is_empty() => {
                    let (ended, id): (String, u64) = flying.remove(usize::from(issuer) % flying.len());
                    let outcome = if what == 2 { Ok(set()) } else { failure() };
                    state.finish(&ended, id, &outcome, now);
                }
                4 if !waiting.is_empty() => {
                    // It gives up waiting.
                    let (ended, step): (String, Step) = waiting.remove(usize::from(issuer) % waiting.len());
                    let id = started(&step).unwrap().0;
                    let why = state.has_turn(&ended, id).unwrap_err();
                    state.finish(&ended, id, &Err(why), now);
                }
                _ => {
                    let step = state.ask(&name, None, client(peer), issuer == 0, now);
                    let started = started(&step);
                    let has = |name: &String| {
                        flying.iter().any(|(one, _)| one == name) || waiting.iter().any(|(one, _)| one == name)
                    };
                    if started.is_some() {
                        prop_assert!(!has(&name), "two fetches of one issuer");
                    } else if let Reply::After(_) = step.reply {
                        prop_assert!(has(&name), "nobody would ever answer");
                    }
                    if let Reply::Now(Ok(keys)) = &step.reply {
                        let (KeysOrigin::Cached { at } | KeysOrigin::Stale { at }) = keys.origin else {
                            panic!("not fetched now");
                        };
                        prop_assert!(now - at < 600 + 3600);
                    }
                    match started {
                        Some((id, true)) => flying.push((name, id)),
                        Some((_, false)) => waiting.push((name, step)),
                        None => {}
                    }
                }
            }
            // Those whose turn has come, and those that are sent away.
            let mut still = Vec::new();
            for (name, mut step) in std::mem::take(&mut waiting) {
                let id = started(&step).unwrap().0;
                match turn(&mut step) {
                    Turn::Come => flying.push((name, id)),
                    Turn::Never => {
                        let why = state.has_turn(&name, id).unwrap_err();
                        state.finish(&name, id, &Err(why), now);
                    }
                    Turn::Later => still.push((name, step)),
                }
            }
            waiting = still;
            let (known, failed, fetches) = state.sizes();
            prop_assert!(known <= limits.issuers && failed <= limits.issuers);
            prop_assert!(fetches <= limits.fetches && fetches == flying.len());
            let (in_line, counted) = state.waiting();
            prop_assert!(in_line <= limits.waiting && in_line == waiting.len());
            prop_assert!(counted <= fetches + in_line);
            prop_assert!(in_line == 0 || fetches >= limits.fetches - limits.reserved, "an idle place");
        }
        for (name, id) in flying {
            state.finish(&name, id, &failure(), now);
        }
        for (name, step) in waiting {
            state.finish(&name, started(&step).unwrap().0, &failure(), now);
        }
        prop_assert_eq!((state.sizes().2, state.waiting()), (0, (0, 0)));
    }
}
