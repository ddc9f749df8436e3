//! Which key signs, and which are published, at what time.

use serde_json::{Value as Json, json};

use super::algorithm::Algorithm;
use super::key_id;

/// How long verifiers keep keys at most, in seconds: 4 days.
/// Rule: `get_public_keys_from_web_continue` in scitokens-cpp.
pub const CACHED_FOR: u64 = 4 * 86_400;

/// After how many seconds verifiers ask for the keys again. A key that is new to them is unknown until then.
/// Rule: `get_public_keys_from_web_continue` in scitokens-cpp.
pub const ASKED_AGAIN_AFTER: u64 = 600;

/// A key of an issuer, and its times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// Its name.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// When it came here.
    pub created: u64,
    /// From when on it signs.
    pub sign_from: u64,
    /// Until when it is published; `None` is until another one takes its place.
    pub retire_at: Option<u64>,
}

impl KeyEntry {
    /// Whether it is published then.
    #[must_use]
    pub fn is_published(&self, now: u64) -> bool {
        self.retire_at.is_none_or(|retire_at| now < retire_at)
    }
}

/// How a new key takes an old one's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotation {
    /// Seconds for which the new key is published before it signs; 0 is at once. Servers that have fetched
    /// the keys refuse a key that is new to them for up to [`ASKED_AGAIN_AFTER`] seconds.
    pub publish_ahead: u64,
    /// Seconds for which the old keys, those of earlier rotations included, stay published after that at most.
    /// `None` is the longest lifetime of a token that was made here, and [`CACHED_FOR`] more, and shortens
    /// nothing.
    pub keep: Option<u64>,
}

/// The keys of an issuer, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Schedule {
    pub(super) keys: Vec<KeyEntry>,
    /// Seconds that the longest token here was good for.
    pub(super) longest_lifetime: u64,
}

impl Schedule {
    /// The key that signs: of those that may, the latest. One that comes later does where none may yet, as
    /// with a clock that was set back.
    pub(super) fn signer(&self, now: u64) -> Option<&KeyEntry> {
        let published = || self.keys.iter().filter(|key| key.is_published(now));
        published()
            .filter(|key| key.sign_from <= now)
            .max_by_key(|key| key.sign_from)
            .or_else(|| published().min_by_key(|key| key.sign_from))
    }

    pub(super) fn published(&self, now: u64) -> impl Iterator<Item = &KeyEntry> {
        self.keys.iter().filter(move |key| key.is_published(now))
    }

    pub(super) fn get(&self, kid: &str) -> Option<&KeyEntry> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// Adds a key. The first one signs at once; a later one takes the place of all others.
    pub(super) fn add(&mut self, kid: &str, algorithm: Algorithm, rotation: Rotation, now: u64) {
        let is_first = self.published(now).next().is_none();
        let ahead = if is_first { 0 } else { rotation.publish_ahead };
        let sign_from = now.saturating_add(ahead);
        for old in &mut self.keys {
            let retire_at = match rotation.keep {
                // A time that somebody says shortens earlier ones: a key may have been stolen.
                Some(keep) => {
                    let end = sign_from.saturating_add(keep);
                    old.retire_at.map_or(end, |earlier| earlier.min(end))
                }
                None => {
                    let keep = self.longest_lifetime.saturating_add(CACHED_FOR);
                    old.retire_at
                        .unwrap_or_else(|| sign_from.saturating_add(keep))
                }
            };
            old.retire_at = Some(retire_at);
        }
        self.keys.push(KeyEntry {
            kid: kid.to_owned(),
            algorithm,
            created: now,
            sign_from,
            retire_at: None,
        });
    }

    /// Takes out the keys that are no longer published.
    pub(super) fn take_retired(&mut self, now: u64) -> Vec<KeyEntry> {
        self.keys
            .extract_if(.., |key| !key.is_published(now))
            .collect()
    }

    /// Remembers that a key signed a token, and stays published as long as that is good. True if
    /// something changed.
    pub(super) fn note(&mut self, kid: &str, lifetime: u64, now: u64) -> bool {
        let before = self.longest_lifetime;
        self.longest_lifetime = before.max(lifetime);
        let mut changed = self.longest_lifetime != before;
        let end = now.saturating_add(lifetime);
        for key in self.keys.iter_mut().filter(|key| key.kid == kid) {
            if let Some(retire_at) = &mut key.retire_at
                && *retire_at < end
            {
                *retire_at = end;
                changed = true;
            }
        }
        changed
    }

    pub(super) fn to_json(&self) -> Json {
        let keys: Vec<Json> = self
            .keys
            .iter()
            .map(|key| {
                json!({
                    "kid": key.kid,
                    "algorithm": key.algorithm.name(),
                    "created": key.created,
                    "sign_from": key.sign_from,
                    "retire_at": key.retire_at,
                })
            })
            .collect();
        json!({"version": 1, "longest_lifetime": self.longest_lifetime, "keys": keys})
    }

