//! What a SCITOKENS handshake costs both sides: ours against HTCondor's library and collector.
//!
//! Each is full TLS with a token that nobody has seen yet; the issuer's keys are known. Certificates and tokens are of
//! P-256.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use countersign::issuer::{Issuer, IssuerHandle, TokenRequest};
use countersign_tests::daemon::Daemon;
use countersign_tests::roots::{Release, Roots};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};

use crate::meter::Sample;
use crate::serving::Peer;
use crate::sides::{Login, Side};

/// Handshakes in a block, and blocks of each program that count; one more comes first.
const HANDSHAKES: usize = 50;
const BLOCKS: usize = 20;
/// Tokens for one program: two more for each block, to read its own clock, and a few to begin with.
const TOKENS: usize = (BLOCKS + 1) * (HANDSHAKES + 2) + 8;
/// What ours may cost, as a share of HTCondor's.
const REQUIRED: f64 = 0.1;

/// Debian's authorities.
const SYSTEM_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What a client believes, by the file that AUTH_SSL_CLIENT_CAFILE names, and what it may cost then.
const AUTHORITIES: [(&str, &str, Option<f64>); 2] = [
    (
        "bundle.pem",
        "the system's bundle of authorities with one more",
        Some(REQUIRED),
    ),
    ("ca.pem", "a file of one authority", None),
];

/// What the last handshake of a block must have come to.
const FULL: &[(&str, &[&str])] = &[
    ("AuthMethods", &["SCITOKENS"]),
    ("CryptoMethods", &["AES"]),
    ("Authentication", &["YES"]),
    ("Encryption", &["YES"]),
    ("Integrity", &["YES"]),
    ("NegotiatedSession", &["true", "True"]),
    ("MyRemoteUserName", &["alice@pool.example"]),
    ("AuthorizationSucceeded", &["true", "True"]),
];

const SERVER: &str = "NETWORK_INTERFACE = 127.0.0.1
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_ENCRYPTION = REQUIRED
SEC_DEFAULT_INTEGRITY = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = SCITOKENS
SEC_DEFAULT_CRYPTO_METHODS = AES
AUTH_SSL_SERVER_CERTFILE = @AREA@/host.pem
AUTH_SSL_SERVER_KEYFILE = @AREA@/host.key
CERTIFICATE_MAPFILE = @AREA@/map
SEC_SCITOKENS_CACHE = @AREA@/@CACHE@
ALLOW_READ = alice@pool.example
ALLOW_WRITE = alice@pool.example
COLLECTOR_DEBUG =
";

const CLIENT: &str = "NETWORK_INTERFACE = 127.0.0.1
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
SEC_CLIENT_AUTHENTICATION = REQUIRED
SEC_CLIENT_ENCRYPTION = REQUIRED
SEC_CLIENT_INTEGRITY = REQUIRED
SEC_CLIENT_AUTHENTICATION_METHODS = SCITOKENS
SEC_CLIENT_CRYPTO_METHODS = AES
AUTH_SSL_CLIENT_CAFILE = @AREA@/@AUTHORITIES@
";

