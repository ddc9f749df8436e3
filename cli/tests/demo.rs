//! The demo opens nothing of the user's, and leaves nothing behind.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::{BufRead as _, BufReader};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::inotify;

/// A folder of this test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "error : a decoy was read\n").unwrap();
        path
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(&self.0).unwrap().next().is_none()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What was opened since `watch`.
fn opened(watch: &rustix::fd::OwnedFd) -> Vec<String> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(watch, &mut buffer);
    let mut names = Vec::new();
    while let Ok(event) = reader.next() {
        names.push(format!("{:?}", event.file_name()));
    }
    names
}

fn watch(folders: &[&Path]) -> rustix::fd::OwnedFd {
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
    for folder in folders {
        let events = inotify::WatchFlags::OPEN | inotify::WatchFlags::ACCESS;
        inotify::add_watch(&watch, *folder, events).unwrap();
    }
    watch
}

fn demo(temporary: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("demo").env("TMPDIR", &temporary.0);
    command
}

#[test]
fn opens_no_decoy_and_leaves_nothing() {
    let (decoys, temporary) = (Folder::new("decoys"), Folder::new("demo"));
    let config = decoys.write("condor_config");
    let local = decoys.write("local/condor_config.local");
    let user = decoys.write("home/.condor/user_config");
    let token = decoys.write("home/.condor/tokens.d/token");
    let key = decoys.write("keys/POOL");
    let hosts = decoys.write("home/.condor/known_hosts");
    let bearer = decoys.write("bearer/token");
    let runtime = decoys.write(&format!("run/bt_u{}", rustix::process::geteuid().as_raw()));
    let authorities = decoys.write("tls/authorities.pem");
    let hashed = decoys.write("hashed/0a1b2c3d.0");
    let watched = [
        &config,
        &local,
        &user,
        &token,
        &key,
        &hosts,
        &bearer,
        &runtime,
        &authorities,
        &hashed,
    ];
    let folders: Vec<&Path> = watched.iter().map(|path| path.parent().unwrap()).collect();
    let watched = watch(&folders);
    // A bearer token may also lie in /tmp, where everybody opens files: that one is not looked at.
    let shared = ["/etc/condor", "/etc/ssl/certs", "/etc/grid-security"].map(Path::new);
    let shared: Vec<&Path> = shared.into_iter().filter(|path| path.is_dir()).collect();
    std::fs::read(&token).unwrap();
    assert!(!opened(&watched).is_empty(), "the watch sees nothing");
    let run = || {
        demo(&temporary)
            .env("CONDOR_CONFIG", &config)
            .env("HOME", decoys.0.join("home"))
            .env("_CONDOR_LOCAL_CONFIG_FILE", &local)
            .env("_CONDOR_SEC_PASSWORD_DIRECTORY", key.parent().unwrap())
            .env("_CONDOR_SEC_TOKEN_DIRECTORY", token.parent().unwrap())
            .env("_CONDOR_DENY_READ", "*")
            .env("_CONDOR_SCITOKENS_FILE", &bearer)
            .env("BEARER_TOKEN", "no.to.ken")
            .env("BEARER_TOKEN_FILE", &bearer)
            .env("XDG_RUNTIME_DIR", runtime.parent().unwrap())
            .env("SSL_CERT_FILE", &authorities)
            .env("SSL_CERT_DIR", hashed.parent().unwrap())
            .env("SCITOKEN_CONFIG_TLS_CA_FILE", &authorities)
            .env("X509_USER_PROXY", &authorities)
            .output()
            .unwrap()
    };
    let started = Instant::now();
    let output = run();
    assert_eq!(opened(&watched), Vec::<String>::new());
    assert!(started.elapsed() < Duration::from_secs(5), "{started:?}");
    // Others may open what is everybody's while the demo runs, though not each time; the demo would.
    let others: Vec<_> = (0..10)
        .map(|_| {
            let watched = watch(&shared);
            assert!(run().status.success());
            opened(&watched)
        })
        .take_while(|opened| !opened.is_empty())
        .collect();
    assert!(others.len() < 10, "{others:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    for expected in [
        "               WRITE       IDTOKENS        AES       AES    ALLOW alice@demo.example\n",
        "               WRITE             FS        AES       AES    ALLOW operator@demo.example\n",
        "               WRITE      SCITOKENS        AES       AES    ALLOW osg@demo.example\n",
        "osg@demo.example may not run DC_NOP_WRITE (60021): WRITE: not among what this identity is limited to, \
         which is READ\n",
        "                READ           none        AES       AES    ALLOW unauthenticated@unmapped\n",
        "WRITE: not among what this identity is limited to, which is READ\n",
        "entry 1 of DENY_NEGOTIATOR, alice@demo.example, matches the user (",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    // Under each row that was refused stands a reason.
    let lines: Vec<&str> = text.lines().collect();
    let failed = lines
        .iter()
        .filter(|line| line.contains(" FAIL FAIL "))
        .count();
    let reasons = lines
        .windows(2)
        .filter(|pair| pair.first().unwrap().contains(" FAIL FAIL "))
        .filter(|pair| pair.get(1).unwrap().trim().len() > 20)
        .count();
    assert!(failed > 10 && reasons == failed, "{text}");
    assert!(temporary.is_empty());
}

#[test]
fn a_signal_removes_the_folder_and_keep_keeps_it() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let temporary = Folder::new(&format!("demo-{signal}"));
        let mut child = demo(&temporary).stdout(Stdio::piped()).spawn().unwrap();
        // Nobody reads on: once the pipe is full, or a table begins, the signal comes in the middle.
        let mut line = String::new();
        let mut out = BufReader::with_capacity(1, child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert!(!temporary.is_empty());
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let mut rest = String::new();
        let _ = std::io::Read::read_to_string(&mut out, &mut rest);
        let status = child.wait().unwrap();
        assert!(temporary.is_empty(), "{signal}");
        assert!(
            status.code() == Some(code) || rest.contains("nobody.conf"),
            "{status:?} {rest}"
        );
    }
    let temporary = Folder::new("demo-keep");
    let output = demo(&temporary).arg("--keep").output().unwrap();
    assert!(output.status.success() && !temporary.is_empty());
    assert!(String::from_utf8_lossy(&output.stdout).contains("Everything stays in"));
}
