//! What a claim id says of its session: `[Integrity="YES";Encryption="YES";CryptoMethods="AES";]`.
//!
//! Rule: `SecMan::ImportSecSessionInfo` and `ExportSecSessionInfo` in HTCondor's `condor_secman.cpp`.

use std::fmt;

use countersign_classad::{ClassAd, split_assignment};

use crate::names::attrs;
use crate::policy::Cipher;
use crate::version::CondorVersion;

/// The longest text that is read, in bytes. Real ones have less than 400.
pub const MAX_INFO: usize = 8 * 1024;

/// Why a session's description is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InfoError {
    /// It has no brackets around it.
    #[error("a session's description stands in brackets, and this one does not")]
    NoBrackets,
    /// It is too long.
    #[error("the session's description has {0} bytes; at most {MAX_INFO} are read")]
    TooLong(usize),
    /// A part is no assignment.
    #[error("part {0} of the session's description is no NAME=VALUE")]
    NotAnAssignment(usize),
    /// An attribute has a value that it cannot have: taken for missing, it could mean more than was meant.
    #[error("the session's description has a value of {0} that makes no sense")]
    Senseless(&'static str),
}

/// What is agreed on for a session that nobody negotiated.
///
/// Its text (`Display`) is the one that HTCondor writes, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionInfo {
    /// Whether integrity is protected; `None` leaves it to the settings.
    pub integrity: Option<bool>,
    /// Whether it is encrypted. An AES session always is, whatever is said here.
    pub encryption: Option<bool>,
    /// When it ends, in seconds since 1970; `None` if it does not end by itself.
    pub expires: Option<u64>,
    /// The version of the daemon that made it.
    pub version: Option<CondorVersion>,
    /// The ciphers for which both sides have a key, in the order of preference; empty leaves it to the
    /// settings.
    pub ciphers: Vec<Cipher>,
    /// The commands that it is for; `None` is every command.
    pub valid_commands: Option<Vec<i32>>,
}

impl SessionInfo {
    /// Reads a description. An empty text says nothing, as in HTCondor; attributes other than these are
    /// passed over.
    ///
    /// # Errors
    /// [`InfoError`].
    pub fn parse(text: &str) -> Result<Self, InfoError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > MAX_INFO {
            return Err(InfoError::TooLong(text.len()));
        }
        let inner = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .ok_or(InfoError::NoBrackets)?;
        let mut ad = ClassAd::new();
        let parts = inner.split(';').map(str::trim);
        for (index, part) in parts.filter(|part| !part.is_empty()).enumerate() {
            let (name, value) =
                split_assignment(part).map_err(|_| InfoError::NotAnAssignment(index + 1))?;
            ad.insert(name, value);
        }
        // The list was added later; the older attribute then names a cipher for older readers.
        let ciphers = match string(&ad, attrs::CRYPTO_METHODS_LIST)? {
            Some(list) => Some(list),
            None => string(&ad, attrs::CRYPTO_METHODS)?,
        };
        Ok(Self {
            integrity: action(&ad, attrs::INTEGRITY)?,
            encryption: action(&ad, attrs::ENCRYPTION)?,
            expires: expiry(&ad)?,
            version: match string(&ad, attrs::SHORT_VERSION)? {
                Some(text) => Some(short_version(text)?),
                None => None,
            },
            ciphers: ciphers.map(known_ciphers).unwrap_or_default(),
            valid_commands: string(&ad, attrs::VALID_COMMANDS)?.map(commands),
        })
    }
}

fn string<'a>(ad: &'a ClassAd, name: &'static str) -> Result<Option<&'a str>, InfoError> {
    match ad.get_str(name) {
        None if ad.contains(name) => Err(InfoError::Senseless(name)),
        found => Ok(found),
    }
}

fn action(ad: &ClassAd, name: &'static str) -> Result<Option<bool>, InfoError> {
    Ok(match string(ad, name)? {
        None => None,
        Some(text) if text.eq_ignore_ascii_case("YES") => Some(true),
        Some(text) if text.eq_ignore_ascii_case("NO") => Some(false),
        Some(_) => return Err(InfoError::Senseless(name)),
    })
}

fn expiry(ad: &ClassAd) -> Result<Option<u64>, InfoError> {
    let name = attrs::SESSION_EXPIRES;
    match ad.get_int(name) {
        None if ad.contains(name) => Err(InfoError::Senseless(name)),
        None | Some(0) => Ok(None),
        // What ended before 1970 has ended.
        Some(at) => Ok(Some(u64::try_from(at).unwrap_or(1))),
    }
}

/// `25.14.1`; a number that is left out is 0.
fn short_version(text: &str) -> Result<CondorVersion, InfoError> {
    let mut parts = text.split('.').map(str::parse::<u32>);
    let mut next = || parts.next().unwrap_or(Ok(0));
    match (next(), next(), next()) {
        (Ok(major), Ok(minor), Ok(patch)) => Ok(CondorVersion {
            major,
            minor,
            patch,
        }),
        _ => Err(InfoError::Senseless(attrs::SHORT_VERSION)),
    }
}

