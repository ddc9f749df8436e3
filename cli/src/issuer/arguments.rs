//! The command lines of `countersign issuer`.

use std::net::SocketAddr;
use std::path::PathBuf;

use countersign::issuer::{
    ASKED_AGAIN_AFTER, Algorithm, IssuerUrl, NewIssuerKey, Rotation, RsaBits,
};

use crate::calendar::seconds;
use crate::options::{OptionName, option_of, value};
use crate::peer::address;

const HELP: OptionName = OptionName("help", 1);
const URL: OptionName = OptionName("url", 1);
const LISTEN: OptionName = OptionName("listen", 1);
const KEYS: OptionName = OptionName("keys", 4);
const ADDRESS_FILE: OptionName = OptionName("address-file", 2);
const CA_FILE: OptionName = OptionName("ca-file", 2);
const CERTIFICATE: OptionName = OptionName("certificate", 2);
const KEY: OptionName = OptionName("key", 3);
const ALLOW_REMOTE: OptionName = OptionName("allow-remote", 5);
const ALGORITHM: OptionName = OptionName("algorithm", 3);
const BITS: OptionName = OptionName("bits", 1);
const KEY_ID: OptionName = OptionName("key-id", 4);
const PUBLISH_AHEAD: OptionName = OptionName("publish-ahead", 1);
const KEEP: OptionName = OptionName("keep", 3);

/// For how long a new key is published before it signs, in seconds, if nothing else is said: twice the time
/// after which verifiers ask again.
const PUBLISHED_AHEAD: u64 = 2 * ASKED_AGAIN_AFTER;

/// A server to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Serve {
    pub(super) url: Option<IssuerUrl>,
    pub(super) listen: SocketAddr,
    pub(super) keys: Option<PathBuf>,
    pub(super) address_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    /// A chain and its key.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    pub(super) allow_remote: bool,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Task {
    Serve(Serve),
    Create {
        keys: PathBuf,
        new: NewIssuerKey,
    },
    Rotate {
        keys: PathBuf,
        new: NewIssuerKey,
        rotation: Rotation,
    },
    Import {
        keys: PathBuf,
        file: PathBuf,
        new: NewIssuerKey,
        rotation: Rotation,
    },
    List {
        keys: PathBuf,
    },
    Export {
        keys: PathBuf,
        folder: PathBuf,
        url: IssuerUrl,
    },
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Help,
    Run(Task),
}

/// Everything that can stand in one.
#[derive(Debug, Default)]
struct Given {
    url: Option<IssuerUrl>,
    listen: Option<SocketAddr>,
    keys: Option<PathBuf>,
    address_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    allow_remote: bool,
    new: NewIssuerKey,
    publish_ahead: Option<u64>,
    keep: Option<u64>,
    operand: Option<PathBuf>,
}

/// Reads a command line.
pub(super) fn parse(words: &[&str]) -> Result<Parsed, String> {
    let (task, rest) = match words.split_first() {
        Some((&task @ ("create" | "rotate" | "import" | "list" | "export"), rest)) => (task, rest),
        Some((word, _)) if option_of(word).is_none() => {
            return Err(format!("{word} is nothing that can be done with an issuer"));
        }
        _ => ("", words),
    };
    let takes: &[&OptionName] = match task {
        "create" => &[&KEYS, &ALGORITHM, &BITS, &KEY_ID],
        "rotate" => &[&KEYS, &ALGORITHM, &BITS, &KEY_ID, &PUBLISH_AHEAD, &KEEP],
        "import" => &[&KEYS, &ALGORITHM, &KEY_ID, &PUBLISH_AHEAD, &KEEP],
        "list" => &[&KEYS],
        "export" => &[&KEYS, &URL],
        _ => &[
            &URL,
            &LISTEN,
            &KEYS,
            &ADDRESS_FILE,
            &CA_FILE,
            &CERTIFICATE,
            &KEY,
            &ALLOW_REMOTE,
        ],
    };
    let operand = matches!(task, "import" | "export");
    let Some(given) = read(rest, takes, operand)? else {
        return Ok(Parsed::Help);
    };
    let keys = || {
        let keys = given.keys.clone();
        keys.ok_or_else(|| "--keys DIR is required: the folder of the issuer's keys".to_owned())
    };
    let rotation = || Rotation {
        publish_ahead: given.publish_ahead.unwrap_or(PUBLISHED_AHEAD),
        keep: given.keep,
    };
    let operand = |what: &str| given.operand.clone().ok_or_else(|| what.to_owned());
    let new = given.new.clone();
    Ok(Parsed::Run(match task {
        "create" => Task::Create { keys: keys()?, new },
        "rotate" => Task::Rotate {
            keys: keys()?,
            new,
            rotation: rotation(),
        },
        "import" => Task::Import {
            file: operand("say which file to import")?,
            keys: keys()?,
            new,
            rotation: rotation(),
        },
        "list" => Task::List { keys: keys()? },
        "export" => Task::Export {
            folder: operand("say into which folder")?,
            keys: keys()?,
            url: given
                .url
                .ok_or("--url URL is required: the issuer, as it stands in its tokens")?,
        },
        _ => Task::Serve(serve(given)?),
    }))
}

