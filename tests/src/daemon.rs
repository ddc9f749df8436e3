//! A real HTCondor daemon for as long as a value lives.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::roots::{CONDOR, Release, Roots};
use crate::run::{User, command, finish};

const START: Duration = Duration::from_secs(30);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Which daemons to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A collector alone, on a port of its own.
    Collector,
    /// A collector with the local name EAST. It publishes its address in its log alone.
    East,
    /// A master with a shared port, a collector and a schedd; the schedd is the one that is asked.
    SharedPort,
    /// A master without a shared port, and what the text lists beside a collector, which is the one that is asked.
    Family,
}

/// A daemon that answers.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    kind: Kind,
    config: String,
    folder: String,
    /// Its address, as it published it.
    pub address: String,
    /// The address of the collector beside it.
    pub collector: String,
}

impl Daemon {
    /// Starts a daemon and waits until it has published its address.
    ///
    /// # Errors
    /// What it printed, and the end of its log.
    pub fn start(roots: &Roots, release: Release, kind: Kind, text: &str) -> Result<Self, String> {
        Self::start_at(roots, release, kind, text, &[], &[])
    }

    /// Starts a collector with further variables in its environment.
    ///
    /// # Errors
    /// What it printed, and the end of its log.
    pub fn start_in(
        roots: &Roots,
        release: Release,
        text: &str,
        environment: &[(String, String)],
    ) -> Result<Self, String> {
        Self::start_at(roots, release, Kind::Collector, text, &[], environment)
    }

    /// Starts a collector on the port of one that is gone: to its clients it has forgotten everything.
    ///
    /// # Errors
    /// What it printed, and the end of its log.
    pub fn start_again(
        roots: &Roots,
        release: Release,
        text: &str,
        port: &str,
    ) -> Result<Self, String> {
        Self::start_at(roots, release, Kind::Collector, text, &["-p", port], &[])
    }

    /// Starts a collector of the local name EAST: settings that begin with it count first.
    ///
    /// # Errors
    /// What it printed, and the end of its log.
    pub fn start_east(roots: &Roots, release: Release, text: &str) -> Result<Self, String> {
        Self::start_at(
            roots,
            release,
            Kind::East,
            text,
            &["-local-name", "EAST"],
            &[],
        )
    }

    fn start_at(
        roots: &Roots,
        release: Release,
        kind: Kind,
        text: &str,
        more: &[&str],
        environment: &[(String, String)],
    ) -> Result<Self, String> {
        let folder = roots.folder(
            &format!("daemon-{}", COUNT.fetch_add(1, Ordering::Relaxed)),
            CONDOR,
            0o755,
        );
        let outside = roots.host(&folder);
        for name in ["log", "spool", "lock", "run", "execute"] {
            fs::create_dir(outside.join(name)).unwrap();
            std::os::unix::fs::chown(outside.join(name), Some(CONDOR), Some(CONDOR)).unwrap();
        }
        let config = format!("{folder}/condor_config");
        roots.write(
            &config,
            format!("{text}\n{}", surroundings(&folder, kind)),
            0,
            0o644,
        );

        // They stop by themselves after 20 minutes, should this process be killed.
        let program = match kind {
            Kind::Collector | Kind::East => ["condor_collector", "-f", "-r", "20"],
            Kind::SharedPort | Kind::Family => ["condor_master", "-f", "-r", "20"],
        };
        let printed = File::create(outside.join("printed")).unwrap();
        let child = command(&roots.root(release), User::Root, &config)
            .args(program)
            .args(more)
            .envs(environment.iter().cloned())
            .stdout(printed.try_clone().unwrap())
            .stderr(printed)
            .process_group(0)
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut daemon = Self {
            child,
            kind,
            config,
            folder,
            address: String::new(),
            collector: String::new(),
        };
        daemon.collector = match kind {
            Kind::East => daemon.logged(roots)?,
            _ => daemon.published(roots, "collector_address")?,
        };
        daemon.address = match kind {
            Kind::Collector | Kind::East | Kind::Family => daemon.collector.clone(),
            Kind::SharedPort => daemon.published(roots, "schedd_address")?,
        };
        if kind == Kind::SharedPort {
            daemon.wait_for_ad(roots, release)?;
        }
        Ok(daemon)
    }