/// Measures, prints, and says whether ours costs no more than required. `cpp` are HTCondor's libraries, by name and
/// wheel.
pub(crate) fn measure(roots: &Roots, cpp: &[(&'static str, PathBuf)]) -> Result<bool, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let issuer = runtime
        .block_on(Issuer::builder().start())
        .map_err(|error| error.to_string())?;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::spawn(move || {
        let _ = runtime.block_on(ended);
    });
    // Each side has its own folder inside the root, seen from outside by another path.
    let inside = roots.folder("scitokens", 0, 0o755);
    let outside = roots.host(&inside).to_string_lossy().into_owned();
    certificates(roots, &inside, &issuer)?;
    let condor = countersign_tests::roots::CONDOR;
    let _ = roots.folder("scitokens/theirs", condor, 0o700);
    let _ = roots.folder("scitokens/ours", 0, 0o700);
    let ca = |area: &str| {
        let file = format!("{area}/issuer.pem");
        ("SCITOKEN_CONFIG_TLS_CA_FILE".to_owned(), file)
    };
    let server = |area: &str, cache: &str| SERVER.replace("@AREA@", area).replace("@CACHE@", cache);
    let collector = Daemon::start_in(
        roots,
        Release::Newest,
        &server(&inside, "theirs"),
        &[ca(&inside)],
    )?;
    roots.write(
        &format!("{inside}/peer"),
        server(&outside, "ours"),
        0,
        0o644,
    );
    let peer_config = PathBuf::from(format!("{outside}/peer"));
    let mut peer = Peer::start(&peer_config, "SCITOKENS", &[ca(&outside)])?;
    let place = TokenPlace::new()?;
    // What it says goes wrong, it says in its log.
    let explain = |problem: String| format!("{problem}\n{}", collector.collector_log(roots));
    let mut met = true;
    for (file, believed, required) in AUTHORITIES {
        let client = CLIENT.replace("@AUTHORITIES@", file);
        let config = format!("{inside}/client-{file}");
        roots.write(&config, client.replace("@AREA@", &outside), 0, 0o644);
        let config = roots.host(&config);
        let login = |name: &str| {
            let folder = place.0.join(format!("{file}-{name}"));
            tokens(&folder, &issuer)
                .map_err(|problem| format!("{}: {problem}", folder.display()))?;
            let folder = folder.to_string_lossy().into_owned();
            Ok::<_, String>(Login {
                full: FULL,
                environment: vec![
                    ("_CONDOR_SCITOKENS_FILE".into(), format!("{folder}/now")),
                    ("TOKENS".into(), folder),
                ],
            })
        };
        let collector_address = called_localhost(&collector.address);
        let mut sides = vec![Side::ours(&config, &collector_address, login("us")?)?];
        for (at, (name, wheel)) in cpp.iter().enumerate() {
            let login = login(&format!("cpp{at}"))?;
            let side = Side::wheel(name, wheel, &config, &collector_address, login);
            sides.push(side.map_err(explain)?);
        }
        let Some((name, wheel)) = cpp.last() else {
            return Err("no library to compare with".into());
        };
        let peer_address = called_localhost(&peer.address);
        let to_peer = login("to-peer")?;
        sides.push(Side::wheel(name, wheel, &config, &peer_address, to_peer)?);
        let costs = turns(&mut sides, &collector, &mut peer)?;
        println!(
            "\nFull SCITOKENS + AES handshake with DC_SEC_QUERY about WRITE, P-256 certificate and tokens, each token new, keys of \
             the issuer known;\nAUTH_SSL_CLIENT_CAFILE is {believed};\nCPU time per handshake in µs, user and system, whole \
             process; {BLOCKS} blocks of {HANDSHAKES} each, in turns"
        );
        let last = sides.len() - 1;
        for (side, cost) in sides.iter().zip(&costs).take(last).skip(1) {
            let compared = [&costs[0].client[..], &cost.client[..]];
            met &= compare("client", side.name, compared, required);
        }
        let compared = [&costs[last].server[..], &costs[last - 1].server[..]];
        met &= compare("server", "collector 25.14.1", compared, Some(REQUIRED));
    }
    drop((end, issuer));
    let _ = serving.join();
    Ok(met)
}

/// An address whose certificate is for localhost.
fn called_localhost(address: &str) -> String {
    let bare = address.trim_matches(['<', '>']);
    let bare = bare.split('?').next().unwrap_or_default();
    format!("<{bare}?alias=localhost>")
}

/// What the blocks of one program cost, per handshake.
#[derive(Default)]
struct Costs {
    client: Vec<f64>,
    server: Vec<f64>,
}

/// Lets each program make its blocks in turns; the last of them asks the peer, the others the collector.
fn turns(sides: &mut [Side], collector: &Daemon, peer: &mut Peer) -> Result<Vec<Costs>, String> {
    let mut costs: Vec<Costs> = sides.iter().map(|_| Costs::default()).collect();
    let last = sides.len() - 1;
    for block in 0..=BLOCKS {
        for turn in 0..sides.len() {
            let at = (turn + block) % sides.len();
            let cost = if at == last {
                let (cost, _) = sides[at].block(HANDSHAKES, peer.pid())?;
                peer.check(HANDSHAKES)?;
                cost
            } else {
                sides[at].run(HANDSHAKES, collector.pid())?
            };
            if block > 0 {
                costs[at].client.push(each(cost.client));
                costs[at].server.push(each(cost.server));
            }
        }
    }
    Ok(costs)
}

/// Prints what ours costs beside theirs, and says whether that is no more than required.
fn compare(role: &str, name: &str, costs: [&[f64]; 2], required: Option<f64>) -> bool {
    let [ours, theirs] = costs;
    let pairs = Sample::new(ours.iter().zip(theirs).map(|(a, b)| a / b).collect());
    let (ours, theirs) = (Sample::new(ours.to_vec()), Sample::new(theirs.to_vec()));
    for (name, sample) in [("countersign", &ours), (name, &theirs)] {
        println!(
            "  {role} {name:<20} median {:7.1}  min {:7.1}  max {:7.1}",
            sample.median(),
            sample.min(),
            sample.max()
        );
    }
    let ratio = ours.median() / theirs.median();
    let met = required.is_none_or(|required| ratio <= required);
    let verdict = required.map_or(String::new(), |required| {
        let word = if met { "met" } else { "NOT MET" };
        format!("; required: at most {required}: {word}")
    });
    println!(
        "    ours / this one: {ratio:.3} (of blocks side by side: median {:.3}, min {:.3}, max {:.3}){verdict}",
        pairs.median(),
        pairs.min(),
        pairs.max()
    );
    met
}

fn each(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3 / HANDSHAKES as f64
}

/// A certificate for localhost with the authority that vouches for it, the issuer's authority, and the mapfile.
fn certificates(roots: &Roots, area: &str, issuer: &IssuerHandle) -> Result<(), String> {
    let problem = |error: rcgen::Error| error.to_string();
    let ca_key = KeyPair::generate().map_err(problem)?;
    let mut ca = CertificateParams::default();
    ca.distinguished_name.push(DnType::CommonName, "Test CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = ca.self_signed(&ca_key).map_err(problem)?;
    let key = KeyPair::generate().map_err(problem)?;
    let host = CertificateParams::new(vec!["localhost".to_owned()])
        .map_err(problem)?
        .signed_by(&key, &rcgen::Issuer::from_params(&ca, &ca_key))
        .map_err(problem)?;
    let owner = countersign_tests::roots::CONDOR;
    let write = |name: &str, text: String, owner, mode| {
        roots.write(&format!("{area}/{name}"), text, owner, mode);
    };
    write("ca.pem", certificate.pem(), 0, 0o644);
    let system =
        fs::read_to_string(SYSTEM_BUNDLE).map_err(|error| format!("{SYSTEM_BUNDLE}: {error}"))?;
    write("bundle.pem", system + &certificate.pem(), 0, 0o644);
    write("host.pem", host.pem(), 0, 0o644);
    write("host.key", key.serialize_pem(), owner, 0o600);
    let issuers = issuer.ca_pem().unwrap_or_default();
    write("issuer.pem", issuers.to_owned(), 0, 0o644);
    let line = format!(
        "SCITOKENS \"^{},alice$\" alice@pool.example\n",
        issuer.url()
    );
    write("map", line, 0, 0o644);
    Ok(())
}

/// Where the tokens are: in memory, since putting one in its place costs more on a disk than most of what is measured.
struct TokenPlace(PathBuf);

impl TokenPlace {
    fn new() -> Result<Self, String> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let place = parent.join(format!("countersign-tokens-{}", std::process::id()));
        DirBuilder::new()
            .mode(0o700)
            .create(&place)
            .map_err(|error| format!("{}: {error}", place.display()))?;
        Ok(Self(place))
    }
}

impl Drop for TokenPlace {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tokens(folder: &Path, issuer: &IssuerHandle) -> Result<(), String> {
    fs::create_dir(folder).map_err(|error| error.to_string())?;
    for number in 0..TOKENS {
        let request = TokenRequest {
            scopes: vec!["condor:/READ".into(), "condor:/WRITE".into()],
            ..TokenRequest::new("alice", &["ANY"], 3600)
        };
        let token = issuer.sign(&request).map_err(|error| error.to_string())?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.join(number.to_string()))
            .and_then(|mut file| file.write_all(token.expose()))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
