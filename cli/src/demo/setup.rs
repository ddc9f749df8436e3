//! What the demo makes: configurations, a key, tokens of both kinds, a mapfile.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign::core::effect::Entropy as _;
use countersign::effects::{TokenSources, read_signing_key};
use countersign::issuer::{IssuerHandle, TokenRequest};
use countersign::keys::{NewKey, TokenPlace, create_key, write_token, write_token_file};
use countersign::methods::idtokens::{NewToken, ReadSigningKey, SigningKey};
use countersign::settings::{Environment, Host, PeerSettings, load_config};
use countersign::{Client, Settings, SystemEntropy};

use crate::folder::Folder;

/// The demo's domain.
const DOMAIN: &str = "demo.example";

/// Seconds that its tokens are good for.
const LIFETIME: u64 = 3600;

/// Somebody who asks.
pub(super) struct Asker {
    /// What it has.
    pub(super) title: &'static str,
    /// Its configuration file.
    pub(super) file: &'static str,
    pub(super) client: Client,
}

/// Everything that is needed.
pub(super) struct Setup {
    pub(super) settings: PeerSettings,
    pub(super) askers: Vec<Asker>,
}

/// Makes everything.
pub(super) fn make(folder: &Folder, issuer: &IssuerHandle) -> Result<Setup, String> {
    let keys = folder.folder("keys")?;
    let escaped = issuer.url().replace('.', r"\.");
    let mapfile = format!(
        "FS (.*) operator@{DOMAIN}\n\
         SCITOKENS ^{escaped},factory$ osg@{DOMAIN}\n"
    );
    folder.file("mapfile", &mapfile)?;
    folder.file("peer.conf", &peer_config(folder.path()))?;
    let mut settings = peer_settings(&folder.path().join("peer.conf"))?;
    // Whatever the environment says of it: nobody else is asked.
    settings.methods.issuers.ca_file = Some(folder.path().join("ca.pem"));
    let places = &settings.methods.keys;
    let key = NewKey {
        name: "POOL".into(),
        folder: Some(keys),
        replace: false,
    };
    create_key(places, &key, &mut SystemEntropy).map_err(|error| error.to_string())?;
    token(folder, places, "alice.tokens", &[])?;
    token(folder, places, "reader.tokens", &["READ".to_owned()])?;
    folder.folder("no.tokens")?;
    scitoken(
        folder,
        issuer,
        "scitoken",
        &["condor:/READ", "condor:/WRITE"],
    )?;
    scitoken(folder, issuer, "reader.scitoken", &["condor:/READ"])?;
    let asker = |title, file, methods, tokens| -> Result<Asker, String> {
        let text = client_config(folder.path(), methods, tokens);
        let path = folder.file(file, &text)?;
        let (config, host) = load(&path, "TOOL")?;
        let settings = Settings::from_config(&config, &host).map_err(|error| error.to_string())?;
        Ok(Asker {
            title,
            file,
            client: Client::new(settings),
        })
    };
    Ok(Setup {
        askers: vec![
            asker(
                "a token for alice@demo.example",
                "alice.conf",
                "IDTOKENS",
                "alice.tokens",
            )?,
            asker(
                "a token for alice@demo.example that is limited to READ",
                "reader.conf",
                "IDTOKENS",
                "reader.tokens",
            )?,
            asker(
                "no token, but a login on this machine (FS), which the mapfile calls \
                 operator@demo.example",
                "fs.conf",
                "FS",
                "no.tokens",
            )?,
            asker(
                "a SciToken for condor:/READ and condor:/WRITE, whose subject factory the mapfile calls \
                 osg@demo.example",
                "scitoken.conf",
                "SCITOKENS",
                "scitoken",
            )?,
            asker(
                "a SciToken of the same subject for condor:/READ alone",
                "reader.scitoken.conf",
                "SCITOKENS",
                "reader.scitoken",
            )?,
            asker("nothing to show", "nobody.conf", "IDTOKENS", "no.tokens")?,
        ],
        settings,
    })
}