    /// Reads what [`to_json`](Self::to_json) wrote; else says in words what is wrong.
    pub(super) fn from_json(json: &Json) -> Result<Self, String> {
        if json.get("version").and_then(Json::as_u64) != Some(1) {
            return Err("its version is not 1".into());
        }
        let time = |json: &Json, name: &str| json.get(name).and_then(Json::as_u64);
        let entry = |json: &Json| -> Option<KeyEntry> {
            let kid = json.get("kid")?.as_str()?.to_owned();
            key_id::check(&kid).ok()?;
            Some(KeyEntry {
                kid,
                algorithm: Algorithm::from_name(json.get("algorithm")?.as_str()?)?,
                created: time(json, "created")?,
                sign_from: time(json, "sign_from")?,
                retire_at: match json.get("retire_at")? {
                    Json::Null => None,
                    time => Some(time.as_u64()?),
                },
            })
        };
        let keys = json
            .get("keys")
            .and_then(Json::as_array)
            .ok_or("it has no keys")?;
        let keys: Option<Vec<KeyEntry>> = keys.iter().map(entry).collect();
        let keys = keys.ok_or("a key's entry is incomplete")?;
        Ok(Self {
            keys,
            longest_lifetime: time(json, "longest_lifetime")
                .ok_or("longest_lifetime is missing")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(schedule: &Schedule, now: u64) -> &str {
        &schedule.signer(now).unwrap().kid
    }

    fn published(schedule: &Schedule, now: u64) -> Vec<&str> {
        schedule.published(now).map(|key| &*key.kid).collect()
    }

    #[test]
    fn an_overlap() {
        let mut schedule = Schedule::default();
        assert!(schedule.signer(0).is_none());
        let ahead = Rotation {
            publish_ahead: 50,
            keep: None,
        };
        schedule.add("a", Algorithm::Es256, ahead, 100);
        assert_eq!(signer(&schedule, 100), "a", "the first signs at once");
        assert_eq!(signer(&schedule, 1), "a", "whatever the clock says");
        assert!(schedule.note("a", 1000, 100));
        assert!(!schedule.note("a", 900, 100));
        schedule.add("b", Algorithm::Es256, ahead, 200);
        assert_eq!(signer(&schedule, 249), "a");
        assert_eq!(published(&schedule, 200), ["a", "b"]);
        assert_eq!(signer(&schedule, 250), "b");
        let end = 250 + 1000 + CACHED_FOR;
        assert_eq!(published(&schedule, end - 1), ["a", "b"]);
        assert_eq!(published(&schedule, end), ["b"]);
        assert_eq!(schedule.take_retired(end - 1), []);
        assert_eq!(schedule.take_retired(end).len(), 1);
        assert_eq!(schedule.keys.len(), 1);
    }

    /// A key that is to go stays for the last token that it signed.
    #[test]
    fn no_token_outlives_its_key() {
        let mut schedule = Schedule::default();
        schedule.add("a", Algorithm::Es256, Rotation::default(), 0);
        let soon = Rotation {
            publish_ahead: 100,
            keep: Some(10),
        };
        schedule.add("b", Algorithm::Rs256, soon, 0);
        assert_eq!(signer(&schedule, 99), "a");
        assert!(schedule.note("a", 500, 99));
        assert_eq!(published(&schedule, 598), ["a", "b"]);
        assert_eq!(published(&schedule, 599), ["b"]);
    }

    /// What an earlier rotation promised does not keep a stolen key.
    #[test]
    fn at_once() {
        let mut schedule = Schedule::default();
        schedule.add("a", Algorithm::Es256, Rotation::default(), 0);
        let ahead = Rotation {
            publish_ahead: 1000,
            keep: None,
        };
        schedule.add("b", Algorithm::Es256, ahead, 10);
        let now = Rotation {
            publish_ahead: 0,
            keep: Some(0),
        };
        schedule.add("c", Algorithm::Es256, now, 20);
        assert_eq!(published(&schedule, 20), ["c"]);
        assert_eq!(signer(&schedule, 20), "c");
        schedule.add("d", Algorithm::Es256, Rotation::default(), 30);
        assert_eq!(published(&schedule, 30), ["c", "d"], "a and b stay retired");
    }

    #[test]
    fn written_and_read() {
        let mut schedule = Schedule::default();
        schedule.add("a", Algorithm::Es256, Rotation::default(), 5);
        schedule.add("b", Algorithm::Rs512, Rotation::default(), 6);
        schedule.note("b", 7, 8);
        let json = schedule.to_json();
        assert_eq!(Schedule::from_json(&json), Ok(schedule));
        for (pointer, value) in [
            ("/version", json!(2)),
            ("/keys", json!(1)),
            ("/keys/0/kid", json!("../x")),
            ("/keys/0/algorithm", json!("none")),
            ("/keys/1/retire_at", json!(-1)),
            ("/longest_lifetime", json!("x")),
        ] {
            let mut wrong = json.clone();
            *wrong.pointer_mut(pointer).unwrap() = value;
            assert!(Schedule::from_json(&wrong).is_err(), "{pointer}");
        }
    }

    proptest::proptest! {
        /// Whatever is done, something signs, and what signs is published.
        #[test]
        fn somebody_signs(steps in proptest::collection::vec((0u64..1000, 0u64..2000, proptest::option::of(0u64..3000)), 1..20)) {
            let mut schedule = Schedule::default();
            let mut now = 0;
            for (index, (wait, publish_ahead, keep)) in steps.into_iter().enumerate() {
                now += wait;
                let rotation = Rotation { publish_ahead, keep };
                schedule.add(&format!("k{index}"), Algorithm::Es256, rotation, now);
                schedule.take_retired(now);
                for time in [now, now + 500, now + 100_000] {
                    let signer = schedule.signer(time).unwrap();
                    proptest::prop_assert!(signer.is_published(time));
                }
            }
        }
    }
}
