//! Ours and a real 25.14.1 collector side by side: names that are claimed, and whom the collector takes the claimant for.
//!
//! Both readings of bare principals and the method column are asked for here, and all that comes behind the map.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use countersign::core::identity::Identity;
use countersign::core::method::ClientProof;
use countersign::core::names::{CLAIMTOBE, Level};
use countersign::core::sinful::Sinful;
use countersign::core::trace::Event;
use countersign::settings::Host;
use countersign::{Client, DEFAULT_TIMEOUT, MapfileMapper, Settings, Target};
use countersign_mapfile::{
    BareKeys, Files, HostFiles, LoadError, Lookup, Mapfile, Options, Sources,
};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use super::cases::tree::Question;
use super::cases::{Answer, Dice, Mode, Reference, Rule, Tree};
use super::{Tally, readable, shown, write};
use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::{Release, Roots};

/// Collectors, and what each of them is asked.
const TRIALS: usize = 8;
const MAPFILES: usize = 200;
const QUESTIONS: usize = 8;

const UID_DOMAIN: &str = "pool.example";

const METHODS: &[&str] = &[
    "CLAIMTOBE",
    "CLAIMTOBE",
    "CLAIMTOBE",
    "CLAIMTOBE",
    "CLAIMTOBE",
    "CLAIMTOBE",
    "CLAIMTOBE",
    "claimtobe",
    "ClaimToBe",
    "FS",
    "SSL",
    "SCITOKENS",
    "GSI",
    "IDTOKENS",
    "TOKEN",
    "*",
];

/// The kinds of names that result, all of which must occur.
const OUTCOMES: [&str; 5] = [
    "nothing maps it",
    "UID_DOMAIN completes it",
    "it is split at the last of several @",
    "a blank or comma in the user",
    "GSS_ASSIST_GRIDMAP",
];

/// What all trials count together.
#[derive(Debug, Default)]
struct Shared {
    tally: Tally,
    done: usize,
    outcomes: [usize; OUTCOMES.len()],
    /// Names that ours makes nobody of.
    left_out: usize,
}

/// Every test: the collectors, and behind them what they come to together.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>) -> Vec<Trial> {
    let shared: Arc<Mutex<Shared>> = Arc::default();
    (0..TRIALS)
        .map(|trial| {
            let (bench, shared) = (bench.cloned(), shared.clone());
            let run = move || match bench {
                Some(bench) => some(&bench, trial, &shared).map_err(Failed::from),
                None => Ok(()),
            };
            let keys = if assume(trial) {
                "literals"
            } else {
                "patterns"
            };
            Trial::test(format!("mapfile/{keys}/{trial}"), run)
        })
        .collect()
}

/// CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS; HTCondor's default is False.
fn assume(trial: usize) -> bool {
    trial % 2 == 1
}

/// The rules that show: all but the one that takes a name with a newline.
fn rules() -> Vec<Rule> {
    let all = Rule::ALL.into_iter();
    all.filter(|rule| *rule != Rule::DollarBeforeTheLastNewline)
        .collect()
}

/// Files as the roots see them.
struct Inside<'a>(&'a Roots);

impl Inside<'_> {
    fn host(&self, path: &Path) -> io::Result<PathBuf> {
        let text = path.to_str().ok_or(io::ErrorKind::NotFound)?;
        if !text.starts_with("/tmp/") {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(self.0.host(text))
    }
}

impl Files for Inside<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        HostFiles.read(&self.host(path)?)
    }

    fn names(&self, path: &Path) -> io::Result<Option<Vec<PathBuf>>> {
        HostFiles.names(&self.host(path)?)
    }
}

/// A collector, and what it is told about names.
struct Server<'a> {
    bench: &'a Bench,
    daemon: Daemon,
    target: Target,
    settings: Settings,
    runtime: Runtime,
    /// The folder of its mapfiles, as it is called inside.
    folder: String,
    include_domain: bool,
    keys: BareKeys,
}

fn some(bench: &Bench, trial: usize, shared: &Mutex<Shared>) -> Result<(), String> {
    let server = Server::start(bench, trial)?;
    let mut tally = Tally::default();
    let mut outcomes = [0; OUTCOMES.len()];
    let mut left_out = 0;
    for number in 0..MAPFILES {
        let seed = (trial * MAPFILES + number) as u64;
        server.one(seed, &mut tally, &mut outcomes, &mut left_out)?;
    }
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    shared.tally.add(tally);
    shared
        .outcomes
        .iter_mut()
        .zip(outcomes)
        .for_each(|(all, some)| *all += some);
    shared.left_out += left_out;
    shared.done += 1;
    if shared.done < TRIALS {
        return Ok(());
    }
    println!("{}", shared.tally);
    println!("ours makes nobody of {} more", shared.left_out);
    println!(
        "what results: {:?}",
        OUTCOMES.iter().zip(shared.outcomes).collect::<Vec<_>>()
    );
    if let Some((kind, _)) = OUTCOMES
        .iter()
        .zip(shared.outcomes)
        .find(|(_, count)| *count < 50)
    {
        return Err(format!("too few names of which {kind}"));
    }
    shared.tally.check(50, &rules())
}

