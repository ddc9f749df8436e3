//! Those who ask: names claimed, names proven by tokens with and without limits, and nobody.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use countersign::core::authz::Limits;
use countersign::core::names::Level;
use countersign::settings::Host;
use countersign::{Client, Settings};

use crate::roots::Roots;
use crate::tokens::create_with;

/// Somebody who asks.
pub(super) struct Asker {
    /// The name under which the server knows them.
    pub(super) user: String,
    /// The limits of their token: its levels.
    limits: Kind,
    pub(super) client: Client,
}

enum Kind {
    Claims,
    Token(Limits),
    Nobody,
}

impl Asker {
    /// Their limits where they ask for this level.
    pub(super) fn limits(&self, level: Level) -> Limits {
        match &self.limits {
            Kind::Claims => Limits::of_claim(level),
            Kind::Token(limits) => limits.clone(),
            Kind::Nobody => Limits::Unlimited,
        }
    }
}

/// All of them.
pub(super) struct Crowd {
    pub(super) askers: Vec<Asker>,
    folder: PathBuf,
}

/// Names that are claimed, domain apart.
const CLAIMS: [(&str, &str); 10] = [
    ("alice", "pool.example"),
    ("Alice", "POOL.example"),
    ("bob", "good.org"),
    ("u", "good.org.evil"),
    ("condor", "pool.example"),
    ("condor_pool", "pool.example"),
    ("alice", "pole"),
    ("bob", "pool.example"),
    ("condor_pool", "good.org"),
    ("alice", "pool.example.evil"),
];

/// Names of tokens, and the levels to which they are limited; some are none.
const TOKENS: [(&str, &[&str]); 15] = [
    ("carol@pool.example", &[]),
    ("alice@pool.example", &["READ"]),
    ("alice@pool.example", &["WRITE"]),
    ("alice@pool.example", &["DAEMON"]),
    ("carol@pool.example", &["ADMINISTRATOR"]),
    ("carol@pool.example", &["NEGOTIATOR", "CONFIG"]),
    ("bob@good.org", &["ADVERTISE_STARTD"]),
    (
        "alice@pool.example",
        &["ADVERTISE_SCHEDD", "ADVERTISE_MASTER"],
    ),
    ("alice@pool.example", &["ALLOW"]),
    ("bob@good.org", &["ADVERTISE_STARTD", "DAEMON"]),
    ("condor@pool.example", &["read", "daemon"]),
    ("alice@pool.example", &["NOSUCH"]),
    ("carol@pool.example", &["SOAP", "DEFAULT", "OWNER"]),
    ("carol@pool.example", &["READ:/x", "WRITE"]),
    ("bob@good.org", &["READ,WRITE"]),
];

impl Crowd {
    pub(super) fn gather(roots: &Roots) -> Result<Self, String> {
        let folder = roots.host(&roots.folder("crowd", 0, 0o700));
        let mut crowd = Self {
            askers: Vec::new(),
            folder,
        };
        for (user, domain) in CLAIMS {
            let text =
                format!("SEC_CLAIMTOBE_USER = {user}\nUID_DOMAIN = {domain}\nMETHODS = CLAIMTOBE");
            // The server writes a domain in small letters.
            let name = format!("{user}@{}", domain.to_lowercase());
            crowd.add(&name, Kind::Claims, &text);
        }
        for (number, (user, levels)) in TOKENS.into_iter().enumerate() {
            let mut args = vec!["-identity", user];
            args.extend(levels.iter().flat_map(|level| ["-authz", *level]));
            let token = create_with(roots, &args)?;
            let own = crowd.folder.join(number.to_string());
            fs::create_dir(&own).unwrap();
            fs::write(own.join("token"), token).unwrap();
            fs::set_permissions(own.join("token"), fs::Permissions::from_mode(0o600)).unwrap();
            let text = format!(
                "SEC_TOKEN_DIRECTORY = {}\nMETHODS = IDTOKENS",
                own.display()
            );
            let scopes: Vec<String> = levels.iter().map(|l| format!("condor:/{l}")).collect();
            let limits = Limits::from_scope(&scopes.join(" "));
            crowd.add(user, Kind::Token(limits), &text);
        }
        let text = "METHODS = CLAIMTOBE\nSEC_CLIENT_AUTHENTICATION = NEVER";
        crowd.add("unauthenticated@unmapped", Kind::Nobody, text);
        Ok(crowd)
    }

    fn add(&mut self, user: &str, limits: Kind, text: &str) {
        let text = format!(
            "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\nALLOW_CLIENT = *\n\
             LOCAL_CONFIG_DIR_EXCLUDE_REGEXP = ^\\..*$\nSEC_CLIENT_AUTHENTICATION = REQUIRED\n\
             SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER\n\
             SEC_CLIENT_AUTHENTICATION_METHODS = $(METHODS)\n{text}\n"
        );
        let settings =
            Settings::from_config(&text.parse().unwrap(), &Host::detect("TOOL")).unwrap();
        self.askers.push(Asker {
            user: user.to_owned(),
            limits,
            client: Client::new(settings),
        });
    }
}
