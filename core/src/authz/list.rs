//! A whole list.

use super::entry::Entry;
use super::peer::Lookup;
use std::collections::BTreeMap;
use thiserror::Error;

/// The longest list that is read, in bytes.
pub const MAX_LENGTH: usize = 1024 * 1024;
/// The most entries that are read.
pub const MAX_ENTRIES: usize = 65_536;

/// Why a list cannot be used. Such a list lets nobody in, whether it is an ALLOW or a DENY list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListDefect {
    /// Longer than [`MAX_LENGTH`].
    #[error("the list is {length} bytes long; at most {MAX_LENGTH} are read")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// More than [`MAX_ENTRIES`] entries.
    #[error("the list has more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    /// A NUL character, at which HTCondor would end the list.
    #[error("the list has a NUL character in it")]
    Nul,
}

/// An ALLOW or DENY list.
///
/// There is no list without a text: a knob that is undefined *or empty* is no list for HTCondor, and the lookup goes on to
/// the next knob ([`list_knobs`](super::list_knobs)). Give such a knob as `None`. A list that has text but
/// no entries (`,`) is a list: as ALLOW it lets nobody in, as DENY it keeps nobody out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    knob: Option<String>,
    place: Option<String>,
    text: String,
    entries: Vec<Entry>,
    /// Which entries need a host's addresses: a list may name very many hosts.
    hosts: BTreeMap<String, Vec<usize>>,
    defect: Option<ListDefect>,
}

impl List {
    /// Reads a list: entries between commas, spaces, tabs and line ends. Every entry is one HTCondor would take too;
    /// what it would not match matches nothing. USE_POOL_USERNAME_EQUIVALENT is taken as true, its default.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::parse_with(text, true)
    }

    /// Reads a list with USE_POOL_USERNAME_EQUIVALENT given: whether `condor@...` also means `condor_pool@...` and the
    /// other way round.
    #[must_use]
    pub fn parse_with(text: &str, use_pool_username_equivalent: bool) -> Self {
        let text = text.trim_ascii();
        let mut list = Self {
            knob: None,
            place: None,
            text: String::new(),
            entries: Vec::new(),
            hosts: BTreeMap::new(),
            defect: None,
        };
        if text.len() > MAX_LENGTH {
            list.defect = Some(ListDefect::TooLong { length: text.len() });
            return list;
        }
        text.clone_into(&mut list.text);
        if text.contains('\0') {
            list.defect = Some(ListDefect::Nul);
            return list;
        }
        for (index, word) in words(text).enumerate() {
            if index >= MAX_ENTRIES {
                list.defect = Some(ListDefect::TooManyEntries);
                break;
            }
            let entry = Entry::parse(index, word, use_pool_username_equivalent);
            if entry.resolvable() {
                let places = list.hosts.entry(entry.host().to_owned()).or_default();
                places.push(index);
            }
            list.entries.push(entry);
        }
        list
    }

    /// The same list, knowing which knob it came from.
    #[must_use]
    pub fn from_knob(mut self, knob: impl Into<String>) -> Self {
        self.knob = Some(knob.into());
        self
    }

    /// The knob it came from, if that was said.
    #[must_use]
    pub fn knob(&self) -> Option<&str> {
        self.knob.as_deref()
    }

    /// The same list, knowing where the knob stands (a file and line).
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Where the knob stands, if that was said.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The entries in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Why the list cannot be used, if it cannot.
    #[must_use]
    pub fn defect(&self) -> Option<&ListDefect> {
        self.defect.as_ref()
    }

    /// Whether it is `*` or `*/*` and nothing else, which HTCondor treats apart.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.text == "*" || self.text == "*/*"
    }

    /// The host names whose addresses are needed before anything is decided, each once. HTCondor asks when it loads the list.
    pub fn hosts_to_resolve(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// Takes the addresses of a host that [`hosts_to_resolve`](Self::hosts_to_resolve) named.
    pub fn resolved(&mut self, host: &str, lookup: &Lookup) {
        for index in self.hosts.get(host).into_iter().flatten() {
            if let Some(entry) = self.entries.get_mut(*index) {
                entry.set_addresses(lookup);
            }
        }
    }
}

/// The words of a list, as HTCondor's `StringTokenIterator` takes them apart. Vertical tab and form feed do not separate, but
/// are trimmed.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\t', '\r', '\n'])
        .map(|word| word.trim_matches(['\x0b', '\x0c']))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::entry::HostKind;
    use super::*;

    #[test]
    fn very_many_hosts_are_resolved_in_no_long_time() {
        let text: String = (0..60_000).map(|number| format!("h{number} ")).collect();
        let begin = std::time::Instant::now();
        let mut list = List::parse(&text);
        let hosts: Vec<String> = list.hosts_to_resolve().map(str::to_owned).collect();
        assert_eq!(hosts.len(), 60_000);
        let lookup = Lookup::Addresses(vec![[10, 0, 0, 1].into()]);
        for host in &hosts {
            list.resolved(host, &lookup);
        }
        // One by one through the list it takes minutes where this is not optimized.
        assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
        let is_known = |entry: &Entry| *entry.kind() == HostKind::Name(lookup.clone());
        assert!(list.entries().iter().all(is_known));
    }

    #[test]
    fn a_host_that_stands_twice_is_asked_for_once() {
        let mut list = List::parse("a.example u@d/a.example b_c");
        assert_eq!(list.hosts_to_resolve().collect::<Vec<_>>(), ["a.example"]);
        list.resolved("a.example", &Lookup::Addresses(Vec::new()));
        let known = list
            .entries()
            .iter()
            .filter(|entry| matches!(entry.kind(), HostKind::Name(Lookup::Addresses(_))));
        assert_eq!(known.count(), 2);
    }
}
