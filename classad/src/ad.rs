//! The ad itself: an ordered table of attributes.

use std::fmt::{self, Debug, Formatter, Write};
use std::ops::Range;

use crate::private::is_private;
use crate::value::{Expr, Value};

/// A ClassAd: attributes in the order in which they were inserted, names compared without regard to ASCII case.
///
/// Lookups walk the ad. Ads of a negotiation have some dozens of attributes (HTCondor accepts at most 100 from a peer that
/// it does not know yet); whoever reads an ad from a peer limits their number.
#[derive(Clone, Default)]
pub struct ClassAd {
    /// All names, one behind the other: an ad is made for every message, and an allocation for each name was a good part
    /// of what that cost.
    names: String,
    /// Where each name stands, and what it is the name of.
    attributes: Vec<(Range<usize>, Expr)>,
}

/// The length for which names are given room in advance; most are shorter.
const USUAL_NAME: usize = 16;

impl ClassAd {
    /// An ad without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// An ad without attributes, and with room for so many.
    pub fn with_capacity(attributes: usize) -> Self {
        Self {
            names: String::with_capacity(USUAL_NAME * attributes),
            attributes: Vec::with_capacity(attributes),
        }
    }

    /// Sets an attribute. One that is there already keeps its place and the spelling of its name, as in HTCondor.
    ///
    /// The name is not checked here; [`print_assignment`](crate::print_assignment) refuses what cannot be sent.
    pub fn insert(&mut self, name: &str, expr: impl Into<Expr>) {
        let expr = expr.into();
        match self.position(name) {
            Some((_, slot)) => *slot = expr,
            None => self.push(name, expr),
        }
    }

    /// Adds an attribute of which it is known that it is not there yet.
    pub(crate) fn push(&mut self, name: &str, expr: Expr) {
        let start = self.names.len();
        self.names.push_str(name);
        self.attributes.push((start..self.names.len(), expr));
    }

    /// Removes an attribute and gives what it was.
    pub fn remove(&mut self, name: &str) -> Option<Expr> {
        let (index, _) = self.position(name)?;
        let (gone, expr) = self.attributes.remove(index);
        for (place, _) in self.attributes.iter_mut().skip(index) {
            *place = place.start - gone.len()..place.end - gone.len();
        }
        self.names.drain(gone);
        Some(expr)
    }

    fn position(&mut self, name: &str) -> Option<(usize, &mut Expr)> {
        let names = &self.names;
        self.attributes
            .iter_mut()
            .enumerate()
            .find(|(_, (place, _))| is_at(names, place, name))
            .map(|(index, (_, expr))| (index, expr))
    }

    /// The attribute's expression.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.attributes
            .iter()
            .find(|(place, _)| is_at(&self.names, place, name))
            .map(|(_, expr)| expr)
    }

    /// Whether the attribute is there, whatever its value.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.get(name)?.literal()
    }

    /// The attribute's string; `None` if it is not there or not a string literal (HTCondor's `LookupString`).
    pub fn get_str(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The attribute as an integer (HTCondor's `LookupInteger`): a real loses its fraction, a boolean is 1 or 0. A real
    /// that no 64-bit integer comes near gives `None`.
    pub fn get_int(&self, name: &str) -> Option<i64> {
        match *self.value(name)? {
            Value::Integer(n) => Some(n),
            Value::Real(n) => {
                let whole = n.trunc();
                // 2^63 is exact as a double; i64::MAX is not.
                (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
                    .contains(&whole)
                    .then_some(whole as i64)
            }
            Value::Boolean(b) => Some(b.into()),
            _ => None,
        }
    }

    /// The attribute as a real (HTCondor's `LookupFloat`): integers and booleans are converted.
    pub fn get_real(&self, name: &str) -> Option<f64> {
        match *self.value(name)? {
            Value::Real(n) => Some(n),
            Value::Integer(n) => Some(n as f64),
            Value::Boolean(b) => Some(f64::from(u8::from(b))),
            _ => None,
        }
    }

    /// The attribute as a boolean (HTCondor's `LookupBool`): a number counts as true unless it is zero.
    pub fn get_bool(&self, name: &str) -> Option<bool> {
        match *self.value(name)? {
            Value::Boolean(b) => Some(b),
            Value::Integer(n) => Some(n != 0),
            Value::Real(n) => Some(n != 0.0),
            _ => None,
        }
    }

    /// Names and expressions, in the order of insertion.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            names: &self.names,
            attributes: self.attributes.iter(),
        }
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.attributes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The ad as `condor_ping -long` prints one (HTCondor's `formatAd`): a line `Name = expression` for each attribute,
    /// sorted by name without regard to case, and a single newline for an empty ad.
    ///
    /// **Private attributes are included**, as `condor_ping` does. Filter with [`is_private`] before showing an
    /// ad to someone else.
    pub fn to_long_form(&self) -> String {
        let mut lines: Vec<_> = self
            .iter()
            .map(|(name, expr)| (name.to_ascii_lowercase(), name, expr))
            .collect();
        lines.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let mut out = String::new();
        for (_, name, expr) in lines {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name} = {expr}");
        }
        if out.is_empty() {
            out.push('\n');
        }
        out
    }
}

/// Whether the name at `place` is `name`.
fn is_at(names: &str, place: &Range<usize>, name: &str) -> bool {
    // Most names differ in length, which is seen without looking at them.
    place.len() == name.len() && at(names, place).eq_ignore_ascii_case(name)
}

fn at<'a>(names: &'a str, place: &Range<usize>) -> &'a str {
    names.get(place.clone()).unwrap_or_default()
}

