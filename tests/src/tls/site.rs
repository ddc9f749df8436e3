//! What all of these tests share, and how one of them is run.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::authority::Authority;
use super::case::{Bearer, Case, Group, Place};
use super::certificates::Certificates;
use super::issuers::{By, Issuers};
use crate::compare::Bench;
use crate::daemon::Daemon;
use crate::peer::{Peer, server_config};
use crate::roots::{CONDOR, Release, Roots};
use crate::run::{Output, User, command, finish};
use crate::scenario::{IPV4, PLACES};

const LIMIT: Duration = Duration::from_secs(40);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Certificates, issuers and a mapfile that knows them.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) certificates: Certificates,
    pub(super) issuers: Issuers,
}

const SERVER: &str = "\
SEC_DEFAULT_AUTHENTICATION = REQUIRED
AUTH_SSL_SERVER_CERTFILE = @TLS@/server-ec.pem
AUTH_SSL_SERVER_KEYFILE = @TLS@/server-ec.key
AUTH_SSL_SERVER_CAFILE = @TLS@/ca.pem
CERTIFICATE_MAPFILE = @TLS@/map
COLLECTOR_DEBUG = D_SECURITY
";

const LISTS: &str = "\
ALLOW_READ = *
ALLOW_WRITE = *@pool.example
ALLOW_DAEMON = *@pool.example
ALLOW_ADVERTISE_STARTD = *@pool.example
";

/// Knows Alice by her token's subject, Carol by what it reads, and nothing of Bob; at anybody else it breaks.
const PLUGIN: &str = "\
#!/bin/sh
payload=$(cat)
case $BEARER_TOKEN_0_SUBJECT in
    alice) echo alice@pool.example ;;
    carol) case $payload in *'\"sub\":\"carol\"'*) echo carol@pool.example ;; *) exit 3 ;; esac ;;
    bob) exit 1 ;;
    *) exit 2 ;;
esac
";

const CLIENT: &str = "\
AUTH_SSL_CLIENT_CAFILE = @TLS@/ca.pem
SEC_FS_ENFORCE_CHANNEL_BINDING = False
SEC_PASSWORD_DIRECTORY = @TLS@/none
SEC_TOKEN_POOL_SIGNING_KEY_FILE = @TLS@/none/POOL
";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// `condor_ping`.
    Real(Release),
    /// `countersign ping`.
    Ours,
}

/// A client that is ready to ask.
pub(super) struct Client {
    pub(super) config: String,
    pub(super) environment: Vec<(String, String)>,
    known_hosts: String,
    folder: String,
}

impl Site {
    pub(super) fn new(bench: &Bench) -> Result<Self, String> {
        let roots = &bench.roots;
        let certificates = Certificates::make(roots)?;
        let authority = Authority::kept(roots.cache())?;
        authority.install(roots)?;
        let issuers = Issuers::start(&authority)?;
        let folder = &certificates.folder;
        roots.write(&format!("{folder}/issuers.pem"), authority.pem(), 0, 0o644);
        let mut map = String::from("SSL \"^/O=Test/CN=Alice$\" alice@pool.example\n");
        for by in By::MAPPED {
            let url = issuers.url(by);
            map += &format!("SCITOKENS \"^{url},alice$\" alice@pool.example\n");
        }
        roots.write(&format!("{folder}/map"), map, 0, 0o644);
        let url = issuers.url(By::Ec);
        let map = format!(
            "IDTOKENS /^carol@pool.example$/ idtokens@pool.example\n\
             SCITOKENS \"^{url},alice$\" scitokens@pool.example\n\
             FS ^alice$ fs@pool.example\n\
             GSI \"(/CN=[-.A-Za-z0-9/= ]+)\" gsi@pool.example\n\
             CLAIMTOBE .* claimtobe@pool.example\n\
             ANONYMOUS .* anonymous@pool.example\n"
        );
        roots.write(&format!("{folder}/map-of-methods"), map, 0, 0o644);
        let (url, other) = (issuers.url(By::Ec), issuers.url(By::Rsa));
        let map = format!("SCITOKENS \"^{url},\" PLUGIN:*\nSCITOKENS \"^{other},\" PLUGIN:fixed\n");
        roots.write(&format!("{folder}/map-of-plugins"), map, 0, 0o644);
        roots.write(&format!("{folder}/plugin"), PLUGIN, 0, 0o755);
        for version in ["1.2", "1.3"] {
            let text = format!(
                "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n\
                 [c]\nMinProtocol = TLSv{version}\nMaxProtocol = TLSv{version}\n"
            );
            roots.write(&format!("{folder}/openssl-{version}.cnf"), text, 0, 0o644);
        }
        Ok(Self {
            certificates,
            issuers,
        })
    }

    fn fill(&self, text: &str) -> String {
        text.replace("@TLS@", &self.certificates.folder)
            .replace("@FOREIGN@", self.issuers.url(By::Foreign))
            .replace("@STRANGER@", self.issuers.url(By::Stranger))
    }