    /// Waits until the collector knows the schedd.
    fn wait_for_ad(&self, roots: &Roots, release: Release) -> Result<(), String> {
        let end = Instant::now() + START;
        while Instant::now() < end {
            let mut query = command(&roots.root(release), User::Root, &self.config);
            query.args(["condor_status", "-schedd", "-af", "Name"]);
            if finish(query, START).stdout.contains("schedd@pool.example") {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!(
            "the schedd was not advertised\n{}",
            self.story(roots)
        ))
    }

    /// The process that was started: of a collector alone, the collector itself.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The exit status of the process that was started, if it ends within this time.
    pub fn ended(&mut self, limit: Duration) -> Option<i32> {
        let end = Instant::now() + limit;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.code(),
                _ if Instant::now() > end => return None,
                _ => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// All that a collector has logged.
    #[must_use]
    pub fn collector_log(&self, roots: &Roots) -> String {
        self.log_of(roots, "CollectorLog")
    }

    /// All that stands in the log of this name.
    #[must_use]
    pub fn log_of(&self, roots: &Roots, name: &str) -> String {
        let path = roots.host(&self.folder).join("log").join(name);
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }

    /// Its configuration file and the end of its log, to be shown where a test failed.
    #[must_use]
    pub fn story(&self, roots: &Roots) -> String {
        let config = fs::read_to_string(roots.host(&self.config)).unwrap_or_default();
        format!(
            "--- daemon's configuration\n{config}\n--- end of its log\n{}",
            self.log(roots)
        )
    }

    fn log(&self, roots: &Roots) -> String {
        let folder = roots.host(&self.folder);
        let mut text = fs::read_to_string(folder.join("printed")).unwrap_or_default();
        for name in [
            "CollectorLog",
            "EastLog",
            "SchedLog",
            "MasterLog",
            "StartLog",
        ] {
            let log = fs::read(folder.join("log").join(name)).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let lines: Vec<&str> = log.lines().collect();
            text.push_str(&lines[lines.len().saturating_sub(25)..].join("\n"));
        }
        text
    }

    fn published(&mut self, roots: &Roots, file: &str) -> Result<String, String> {
        let path = roots.host(&self.folder).join(file);
        let end = Instant::now() + START;
        loop {
            // The first of three lines; the file is complete when the last one is. A daemon that waits for its shared port
            // says port 0 first.
            if let Ok(text) = fs::read_to_string(&path)
                && text.lines().count() >= 3
                && let Some(line) = text.lines().next()
                && !line.starts_with("<127.0.0.1:0?")
            {
                return Ok(line.trim().to_owned());
            }
            if self.child.try_wait().unwrap().is_some() || Instant::now() > end {
                return Err(format!("no {file} was published\n{}", self.story(roots)));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Daemon {
    /// The address that the master published.
    ///
    /// # Errors
    /// It published none in time.
    pub fn master(&mut self, roots: &Roots) -> Result<String, String> {
        self.published(roots, "master_address")
    }

    /// The address that a schedd published.
    ///
    /// # Errors
    /// It published none in time.
    pub fn schedd(&mut self, roots: &Roots) -> Result<String, String> {
        self.published(roots, "schedd_address")
    }

    /// Where its configuration is.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.config
    }

    /// The address that its log has.
    fn logged(&mut self, roots: &Roots) -> Result<String, String> {
        let path = roots.host(&self.folder).join("log/EastLog");
        let end = Instant::now() + START;
        loop {
            let log = fs::read_to_string(&path).unwrap_or_default();
            let mut lines = log
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            let address = lines.find_map(|line| line.split_once("DaemonCore: command socket at "));
            if let Some((_, address)) = address {
                return Ok(address.trim().to_owned());
            }
            if self.child.try_wait().unwrap().is_some() || Instant::now() > end {
                return Err(format!("no address was logged\n{}", self.story(roots)));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.kind, Kind::SharedPort | Kind::Family) {
            // A master that is asked to shut down quickly takes its children along.
            if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
            }
            let end = Instant::now() + Duration::from_secs(10);
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
                thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What may be left of a master's children, known by the configuration that no other process has.
        let mark = format!("CONDOR_CONFIG={}", self.config);
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let ours = environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == mark.as_bytes());
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            if let (true, Some(pid)) = (ours, pid.and_then(rustix::process::Pid::from_raw)) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }
}

/// A port of loopback that nobody listens on now.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The settings that say where a daemon lives; what a scenario is about comes before them.
fn surroundings(folder: &str, kind: Kind) -> String {
    let common = format!(
        "LOCAL_DIR = {folder}
LOG = $(LOCAL_DIR)/log
SPOOL = $(LOCAL_DIR)/spool
LOCK = $(LOCAL_DIR)/lock
RUN = $(LOCAL_DIR)/run
EXECUTE = $(LOCAL_DIR)/execute
COLLECTOR_ADDRESS_FILE = $(LOCAL_DIR)/collector_address
SCHEDD_ADDRESS_FILE = $(LOCAL_DIR)/schedd_address
MASTER_ADDRESS_FILE = $(LOCAL_DIR)/master_address
"
    );
    let more = match kind {
        Kind::Collector | Kind::East => {
            "USE_SHARED_PORT = False\nCONDOR_HOST = 127.0.0.1\nCOLLECTOR_HOST = 127.0.0.1\n"
                .to_owned()
        }
        Kind::Family => {
            let port = free_port();
            format!(
                "USE_SHARED_PORT = False
BIND_ALL_INTERFACES = False
RELEASE_DIR = /usr
LIB = /usr/lib/condor
LIBEXEC = /usr/libexec/condor
CONDOR_HOST = 127.0.0.1
COLLECTOR_HOST = 127.0.0.1:{port} $(MORE_COLLECTORS)
STARTD_ADDRESS_FILE = $(LOCAL_DIR)/startd_address
"
            )
        }
        Kind::SharedPort => {
            let port = free_port();
            format!(
                "USE_SHARED_PORT = True
DAEMON_LIST = MASTER, SHARED_PORT, COLLECTOR, SCHEDD
RELEASE_DIR = /usr
LIB = /usr/lib/condor
LIBEXEC = /usr/libexec/condor
CONDOR_HOST = 127.0.0.1
SHARED_PORT_ARGS = -p {port}
COLLECTOR_HOST = 127.0.0.1:{port}?sock=collector
SCHEDD_NAME = schedd@pool.example
DAEMON_SOCKET_DIR = $(LOCAL_DIR)/s
"
            )
        }
    };
    common + &more
}