/// The peer's configuration.
fn peer_config(folder: &Path) -> String {
    format!(
        "{}\
         CERTIFICATE_MAPFILE = {folder}/mapfile\n\
         SEC_DEFAULT_AUTHENTICATION = REQUIRED\n\
         SEC_DEFAULT_ENCRYPTION = REQUIRED\n\
         SEC_DEFAULT_INTEGRITY = REQUIRED\n\
         SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS, FS, SCITOKENS\n\
         AUTH_SSL_SERVER_CERTFILE = {folder}/host.pem\n\
         AUTH_SSL_SERVER_KEYFILE = {folder}/host.key\n\
         AUTH_SSL_SERVER_CAFILE = {folder}/ca.pem\n\
         AUTH_SSL_SERVER_USE_DEFAULT_CAS = False\n\
         SCITOKENS_SERVER_AUDIENCE = {DOMAIN}\n\
         # The keys of issuers are kept in memory alone.\n\
         SEC_SCITOKENS_CACHE =\n\
         # Whoever cannot or will not authenticate may still read.\n\
         SEC_READ_AUTHENTICATION = PREFERRED\n\
         ALLOW_READ = *\n\
         ALLOW_WRITE = *@{DOMAIN}\n\
         ALLOW_DAEMON = alice@{DOMAIN}\n\
         ALLOW_ADMINISTRATOR = operator@{DOMAIN}\n\
         DENY_NEGOTIATOR = alice@{DOMAIN}\n\
         ALLOW_NEGOTIATOR = *@{DOMAIN}\n",
        common(folder),
        folder = folder.display(),
    )
}

fn client_config(path: &Path, methods: &str, tokens: &str) -> String {
    let folder = path.display();
    let tokens = if methods == "SCITOKENS" {
        format!(
            "SCITOKENS_FILE = {folder}/{tokens}\n\
             SEC_TOKEN_DIRECTORY = {folder}/no.tokens\n\
             AUTH_SSL_CLIENT_CAFILE = {folder}/ca.pem\n\
             AUTH_SSL_CLIENT_USE_DEFAULT_CAS = False\n\
             SEC_KNOWN_HOSTS = {folder}/known_hosts\n"
        )
    } else {
        format!("SEC_TOKEN_DIRECTORY = {folder}/{tokens}\n")
    };
    format!(
        "{}\
         SEC_CLIENT_AUTHENTICATION_METHODS = {methods}\n\
         {tokens}\
         # A client that could read the key would make a token of its own.\n\
         SEC_PASSWORD_DIRECTORY = {folder}/no.tokens\n\
         ALLOW_CLIENT = *\n",
        common(path),
    )
}

/// What both sides share.
fn common(folder: &Path) -> String {
    let mut text = format!(
        "TRUST_DOMAIN = {DOMAIN}\n\
         UID_DOMAIN = {DOMAIN}\n\
         SEC_PASSWORD_DIRECTORY = {folder}/keys\n\
         SEC_TOKEN_SYSTEM_DIRECTORY = {folder}/no.tokens\n",
        folder = folder.display()
    );
    if is_root() {
        // For root a client makes the directory of FS as another user, who cannot look into this
        // folder. There may be no user called condor.
        text.push_str("CONDOR_IDS = 65534.65534\n");
    } else {
        let _ = writeln!(text, "FS_LOCAL_DIR = {}", folder.display());
    }
    text
}

fn token(
    folder: &Folder,
    places: &TokenSources,
    name: &str,
    levels: &[String],
) -> Result<(), String> {
    let names = vec!["POOL".to_owned()];
    let file = read_signing_key(places, &ReadSigningKey { names })
        .and_then(|file| SigningKey::of(&file, false))
        .ok_or("the key that was just made cannot be read")?;
    let mut id = [0; 16];
    SystemEntropy
        .fill(&mut id)
        .map_err(|error| error.to_string())?;
    let subject = format!("alice@{DOMAIN}");
    let token = NewToken {
        issuer: DOMAIN,
        subject: &subject,
        levels,
        lifetime: Some(LIFETIME),
        id,
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let signed = token.sign(&file, now).ok_or("the token cannot be signed")?;
    let path = folder.folder(name)?.join("demo");
    write_token(
        places,
        &TokenPlace::File(path),
        &signed,
        false,
        &mut SystemEntropy,
    )
    .map(drop)
    .map_err(|error| error.to_string())
}

fn scitoken(
    folder: &Folder,
    issuer: &IssuerHandle,
    name: &str,
    scopes: &[&str],
) -> Result<(), String> {
    let mut request = TokenRequest::new("factory", scopes, LIFETIME);
    request.audience = vec![DOMAIN.to_owned()];
    let signed = issuer.sign(&request).map_err(|error| error.to_string())?;
    let path = folder.path().join(name);
    write_token_file(&path, &signed, false, &mut SystemEntropy)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn peer_settings(path: &Path) -> Result<PeerSettings, String> {
    let (config, host) = load(path, "COLLECTOR")?;
    PeerSettings::from_config(&config, &host).map_err(|error| error.to_string())
}

/// Reads one file and nothing else: no variable of the environment, no home folder, no host name.
fn load(path: &Path, subsystem: &str) -> Result<(countersign::config::Config, Host), String> {
    let host = Host {
        is_root: is_root(),
        ..Host::bare(subsystem)
    };
    let mut environment = Environment::default();
    let file = path.to_str().ok_or("the folder's name is not text")?;
    environment
        .variables
        .push(("CONDOR_CONFIG".into(), file.into()));
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    Ok((config, host))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
