//! The command lines of `countersign scitoken`.

use std::path::PathBuf;

use countersign::issuer::{IssuerUrl, Profile, TokenRequest};

use crate::calendar::seconds;
use crate::options::{OptionName, option_of, value};

const HELP: OptionName = OptionName("help", 1);
const KEYS: OptionName = OptionName("keys", 4);
const KEY: OptionName = OptionName("key", 3);
const KEY_ID: OptionName = OptionName("key-id", 4);
const ISSUER: OptionName = OptionName("issuer", 2);
const SUBJECT: OptionName = OptionName("subject", 2);
const AUDIENCE: OptionName = OptionName("audience", 2);
const SCOPE: OptionName = OptionName("scope", 2);
const LIFETIME: OptionName = OptionName("lifetime", 1);
const PROFILE: OptionName = OptionName("profile", 1);
const OUTPUT: OptionName = OptionName("output", 1);
const IF_EXPIRING_WITHIN: OptionName = OptionName("if-expiring-within", 2);
const JWKS: OptionName = OptionName("jwks", 1);
const ISSUER_KEYS: OptionName = OptionName("issuer-keys", 7);
const FETCH: OptionName = OptionName("fetch", 1);
const CA_FILE: OptionName = OptionName("ca-file", 1);

/// Seconds that a token is good for, if nothing else is said: as with scitokens-admin-create-token.
const LIFETIME_SECONDS: u64 = 1200;

/// What signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signer {
    /// A folder of an issuer's keys.
    Folder(PathBuf),
    /// A file with a private key.
    File(PathBuf),
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Create {
    pub(super) signer: Signer,
    pub(super) issuer: IssuerUrl,
    pub(super) request: TokenRequest,
    /// Where it goes; `None` is standard output.
    pub(super) output: Option<PathBuf>,
    /// Only if the one that is there ends within this many seconds.
    pub(super) if_expiring_within: Option<u64>,
}

/// Where the issuer's public keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicKeys {
    /// Nowhere: signatures are not looked at.
    NotGiven,
    /// A JWKS in a file.
    File(PathBuf),
    /// A folder of an issuer's keys.
    Folder(PathBuf),
    /// Each token's issuer, which is asked.
    Fetched {
        /// Whom to trust instead of the system's authorities.
        ca_file: Option<PathBuf>,
    },
}

/// Tokens to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inspect {
    /// `-` is standard input.
    pub(super) files: Vec<PathBuf>,
    pub(super) keys: PublicKeys,
    /// The server's SCITOKENS_SERVER_AUDIENCE.
    pub(super) audiences: Option<Vec<String>>,
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Help,
    Create(Box<Create>),
    Inspect(Inspect),
}

/// Reads a command line.
pub(super) fn parse(words: &[&str]) -> Result<Parsed, String> {
    let mut words = words.iter().copied();
    match words.next() {
        Some("create") => create(&mut words),
        Some("inspect") => inspect(&mut words),
        Some(word) if option_of(word).is_some_and(|option| HELP.is(option)) => Ok(Parsed::Help),
        Some(word) => Err(format!(
            "{word} is nothing that can be done with a SciToken"
        )),
        None => Err("say what to do: create or inspect".into()),
    }
}

fn create<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Parsed, String> {
    let (mut folder, mut file, mut issuer, mut output, mut within) = (None, None, None, None, None);
    let mut request = TokenRequest::new("", &[], LIFETIME_SECONDS);
    while let Some(word) = words.next() {
        let option = option_of(word).ok_or_else(|| unknown(word))?;
        if HELP.is(option) {
            return Ok(Parsed::Help);
        } else if option == KEY.0 {
            file = Some(PathBuf::from(value(words, word)?));
        } else if KEY_ID.is(option) {
            request.key_id = Some(value(words, word)?);
        } else if KEYS.is(option) {
            folder = Some(PathBuf::from(value(words, word)?));
        } else if ISSUER.is(option) {
            let text = value(words, word)?;
            issuer = Some(text.parse().map_err(|error| format!("{word}: {error}"))?);
        } else if SUBJECT.is(option) {
            request.subject = value(words, word)?;
        } else if AUDIENCE.is(option) {
            request.audience.push(value(words, word)?);
        } else if SCOPE.is(option) {
            let scopes = value(words, word)?;
            let scopes = scopes.split_whitespace().map(str::to_owned);
            request.scopes.extend(scopes);
        } else if LIFETIME.is(option) {
            request.lifetime = length(&value(words, word)?, word)?;
        } else if PROFILE.is(option) {
            let text = value(words, word)?;
            request.profile = Profile::from_name(&text)
                .ok_or_else(|| format!("{word} takes scitoken:2.0 or wlcg:1.0, not {text:?}"))?;
        } else if OUTPUT.is(option) {
            output = Some(PathBuf::from(value(words, word)?));
        } else if IF_EXPIRING_WITHIN.is(option) {
            within = Some(length(&value(words, word)?, word)?);
        } else {
            return Err(unknown(word));
        }
    }
    let signer = match (folder, file) {
        (Some(folder), None) => Signer::Folder(folder),
        (None, Some(file)) => Signer::File(file),
        _ => {
            return Err(
                "say what signs: --keys DIR, the folder of an issuer's keys, or --key FILE".into(),
            );
        }
    };
    let issuer = issuer.ok_or("--issuer URL is required: where servers fetch the public keys")?;
    if request.subject.is_empty() {
        return Err("--subject NAME is required: whom the token names".into());
    }
    if request.scopes.is_empty() {
        return Err(
            "--scope SCOPE is required, such as --scope condor:/READ: without any the token is good for \
             nothing"
                .into(),
        );
    }
    if let Some(within) = within {
        if output.is_none() {
            return Err("--if-expiring-within goes with --output FILE".into());
        }
        if within >= request.lifetime {
            return Err(format!(
                "--if-expiring-within must be less than the lifetime, which is {} seconds",
                request.lifetime
            ));
        }
    }
    Ok(Parsed::Create(Box::new(Create {
        signer,
        issuer,
        request,
        output,
        if_expiring_within: within,
    })))
}