impl<'a> Server<'a> {
    fn start(bench: &'a Bench, trial: usize) -> Result<Self, String> {
        let folder = bench.roots.folder(&format!("maps-{trial}"), 0, 0o755);
        let include_domain = trial % 4 >= 2;
        let text = format!(
            "NETWORK_INTERFACE = 127.0.0.1\nENABLE_IPV6 = False\nTRUST_DOMAIN = {UID_DOMAIN}\nUID_DOMAIN = {UID_DOMAIN}\n\
             ALLOW_READ = *\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE\n\
             SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER\nSEC_CLAIMTOBE_INCLUDE_DOMAIN = {include_domain}\n\
             CERTIFICATE_MAPFILE = {folder}/current/map\nCERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = {}\n",
            assume(trial)
        );
        let client = "SEC_CLIENT_AUTHENTICATION = REQUIRED\nSEC_CLIENT_AUTHENTICATION_METHODS = CLAIMTOBE\n\
             SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER\nSEC_CLAIMTOBE_INCLUDE_DOMAIN = False\n\
             ALLOW_CLIENT = *\n";
        let settings =
            Settings::from_config(&client.parse().unwrap(), &Host::detect("TOOL")).unwrap();
        let daemon = Daemon::start(&bench.roots, Release::Newest, Kind::Collector, &text)?;
        let address = daemon.address.clone();
        Ok(Self {
            bench,
            daemon,
            target: Target::typed(Sinful::parse(&address).map_err(|error| error.to_string())?),
            settings,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            folder,
            include_domain,
            keys: BareKeys::from_assume_hash_keys(assume(trial)),
        })
    }