/// A comma cannot stand in a claim id, so that a dot is written for it. Unlike a setting, case does not
/// matter here (`SecMan::getCryptProtocolNameToEnum`). An unknown name is for somebody else.
fn known_ciphers(text: &str) -> Vec<Cipher> {
    let mut ciphers = Vec::new();
    for name in text.split(['.', ',', ' ']) {
        if let Some(cipher) = Cipher::parse(&name.to_ascii_uppercase())
            && !ciphers.contains(&cipher)
        {
            ciphers.push(cipher);
        }
    }
    ciphers
}

/// What is no number is no command.
fn commands(text: &str) -> Vec<i32> {
    let numbers = text.split([',', ' ']);
    numbers.filter_map(|number| number.parse().ok()).collect()
}

impl fmt::Display for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |yes| if yes { "YES" } else { "NO" };
        f.write_str("[")?;
        if let Some(yes) = self.integrity {
            write!(f, "{}=\"{}\";", attrs::INTEGRITY, word(yes))?;
        }
        if let Some(yes) = self.encryption {
            write!(f, "{}=\"{}\";", attrs::ENCRYPTION, word(yes))?;
        }
        if let Some(at) = self.expires {
            write!(f, "{}={at};", attrs::SESSION_EXPIRES)?;
        }
        if let Some(version) = self.version {
            write!(f, "{}=\"{version}\";", attrs::SHORT_VERSION)?;
        }
        // Before the list there was one, and then it was none but these two.
        let old = [Cipher::Blowfish, Cipher::TripleDes];
        let one = self.ciphers.iter().find(|cipher| old.contains(cipher));
        if let Some(cipher) = one.or(self.ciphers.first()) {
            write!(f, "{}=\"{}\";", attrs::CRYPTO_METHODS, cipher.name())?;
        }
        if let Some(commands) = &self.valid_commands {
            let numbers: Vec<String> = commands.iter().map(i32::to_string).collect();
            write!(f, "{}=\"{}\";", attrs::VALID_COMMANDS, numbers.join(","))?;
        }
        if self.ciphers.len() > 1 {
            let names: Vec<&str> = self.ciphers.iter().map(|cipher| cipher.name()).collect();
            let list = names.join(".");
            write!(f, "{}=\"{list}\";", attrs::CRYPTO_METHODS_LIST)?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What both releases' masters gave to a child.
    const REAL: &str = "[Integrity=\"YES\";Encryption=\"YES\";ShortVersion=\"25.14.1\";\
        CryptoMethods=\"BLOWFISH\";ValidCommands=\"60000,60008\";\
        CryptoMethodsList=\"AES.BLOWFISH.3DES\";]";

    #[test]
    fn a_real_one_is_read_and_written() {
        let info = SessionInfo::parse(REAL).unwrap();
        assert_eq!(
            info.ciphers,
            [Cipher::Aes, Cipher::Blowfish, Cipher::TripleDes]
        );
        assert_eq!(info.valid_commands.as_deref(), Some(&[60000, 60008][..]));
        assert_eq!(info.version.unwrap().to_string(), "25.14.1");
        assert_eq!(info.to_string(), REAL);
    }

    #[test]
    fn what_is_missing_and_what_makes_no_sense() {
        assert_eq!(SessionInfo::parse(""), Ok(SessionInfo::default()));
        assert_eq!(SessionInfo::parse("[]"), Ok(SessionInfo::default()));
        let read = |text: &str| SessionInfo::parse(text);
        assert_eq!(read("[SessionExpires=0;]").unwrap().expires, None);
        assert_eq!(read("[sessionexpires=-5]").unwrap().expires, Some(1));
        assert_eq!(
            read("[CryptoMethods=\"aes\";Other=1;]").unwrap().ciphers,
            [Cipher::Aes]
        );
        // An empty list of commands is not the same as no list.
        assert_eq!(
            read("[ValidCommands=\"\";]").unwrap().valid_commands,
            Some(Vec::new())
        );
        for wrong in [
            "x",
            "[",
            "[a",
            "[Encryption=\"MAYBE\";]",
            "[ValidCommands=5;]",
            "[ValidCommands=x+y;]",
            "[SessionExpires=\"tomorrow\";]",
            "[ShortVersion=\"x\";]",
            "[nothing;]",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let long = format!("[a=\"{}\"]", "x".repeat(MAX_INFO));
        assert!(matches!(read(&long), Err(InfoError::TooLong(_))));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            integrity: Option<bool>,
            encryption: Option<bool>,
            expires in proptest::option::of(1..u64::from(u32::MAX)),
            version in proptest::option::of((0..99u32, 0..99u32, 0..99u32)),
            ciphers in proptest::sample::subsequence(
                vec![Cipher::Aes, Cipher::Blowfish, Cipher::TripleDes], 0..=3),
            valid_commands: Option<Vec<i32>>,
        ) {
            let valid_commands = valid_commands.map(|list| list.into_iter().take(100).collect());
            let version = version.map(|(major, minor, patch)| CondorVersion { major, minor, patch });
            let info = SessionInfo { integrity, encryption, expires, version, ciphers, valid_commands };
            prop_assert_eq!(SessionInfo::parse(&info.to_string()), Ok(info));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = SessionInfo::parse(&text);
            let _ = SessionInfo::parse(&format!("[{text}]"));
        }
    }
}