fn inspect<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Parsed, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    let (mut keys, mut audiences) = (PublicKeys::NotGiven, None);
    let mut authorities: Option<PathBuf> = None;
    while let Some(word) = words.next() {
        let Some(option) = option_of(word) else {
            files.push(word.into());
            continue;
        };
        if HELP.is(option) {
            return Ok(Parsed::Help);
        } else if AUDIENCE.is(option) {
            let text = value(words, word)?;
            let several = text.split([',', ' ', '\t']).filter(|one| !one.is_empty());
            let known: &mut Vec<String> = audiences.get_or_insert_default();
            known.extend(several.map(str::to_owned));
        } else if CA_FILE.is(option) {
            authorities = Some(value(words, word)?.into());
        } else if JWKS.is(option) || ISSUER_KEYS.is(option) || FETCH.is(option) {
            if keys != PublicKeys::NotGiven {
                return Err("give one of --fetch, --jwks FILE and --issuer-keys DIR".into());
            }
            if FETCH.is(option) {
                keys = PublicKeys::Fetched { ca_file: None };
                continue;
            }
            let path = PathBuf::from(value(words, word)?);
            keys = if JWKS.is(option) {
                PublicKeys::File(path)
            } else {
                PublicKeys::Folder(path)
            };
        } else {
            return Err(unknown(word));
        }
    }
    match (&mut keys, authorities) {
        (_, None) => {}
        (PublicKeys::Fetched { ca_file }, authorities) => *ca_file = authorities,
        _ => return Err("--ca-file FILE goes with --fetch".into()),
    }
    if files.is_empty() {
        return Err("say which file, or - for standard input".into());
    }
    Ok(Parsed::Inspect(Inspect {
        files,
        keys,
        audiences,
    }))
}

fn length(text: &str, word: &str) -> Result<u64, String> {
    seconds(text).map_err(|error| format!("{word}: {error}"))
}

fn unknown(word: &str) -> String {
    format!("Unknown argument: {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Parsed, String> {
        parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    const LEAST: &str = "create --keys k --issuer https://a -subject alice --scope condor:/READ";

    #[test]
    fn created() {
        let Ok(Parsed::Create(create)) = read(LEAST) else {
            panic!("not read")
        };
        assert_eq!(create.signer, Signer::Folder("k".into()));
        let expected = TokenRequest::new("alice", &["condor:/READ"], 1200);
        assert_eq!(create.request, expected);
        assert_eq!((create.output, create.if_expiring_within), (None, None));
        let Ok(Parsed::Create(create)) = read(
            "create --key f --key-id a --issuer https://a --subject alice --audience x --audience y \
             --scope a --scope b --lifetime 4h --profile wlcg:1.0 --output o --if-expiring-within 90m",
        ) else {
            panic!("not read")
        };
        assert_eq!(create.signer, Signer::File("f".into()));
        assert_eq!(create.request.audience, ["x", "y"]);
        assert_eq!(create.request.scopes, ["a", "b"]);
        assert_eq!(create.request.lifetime, 14_400);
        assert_eq!(create.request.profile, Profile::Wlcg1);
        assert_eq!(create.request.key_id.as_deref(), Some("a"));
        assert_eq!(create.if_expiring_within, Some(5400));
        let spaced = [
            "create",
            "--scope",
            "a b",
            "--keys",
            "k",
            "--subject",
            "s",
            "--issuer",
        ];
        let Ok(Parsed::Create(create)) = parse(&[&spaced[..], &["https://a"]].concat()) else {
            panic!("not read")
        };
        assert_eq!(create.request.scopes, ["a", "b"]);
        for more in [
            " --key f",
            " --lifetime 1w",
            " --profile jwt",
            " --if-expiring-within 5m",
            " --output o --if-expiring-within 20m",
            " x",
            " --issuer http://a",
            " --frob",
        ] {
            assert!(read(&format!("{LEAST}{more}")).is_err(), "{more}");
        }
        for left_out in [
            "--keys k",
            "--issuer https://a",
            "-subject alice",
            "--scope condor:/READ",
        ] {
            assert!(read(&LEAST.replace(left_out, "")).is_err(), "{left_out}");
        }
    }

    #[test]
    fn inspected() {
        assert_eq!(
            read("inspect - t --jwks f --audience a,b"),
            Ok(Parsed::Inspect(Inspect {
                files: vec!["-".into(), "t".into()],
                keys: PublicKeys::File("f".into()),
                audiences: Some(vec!["a".into(), "b".into()]),
            }))
        );
        for (line, authorities) in [
            ("inspect t --fetch", None),
            ("inspect --ca-file c -f t", Some("c".into())),
        ] {
            let Ok(Parsed::Inspect(inspect)) = read(line) else {
                panic!("not read")
            };
            let expected = PublicKeys::Fetched {
                ca_file: authorities,
            };
            assert_eq!(inspect.keys, expected);
        }
        assert_eq!(read("inspect --help"), Ok(Parsed::Help));
        for wrong in [
            "",
            "frob",
            "inspect",
            "inspect t --jwks f --issuer-keys d",
            "inspect t -x",
            "inspect t --fetch --jwks f",
            "inspect t --issuer-keys d --fetch",
            "inspect t --ca-file f",
            "inspect t --jwks f --ca-file f",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
