//! What is compared, as data.

use countersign::issuer::{Profile, TokenRequest};
use serde_json::Value;

use super::issuers::{By, request};
use crate::tokens::Token;

/// The levels that are asked about.
pub(super) const LEVELS: [&str; 4] = ["READ", "WRITE", "ADVERTISE_STARTD", "DAEMON"];

/// Every level, ALLOW last: nobody need authenticate for that.
pub(super) const EVERY_LEVEL: [&str; 11] = [
    "READ",
    "WRITE",
    "NEGOTIATOR",
    "ADMINISTRATOR",
    "OWNER",
    "CONFIG",
    "DAEMON",
    "ADVERTISE_STARTD",
    "ADVERTISE_SCHEDD",
    "ADVERTISE_MASTER",
    "ALLOW",
];

/// The token that a client has.
#[derive(Clone, Debug)]
pub(super) enum Bearer {
    /// None.
    None,
    /// One that the issuer makes.
    Good(By, TokenRequest),
    /// One with other claims than a good one.
    Odd(By, Value),
    /// This text.
    Text(String),
}

/// How the client is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// SCITOKENS_FILE.
    Setting,
    /// The variable BEARER_TOKEN.
    Variable,
    /// The variable BEARER_TOKEN_FILE.
    File,
    /// The usual file in XDG_RUNTIME_DIR.
    Runtime,
}

/// A client, and what it must come to.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) client: String,
    /// The name that is dialled.
    pub(super) alias: Option<&'static str>,
    pub(super) bearer: Bearer,
    pub(super) place: Place,
    /// Its IDTOKENS, if it has any.
    pub(super) idtokens: Vec<Token>,
    /// What it knows of hosts before.
    pub(super) known_hosts: String,
    /// What it knows afterwards, if that is looked at.
    pub(super) learned: Option<String>,
    pub(super) environment: Vec<(String, String)>,
    /// What is asked about.
    pub(super) levels: &'static [&'static str],
    /// A letter for each of the levels: whether it is ALLOW or FAIL.
    pub(super) expected: &'static str,
    /// The method, and who the client is then; of READ.
    pub(super) who: &'static str,
    /// What our ping says with `-why`.
    pub(super) why: &'static str,
    /// What our peer logs.
    pub(super) event: &'static str,
    /// What our ping says with `-debug`, one after the other.
    pub(super) path: &'static [&'static str],
}

impl Case {
    /// Alice, who dials `localhost` and has no certificate and no token.
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            client: String::new(),
            alias: Some("localhost"),
            bearer: Bearer::None,
            place: Place::Setting,
            idtokens: Vec::new(),
            known_hosts: String::new(),
            learned: None,
            environment: Vec::new(),
            levels: &LEVELS,
            expected: "FFFF",
            who: "",
            why: "",
            event: "",
            path: &[],
        }
    }

    pub(super) fn client(mut self, text: &str) -> Self {
        self.client.push_str(text);
        self.client.push('\n');
        self
    }

    /// With one of the certificates.
    pub(super) fn certificate(self, name: &str) -> Self {
        self.client(&format!(
            "AUTH_SSL_CLIENT_CERTFILE = @TLS@/{name}.pem\nAUTH_SSL_CLIENT_KEYFILE = @TLS@/{name}.key"
        ))
    }

    pub(super) fn alias(mut self, alias: Option<&'static str>) -> Self {
        self.alias = alias;
        self
    }

    pub(super) fn knows(mut self, line: &str) -> Self {
        self.known_hosts = format!("{line}\n");
        self
    }

    pub(super) fn learns(mut self, line: &str) -> Self {
        self.learned = Some(line.to_owned());
        self
    }

    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a token that the issuer makes.
    pub(super) fn token(mut self, by: By, scopes: &[&str]) -> Self {
        self.bearer = Bearer::Good(by, request(scopes));
        self
    }

    /// With a token of the WLCG's profile.
    pub(super) fn wlcg(mut self, scopes: &[&str]) -> Self {
        let mut request = request(scopes);
        request.profile = Profile::Wlcg1;
        self.bearer = Bearer::Good(By::Ec, request);
        self
    }

    /// With a token for these servers.
    pub(super) fn for_audience(mut self, audience: &[&str]) -> Self {
        if let Bearer::Good(_, request) = &mut self.bearer {
            request.audience = audience.iter().map(|&name| name.to_owned()).collect();
        }
        self
    }

    /// With a token that has other claims than a good one.
    pub(super) fn claims(mut self, by: By, claims: Value) -> Self {
        self.bearer = Bearer::Odd(by, claims);
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self.bearer = Bearer::Text(text.to_owned());
        self
    }

    pub(super) fn by(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    pub(super) fn idtokens(mut self, tokens: &[Token]) -> Self {
        self.idtokens = tokens.to_vec();
        self
    }

    /// What comes of it: `AAAF` and `METHOD IDENTITY`.
    pub(super) fn is(mut self, expected: &'static str, who: &'static str) -> Self {
        (self.expected, self.who) = (expected, who);
        self
    }

    /// That nothing comes of it, and what ours say: the client, and the server.
    pub(super) fn fails(mut self, why: &'static str, event: &'static str) -> Self {
        (self.expected, self.who) = ("FFFF", "");
        (self.why, self.event) = (why, event);
        self
    }

    /// Asks about every level.
    pub(super) fn every_level(mut self) -> Self {
        self.levels = &EVERY_LEVEL;
        self
    }

    /// What our client says on the way, in this order.
    pub(super) fn path(mut self, path: &'static [&'static str]) -> Self {
        self.path = path;
        self
    }

    /// What ours say, whatever comes of it.
    pub(super) fn says(mut self, why: &'static str, event: &'static str) -> Self {
        (self.why, self.event) = (why, event);
        self
    }
}

/// A server, and the clients that ask it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) server: String,
    /// What all of the clients have in their configuration.
    pub(super) client: String,
    pub(super) environment: Vec<(String, String)>,
    pub(super) cases: Vec<Case>,
}

impl Group {
    pub(super) fn new(name: &'static str, methods: &str, cases: Vec<Case>) -> Self {
        let methods = format!("SEC_DEFAULT_AUTHENTICATION_METHODS = {methods}\n");
        Self {
            name,
            server: methods.clone(),
            client: methods,
            environment: Vec::new(),
            cases,
        }
    }

    pub(super) fn server(mut self, text: &str) -> Self {
        self.server.push_str(text);
        self.server.push('\n');
        self
    }

    /// With another of the certificates than `server-ec`.
    pub(super) fn certificate(self, name: &str) -> Self {
        self.server(&format!(
            "AUTH_SSL_SERVER_CERTFILE = @TLS@/{name}.pem\nAUTH_SSL_SERVER_KEYFILE = @TLS@/{name}.key"
        ))
    }

    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}