/// Reads options; `None` if help is wanted.
fn read(words: &[&str], takes: &[&OptionName], operand: bool) -> Result<Option<Given>, String> {
    let mut given = Given::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let unknown = || format!("Unknown argument: {word}");
        let Some(option) = option_of(word) else {
            if !operand || given.operand.is_some() {
                return Err(unknown());
            }
            given.operand = Some(word.into());
            continue;
        };
        if HELP.is(option) {
            return Ok(None);
        }
        // The whole word counts before a shortened one: --key and --keys.
        let exact = takes.iter().find(|name| name.0 == option);
        let name = exact
            .or_else(|| takes.iter().find(|name| name.is(option)))
            .ok_or_else(unknown)?;
        if name.0 == ALLOW_REMOTE.0 {
            given.allow_remote = true;
            continue;
        }
        let text = value(&mut words, word)?;
        let of = |error: String| format!("{word}: {error}");
        match name.0 {
            "url" => given.url = Some(text.parse().map_err(|error| format!("{word}: {error}"))?),
            "listen" => given.listen = Some(address(&text)?),
            "keys" => given.keys = Some(text.into()),
            "address-file" => given.address_file = Some(text.into()),
            "ca-file" => given.ca_file = Some(text.into()),
            "certificate" => given.certificate = Some(text.into()),
            "key" => given.key = Some(text.into()),
            "algorithm" => given.new.algorithm = Some(algorithm(&text)?),
            "bits" => given.new.bits = Some(bits(&text)?),
            "key-id" => given.new.kid = Some(text),
            "publish-ahead" => given.publish_ahead = Some(seconds(&text).map_err(of)?),
            "keep" => given.keep = Some(seconds(&text).map_err(of)?),
            _ => return Err(unknown()),
        }
    }
    Ok(Some(given))
}

fn serve(given: Given) -> Result<Serve, String> {
    let listen = match (given.listen, &given.url) {
        (Some(listen), _) => listen,
        (None, Some(url)) => SocketAddr::from(([127, 0, 0, 1], url.port())),
        (None, None) => {
            return Err(
                "say where: --listen ADDR, such as --listen 127.0.0.1:0, or --url URL".into(),
            );
        }
    };
    let certificate = match (given.certificate, given.key) {
        (Some(chain), Some(key)) => Some((chain, key)),
        (None, None) => None,
        _ => return Err("--certificate FILE and --key FILE go together".into()),
    };
    if certificate.is_some() && given.ca_file.is_some() {
        return Err("--ca-file is for the CA that is made where --certificate gives none".into());
    }
    Ok(Serve {
        url: given.url,
        listen,
        keys: given.keys,
        address_file: given.address_file,
        ca_file: given.ca_file,
        certificate,
        allow_remote: given.allow_remote,
    })
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(&text.to_ascii_uppercase()).ok_or_else(|| {
        let names: Vec<&str> = Algorithm::ALL.into_iter().map(Algorithm::name).collect();
        format!("--algorithm takes {}, not {text:?}", names.join(", "))
    })
}

fn bits(text: &str) -> Result<RsaBits, String> {
    let bits = text.parse().ok().and_then(RsaBits::from_number);
    bits.ok_or_else(|| format!("--bits takes 2048, 3072 or 4096, not {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(line: &str) -> Result<Task, String> {
        match parse(&line.split_whitespace().collect::<Vec<_>>())? {
            Parsed::Run(task) => Ok(task),
            Parsed::Help => Err("help".into()),
        }
    }

    #[test]
    fn a_server() {
        let Ok(Task::Serve(serve)) =
            task("--url https://a.example:8443/x --keys k --key f --cert c")
        else {
            panic!("not read")
        };
        assert_eq!(serve.listen, SocketAddr::from(([127, 0, 0, 1], 8443)));
        assert_eq!(serve.certificate, Some(("c".into(), "f".into())));
        assert_eq!(serve.keys, Some("k".into()));
        let Ok(Task::Serve(serve)) = task("-listen [::1]:0 --allow-remote -ca-file x") else {
            panic!("not read")
        };
        assert!(serve.listen.is_ipv6() && serve.allow_remote && serve.url.is_none());
        assert_eq!(task("--help"), Err("help".into()));
        for wrong in [
            "",
            "frob",
            "--listen x",
            "--listen 127.0.0.1:0 --key f",
            "--listen 127.0.0.1:0 --certificate f",
            "--listen 127.0.0.1:0 x",
            "--url http://a",
            "--listen 127.0.0.1:0 --keep 4d",
            "--url https://a --certificate c --key k --ca-file f",
        ] {
            assert!(task(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys() {
        let new = |algorithm, bits, kid: Option<&str>| NewIssuerKey {
            algorithm,
            bits,
            kid: kid.map(str::to_owned),
        };
        assert_eq!(
            task("create --keys k --algorithm rs256 --bits 4096 --key-id a"),
            Ok(Task::Create {
                keys: "k".into(),
                new: new(Some(Algorithm::Rs256), Some(RsaBits::Rsa4096), Some("a")),
            })
        );
        assert_eq!(
            task("rotate --keys k"),
            Ok(Task::Rotate {
                keys: "k".into(),
                new: NewIssuerKey::default(),
                rotation: Rotation {
                    publish_ahead: 1200,
                    keep: None
                },
            })
        );
        assert_eq!(
            task("import f --keys k --publish-ahead 0 --keep 4d"),
            Ok(Task::Import {
                keys: "k".into(),
                file: "f".into(),
                new: NewIssuerKey::default(),
                rotation: Rotation {
                    publish_ahead: 0,
                    keep: Some(345_600)
                },
            })
        );
        assert!(matches!(
            task("export /srv --keys k --url https://a"),
            Ok(Task::Export { .. })
        ));
        assert!(matches!(task("list --keys k"), Ok(Task::List { .. })));
        for wrong in [
            "create",
            "create x --keys k",
            "create --keys k --algorithm HS256",
            "create --keys k --bits 1024",
            "create --keys k --keep 4d",
            "rotate --keys k --keep 4w",
            "import --keys k",
            "import a b --keys k",
            "export /srv --keys k",
            "list",
        ] {
            assert!(task(wrong).is_err(), "{wrong}");
        }
    }
}