    /// One mapfile and the names that are asked of it.
    fn one(
        &self,
        seed: u64,
        tally: &mut Tally,
        outcomes: &mut [usize; OUTCOMES.len()],
        left_out: &mut usize,
    ) -> Result<(), String> {
        let mode = Mode {
            assume_hash_keys: self.keys.assume_hash_keys(),
            methods: METHODS,
            asked: &["CLAIMTOBE"],
            includes: true,
            all_of_pcre2: true,
        };
        let current = format!("{}/current", self.folder);
        let mut dice = Dice::of_seed(seed.wrapping_add(0x00c0_ffee));
        let mut tree = Tree::make(&mut dice, mode, &current, 3 * QUESTIONS);
        // By its first line a mapfile is known.
        let marker = format!("marker-{seed}@elsewhere");
        let root = tree.files.first_mut().ok_or("no mapfile")?;
        root.prepend(format!("CLAIMTOBE {marker} {marker}.now"));
        let outside = self.bench.roots.host(&current);
        let _ = std::fs::remove_dir_all(&outside);
        write(&tree, &outside)?;
        let path = PathBuf::from(format!("{current}/map"));
        let files = Inside(&self.bench.roots);
        let map = match Sources::read_from(&files, &path, &Options::new(self.keys)) {
            Ok(sources) => Mapfile::compile(&sources),
            // The collector would be gone.
            Err(LoadError::Deadly { .. }) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        self.reread(&marker)?;
        let mapper = MapfileMapper::from(map);
        let ours = |claim: &str| {
            Identity::of_proof(&CLAIMTOBE, &self.proof(claim), &mapper, Some(UID_DOMAIN))
        };
        // Ours makes nobody of control characters, plugins, what is not UTF-8, and patterns that go on and on.
        let asked = tree.questions.len();
        tree.questions
            .retain(|question| text(question).is_some_and(|claim| ours(claim).is_ok()));
        *left_out += asked - tree.questions.len();
        tree.questions.truncate(QUESTIONS);
        tally.tree(&tree);
        let mut theirs = Vec::new();
        for question in &tree.questions {
            let claim = text(question).unwrap_or_default();
            let real = self.ask(claim)?;
            tally.cases += 1;
            let identity = ours(claim).map_err(|error| error.to_string())?;
            let name = self.proof(claim).authenticated_name.unwrap_or_default();
            let found = mapper.mapfile().lookup(b"CLAIMTOBE", name.as_bytes());
            count(&found, &tree, &current, tally, outcomes);
            if identity.user != real {
                return Err(format!(
                    "{claim} is {} to ours and {} to the collector\n{}\n{found:?}\n{}",
                    readable(identity.user.as_bytes()),
                    readable(real.as_bytes()),
                    identity.reason,
                    shown(&tree)
                ));
            }
            theirs.push(real);
        }
        for rule in rules() {
            if !tally.is_settled(rule)
                && self
                    .differs(&files, &path, &tree, &theirs, Some(rule))
                    .is_some()
            {
                tally.caught(rule);
            }
        }
        match self.differs(&files, &path, &tree, &theirs, None) {
            None => Ok(()),
            Some(difference) => Err(format!("the plain reading: {difference}\n{}", shown(&tree))),
        }
    }

    /// A question to which the plain reading has another answer than the collector.
    fn differs(
        &self,
        files: &Inside<'_>,
        path: &Path,
        tree: &Tree,
        theirs: &[String],
        rule: Option<Rule>,
    ) -> Option<String> {
        let reference = Reference::read(files, path, self.keys, rule).ok()?;
        let mut asked = tree.questions.iter().zip(theirs);
        asked.find_map(|(question, theirs)| {
            let proof = self.proof(text(question)?);
            let name = proof.authenticated_name?;
            let (user, domain) = match reference.lookup(b"CLAIMTOBE", name.as_bytes()) {
                Answer::GaveUp => return None,
                Answer::Mapped(canonical) if !canonical.is_empty() => {
                    let (user, domain) = reference.split(&canonical, UID_DOMAIN.as_bytes());
                    (user, Some(domain))
                }
                // Without a domain the name stays as it is.
                _ => (
                    proof.user.into_bytes(),
                    proof.domain.map(String::into_bytes),
                ),
            };
            let mut whole = user;
            if let Some(domain) = domain {
                whole.push(b'@');
                whole.extend(domain.to_ascii_lowercase());
            }
            (whole != theirs.as_bytes())
                .then(|| format!("{name} is {} and not {theirs}", readable(&whole)))
        })
    }

    /// What the server's CLAIMTOBE makes of a claim.
    fn proof(&self, claim: &str) -> ClientProof {
        let (user, domain) = match (self.include_domain, claim.rsplit_once('@')) {
            (false, _) => (claim, None),
            (true, Some((user, domain))) if !domain.is_empty() => (user, Some(domain)),
            (true, Some((user, _))) => (user, Some(UID_DOMAIN)),
            (true, None) => (claim, Some(UID_DOMAIN)),
        };
        let name = match domain {
            Some(domain) => format!("{user}@{domain}"),
            None => claim.to_owned(),
        };
        ClientProof {
            authenticated_name: Some(name),
            user: user.to_owned(),
            domain: domain.map(str::to_owned),
            limits: None,
            attributes: Vec::new(),
            voucher: None,
            wrap: None,
        }
    }

    /// Whom the collector takes the claimant for.
    fn ask(&self, claim: &str) -> Result<String, String> {
        let mut settings = self.settings.clone();
        settings.claimtobe.user = Some(claim.to_owned());
        let command = Level::Read.sample_command().ok_or("no command")?;
        let client = Client::new(settings);
        let attempt =
            self.runtime
                .block_on(client.sec_query(&self.target, command, DEFAULT_TIMEOUT));
        let user = attempt.trace.iter().find_map(|event| match event {
            Event::Decided { user, .. } => user.clone(),
            _ => None,
        });
        user.ok_or_else(|| {
            format!(
                "{claim}: no answer\n{}\n{}",
                attempt.trace,
                self.daemon.story(&self.bench.roots)
            )
        })
    }

    /// Has the collector read its mapfile again, and waits until it has.
    fn reread(&self, marker: &str) -> Result<(), String> {
        let pid =
            rustix::process::Pid::from_raw(self.daemon.pid().cast_signed()).ok_or("no process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::HUP)
            .map_err(|error| error.to_string())?;
        let end = Instant::now() + Duration::from_secs(20);
        let mut last = Ok(String::new());
        while Instant::now() < end {
            // The mapfile before it may map the marker to anything, also to what is no text.
            last = self.ask(marker);
            if last.as_deref() == Ok(&format!("{marker}.now")) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(format!(
            "the mapfile is not read again: the last answer was {last:?}\n{}",
            self.daemon.story(&self.bench.roots)
        ))
    }
}

/// The name, if it can be claimed.
fn text(question: &Question) -> Option<&str> {
    let text = std::str::from_utf8(&question.name).ok()?;
    let is_name = !text.is_empty() && !text.starts_with('@') && text.len() < 200;
    (is_name && !text.contains(char::is_control)).then_some(text)
}

fn count(
    found: &Lookup<'_>,
    tree: &Tree,
    folder: &str,
    tally: &mut Tally,
    outcomes: &mut [usize; OUTCOMES.len()],
) {
    let Lookup::Mapped(found) = found else {
        outcomes[0] += 1;
        return;
    };
    tally.hits += 1;
    tally.decided(tree, Path::new(folder), found);
    let ats = found.canonical.iter().filter(|byte| **byte == b'@').count();
    outcomes[1] += usize::from(ats == 0);
    outcomes[2] += usize::from(ats > 1);
    outcomes[3] += usize::from(
        found
            .canonical
            .iter()
            .any(|byte| matches!(byte, b' ' | b',')),
    );
    outcomes[4] += usize::from(found.canonical.starts_with(b"GSS_ASSIST_GRIDMAP"));
}
