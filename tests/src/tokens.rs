//! IDTOKENS of every kind, made by `condor_token_create`.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::time::Duration;

use crate::roots::{Release, Roots};
use crate::run::{User, command, finish};

/// A token, by what is the matter with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// A good one, for `alice@pool.example`.
    Alice,
    /// A good one, for `carol@pool.example`.
    Carol,
    /// A good one, for a subject that is not in the trust domain.
    Stranger,
    /// Good for READ only.
    Read,
    /// Good for ADVERTISE_STARTD only.
    AdvertiseStartd,
    /// Good for DAEMON only.
    Daemon,
    /// Its time is over.
    Expired,
    /// Signed by a key that goes by the same name and is another.
    Forged,
    /// Signed by a key of a name that the daemon has not got.
    OtherKey,
    /// Issued by another trust domain.
    OtherDomain,
}

impl Token {
    const ALL: [Self; 10] = [
        Self::Alice,
        Self::Carol,
        Self::Stranger,
        Self::Read,
        Self::AdvertiseStartd,
        Self::Daemon,
        Self::Expired,
        Self::Forged,
        Self::OtherKey,
        Self::OtherDomain,
    ];

    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Carol => &["-identity", "carol@pool.example"],
            Self::Stranger => &["-identity", "eve@elsewhere.example"],
            Self::Read => &["-identity", "alice@pool.example", "-authz", "READ"],
            Self::AdvertiseStartd => &[
                "-identity",
                "alice@pool.example",
                "-authz",
                "ADVERTISE_STARTD",
            ],
            Self::Daemon => &["-identity", "alice@pool.example", "-authz", "DAEMON"],
            Self::Expired => &["-identity", "alice@pool.example", "-lifetime", "1"],
            Self::OtherKey => &["-identity", "alice@pool.example", "-key", "OTHER"],
            Self::Alice | Self::Forged | Self::OtherDomain => &["-identity", "alice@pool.example"],
        }
    }
}

/// Every kind of token, made for this run.
#[derive(Debug)]
pub struct Tokens(HashMap<Token, String>);

impl Tokens {
    /// Makes them, and gives Alice hers.
    ///
    /// # Errors
    /// What `condor_token_create` said.
    pub fn make(roots: &Roots) -> Result<Self, String> {
        let keys = roots.folder("keys", 0, 0o700);
        let stranger = roots.folder("strange-keys", 0, 0o700);
        let pool = fs::read(
            roots
                .root(Release::Newest)
                .join("etc/condor/passwords.d/POOL"),
        )
        .unwrap();
        roots.write(&format!("{keys}/POOL"), &pool, 0, 0o600);
        roots.write(&format!("{keys}/OTHER"), [7; 32], 0, 0o600);
        roots.write(&format!("{stranger}/POOL"), [9; 32], 0, 0o600);

        let made: Result<_, String> = Token::ALL
            .into_iter()
            .map(|token| Ok((token, create(roots, token, &keys, &stranger)?)))
            .collect();
        let tokens = Self(made?);
        // A second more than the short one is good for.
        std::thread::sleep(Duration::from_secs(2));

        let folder = roots
            .root(Release::Newest)
            .join("home/alice/.condor/tokens.d");
        let file = folder.join("pool");
        fs::create_dir_all(&folder).unwrap();
        for path in [folder.parent().unwrap(), &folder] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
            chown(path, Some(User::Alice.id()), Some(User::Alice.id())).unwrap();
        }
        let fresh = folder.join(format!(".{}", std::process::id()));
        fs::write(&fresh, &tokens.0[&Token::Alice]).unwrap();
        fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&fresh, Some(User::Alice.id()), Some(User::Alice.id())).unwrap();
        fs::rename(fresh, file).unwrap();
        Ok(tokens)
    }

    /// The text of a token file.
    #[must_use]
    pub fn file(&self, tokens: &[Token]) -> String {
        tokens.iter().map(|token| self.0[token].as_str()).collect()
    }
}

/// Makes a good token of this run's pool, with these arguments of `condor_token_create`.
pub(crate) fn create_with(roots: &Roots, args: &[&str]) -> Result<String, String> {
    run(
        roots,
        "pool.example",
        &format!("{}/keys", roots.area()),
        args,
    )
}

fn create(roots: &Roots, token: Token, keys: &str, stranger: &str) -> Result<String, String> {
    let domain = if token == Token::OtherDomain {
        "other.example"
    } else {
        "pool.example"
    };
    let keys = if token == Token::Forged {
        stranger
    } else {
        keys
    };
    run(roots, domain, keys, token.args())
}

fn run(roots: &Roots, domain: &str, keys: &str, args: &[&str]) -> Result<String, String> {
    let config = format!("{}/token-config", roots.area());
    let text = format!(
        "TRUST_DOMAIN = {domain}\nSEC_PASSWORD_DIRECTORY = {keys}\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {keys}/POOL\n"
    );
    roots.write(&config, text, 0, 0o644);
    let mut command = command(&roots.root(Release::Newest), User::Root, &config);
    command.arg("condor_token_create").args(args);
    let output = finish(command, Duration::from_secs(20));
    if output.status == Some(0) && output.stdout.starts_with("ey") {
        Ok(output.stdout)
    } else {
        Err(format!(
            "condor_token_create {args:?}: {}{}",
            output.stdout, output.stderr
        ))
    }
}