impl PartialEq for ClassAd {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl Debug for ClassAd {
    /// Shows the attributes; the value of a [private](is_private) one is left out.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, expr) in self.iter() {
            map.key(&name);
            if is_private(name) {
                map.value(&format_args!("<redacted>"));
            } else {
                map.value(&format_args!("{expr}"));
            }
        }
        map.finish()
    }
}

/// The attributes of an ad in the order of insertion; see [`ClassAd::iter`].
#[derive(Clone)]
pub struct Iter<'a> {
    names: &'a str,
    attributes: std::slice::Iter<'a, (Range<usize>, Expr)>,
}

impl Debug for Iter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter")
            .field("left", &self.attributes.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a Expr);

    fn next(&mut self) -> Option<Self::Item> {
        let (place, expr) = self.attributes.next()?;
        Some((at(self.names, place), expr))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.attributes.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a ClassAd {
    type Item = (&'a str, &'a Expr);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<N: AsRef<str>, E: Into<Expr>> FromIterator<(N, E)> for ClassAd {
    fn from_iter<I: IntoIterator<Item = (N, E)>>(attributes: I) -> Self {
        let mut ad = ClassAd::new();
        for (name, expr) in attributes {
            ad.insert(name.as_ref(), expr);
        }
        ad
    }
}

#[cfg(test)]
mod tests {
    use super::ClassAd;
    use crate::value::{Expr, Value};

    #[test]
    fn names_ignore_case_and_replacing_keeps_the_place() {
        let mut ad = ClassAd::new();
        ad.insert("Zeta", 1);
        ad.insert("alpha", "x");
        ad.insert("ZETA", 2);
        assert_eq!(
            ad.iter().map(|(n, _)| n).collect::<Vec<_>>(),
            ["Zeta", "alpha"]
        );
        assert_eq!(ad.get_int("zeta"), Some(2));
        assert_eq!(ad.to_long_form(), "alpha = \"x\"\nZeta = 2\n");
        assert_eq!(ad.remove("zEtA"), Some(Expr::Literal(Value::Integer(2))));
        assert_eq!(ad.len(), 1);
        assert!(!ad.contains("Zeta"));
        assert_eq!(ClassAd::new().to_long_form(), "\n");
    }

    #[test]
    fn what_is_removed_leaves_the_others_as_they_are() {
        let mut ad: ClassAd = [("One", 1), ("Two", 2), ("Three", 3)].into_iter().collect();
        assert_eq!(ad.remove("two"), Some(Expr::from(2)));
        ad.insert("Four", 4);
        assert_eq!(ad.remove("ONE"), Some(Expr::from(1)));
        assert_eq!(ad.remove("Two"), None);
        assert_eq!(ad.to_long_form(), "Four = 4\nThree = 3\n");
        let same: ClassAd = [("Three", 3), ("Four", 4)].into_iter().collect();
        assert_eq!(ad, same);
        assert_ne!(ad, [("three", 3), ("Four", 4)].into_iter().collect());
        assert_eq!(ad.names, "ThreeFour");
    }

    #[test]
    fn lookups_convert_as_htcondor_does() {
        let mut ad = ClassAd::new();
        ad.insert("I", 3);
        ad.insert("Z", 0);
        ad.insert("R", -2.9);
        ad.insert("B", true);
        ad.insert("Huge", 1e300);
        ad.insert("S", "true");
        ad.insert("T", Expr::Text("1 + 1".into()));
        ad.insert("U", Value::Undefined);
        assert_eq!(ad.get_bool("i"), Some(true));
        assert_eq!(ad.get_bool("z"), Some(false));
        assert_eq!(ad.get_bool("r"), Some(true));
        assert_eq!(ad.get_bool("s"), None);
        assert_eq!(ad.get_bool("t"), None);
        assert_eq!(ad.get_int("r"), Some(-2));
        assert_eq!(ad.get_int("b"), Some(1));
        assert_eq!(ad.get_int("huge"), None);
        assert_eq!(ad.get_real("i"), Some(3.0));
        assert_eq!(ad.get_str("u"), None);
        assert_eq!(ad.get_str("none"), None);
    }

    #[test]
    fn debug_redacts_secrets() {
        let mut ad = ClassAd::new();
        ad.insert("claimid", "<127.0.0.1:1>#1#2#secret");
        ad.insert("_CONDOR_PRIVx", "secret");
        ad.insert("User", "alice");
        let shown = format!("{ad:?}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("alice"), "{shown}");
    }
}
