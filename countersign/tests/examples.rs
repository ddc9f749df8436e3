//! The examples that need nothing run, and an embedded peer reads nothing of the host's configuration.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::inotify;

/// A program in `examples/`, which cargo builds along with the tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    target.join("examples").join(name)
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What would be read by a program that looks at the environment: a file that no configuration can be.
fn decoys() -> (Folder, Vec<PathBuf>) {
    let path = std::env::temp_dir().join(format!("countersign-examples-{}", std::process::id()));
    let folder = Folder(path);
    let names = [
        "condor_config",
        "local/local",
        "home/.condor/user_config",
        "home/.condor/tokens.d/t",
        "keys/POOL",
    ];
    let files = names.map(|name| {
        let file = folder.0.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "error : a decoy was read\n").unwrap();
        file
    });
    (folder, files.into())
}

fn opened(watch: &rustix::fd::OwnedFd) -> Vec<String> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(watch, &mut buffer);
    let mut names = Vec::new();
    while let Ok(event) = reader.next() {
        names.push(format!("{:?}", event.file_name()));
    }
    names
}

#[test]
fn an_embedded_peer_reads_nothing_of_the_host() {
    let (folder, files) = decoys();
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
    let mut folders: Vec<&Path> = files.iter().map(|file| file.parent().unwrap()).collect();
    if Path::new("/etc/condor").exists() {
        folders.push(Path::new("/etc/condor"));
    }
    for folder in folders {
        let events = inotify::WatchFlags::OPEN | inotify::WatchFlags::ACCESS;
        inotify::add_watch(&watch, folder, events).unwrap();
    }
    std::fs::read(&files[0]).unwrap();
    assert!(!opened(&watch).is_empty(), "the watch sees nothing");
    let output = Command::new(example("embedded_peer"))
        .env("CONDOR_CONFIG", &files[0])
        .env("HOME", folder.0.join("home"))
        .env("_CONDOR_LOCAL_CONFIG_FILE", &files[1])
        .env("_CONDOR_SEC_TOKEN_DIRECTORY", files[3].parent().unwrap())
        .env("_CONDOR_SEC_PASSWORD_DIRECTORY", files[4].parent().unwrap())
        // These would change what it decides.
        .env("_CONDOR_DENY_WRITE", "*")
        .env("_CONDOR_DENY_CLIENT", "*")
        .env("_CONDOR_SEC_DEFAULT_AUTHENTICATION_METHODS", "FS")
        .output()
        .unwrap();
    assert_eq!(opened(&watch), Vec::<String>::new());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains("hello, alice@test.example\n"), "{text}");
    assert!(text.contains("mallory: "), "{text}");
}