    fn server(&self, bench: &Bench, group: &Group, owner: u32) -> String {
        let cache = format!("issuer-keys-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let cache = bench.roots.folder(&cache, owner, 0o700);
        let text = format!(
            "{PLACES}{IPV4}{SERVER}{LISTS}SEC_SCITOKENS_CACHE = {cache}\n{}",
            group.server
        );
        self.fill(&text)
    }

    fn environment(&self, group: &Group) -> Vec<(String, String)> {
        let bundle = format!("{}/issuers.pem", self.certificates.folder);
        let own = ("SCITOKEN_CONFIG_TLS_CA_FILE".to_owned(), bundle);
        let more = group.environment.iter();
        let more = more.map(|(name, value)| (name.clone(), self.fill(value)));
        more.chain([own]).collect()
    }

    /// A real collector.
    pub(super) fn collector(
        &self,
        bench: &Bench,
        release: Release,
        group: &Group,
    ) -> Result<Daemon, String> {
        let text = self.server(bench, group, CONDOR);
        Daemon::start_in(&bench.roots, release, &text, &self.environment(group))
    }

    /// Our peer.
    pub(super) fn peer(&self, bench: &Bench, group: &Group) -> Result<Peer, String> {
        let config = server_config(&bench.roots, &self.server(bench, group, 0));
        Peer::start_in(bench, &config, &[], &self.environment(group))
    }

    /// Writes what a client has.
    pub(super) fn client(
        &self,
        bench: &Bench,
        group: &Group,
        case: &Case,
        user: User,
    ) -> Result<Client, String> {
        let roots = &bench.roots;
        let owner = user.id();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = roots.folder(&format!("tls-client-{number}"), owner, 0o700);
        let idtokens = roots.folder(&format!("tls-client-{number}/idtokens"), owner, 0o700);
        if !case.idtokens.is_empty() {
            let text = bench.tokens.file(&case.idtokens);
            roots.write(&format!("{idtokens}/t"), text, owner, 0o600);
        }
        let mut text = format!(
            "{PLACES}{CLIENT}{}{}SEC_TOKEN_DIRECTORY = {idtokens}\nLOCAL_DIR = {folder}\nLOG = {folder}\n",
            group.client, case.client
        );
        let token = match &case.bearer {
            Bearer::None => None,
            Bearer::Good(by, request) => Some(self.issuers.good(*by, request)?),
            Bearer::Odd(by, claims) => Some(self.issuers.token(*by, claims)),
            Bearer::Text(text) => Some(text.clone()),
        };
        let fill = |(name, value): &(String, String)| (name.clone(), self.fill(value));
        let mut environment: Vec<_> = case.environment.iter().map(fill).collect();
        if let Some(token) = token {
            let file = match case.place {
                Place::Runtime => format!("{folder}/bt_u{owner}"),
                _ => format!("{folder}/scitoken"),
            };
            roots.write(&file, format!("{token}\n"), owner, 0o600);
            let variable = |name: &str, value: String| (name.to_owned(), value);
            match case.place {
                Place::Setting => text.push_str(&format!("SCITOKENS_FILE = {file}\n")),
                Place::Variable => environment.push(variable("BEARER_TOKEN", token)),
                Place::File => environment.push(variable("BEARER_TOKEN_FILE", file)),
                Place::Runtime => environment.push(variable("XDG_RUNTIME_DIR", folder.clone())),
            }
        }
        let config = format!("{folder}.conf");
        roots.write(&config, self.fill(&text), 0, 0o644);
        Ok(Client {
            config,
            environment,
            known_hosts: case.known_hosts.clone(),
            folder,
        })
    }
}

impl Client {
    /// Its configuration and its variables for a program that runs outside of the roots.
    pub(super) fn outside(&self, roots: &Roots) -> (PathBuf, Vec<(String, String)>) {
        let area = roots.host(roots.area()).display().to_string();
        let there = |text: &str| text.replace(roots.area(), &area);
        let text = std::fs::read_to_string(roots.host(&self.config)).unwrap_or_default();
        let config = format!("{}.outside", self.config);
        roots.write(&config, there(&text), 0, 0o644);
        let known = format!("{}/known_hosts", self.folder);
        let known = ("_CONDOR_SEC_KNOWN_HOSTS".to_owned(), there(&known));
        let variables = self.environment.iter();
        let variables = variables.map(|(name, value)| (name.clone(), there(value)));
        (roots.host(&config), variables.chain([known]).collect())
    }

    /// Asks, each time with the same knowledge of hosts. What it knows afterwards comes along.
    pub(super) fn ask(
        &self,
        bench: &Bench,
        asker: Asker,
        address: &str,
        arguments: &[&str],
    ) -> (Output, String) {
        let roots = &bench.roots;
        let known = format!("{}/known_hosts", self.folder);
        roots.write(&known, &self.known_hosts, User::Alice.id(), 0o600);
        let release = match asker {
            Asker::Real(release) => release,
            Asker::Ours => Release::Newest,
        };
        let mut command: Command = command(&roots.root(release), User::Alice, &self.config);
        match asker {
            Asker::Real(_) => command.arg("condor_ping"),
            Asker::Ours => command.args(&bench.subject.command),
        };
        command
            .args(["-address", address])
            .args(arguments)
            .envs(self.environment.iter().cloned())
            .env("_CONDOR_SEC_KNOWN_HOSTS", &known);
        let output = finish(command, LIMIT);
        let learned = std::fs::read_to_string(roots.host(&known)).unwrap_or_default();
        (output, learned)
    }
}

/// The address of a server, as it is dialled in a case.
pub(super) fn dialled(published: &str, case: &Case) -> String {
    let socket = socket(published);
    match case.alias {
        Some(alias) => format!("<{socket}?alias={alias}>"),
        None => format!("<{socket}>"),
    }
}

/// `host:port` of an address.
pub(super) fn socket(address: &str) -> &str {
    let inside = address.trim_matches(['<', '>']);
    inside.split('?').next().unwrap_or_default()
}

/// A text of a case that speaks of the server.
pub(super) fn of_server(site: &Site, text: &str, address: &str) -> String {
    site.fill(text)
        .replace("@ADDRESS@", address)
        .replace("@SOCKET@", socket(address))
}
