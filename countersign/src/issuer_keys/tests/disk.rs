//! What stands on disk, and what of it is believed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

/// A folder with the keys of one issuer, its file, and its content. It goes with the server.
async fn written() -> (Server, PathBuf, PathBuf, String) {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["a"]);
    let folder = server.folder.join("made");
    let world = on_disk(&server, &folder);
    world.keys(&server.issuer()).await.unwrap();
    let path = loop {
        // The folder is made with the first file.
        let mut files = fs::read_dir(&folder).into_iter().flatten().flatten();
        match files.find(|file| file.path().extension().is_some_and(|one| one == "json")) {
            Some(file) => break file.path(),
            None => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    };
    let content = fs::read_to_string(&path).unwrap();
    (server, folder, path, content)
}

fn on_disk(server: &Server, folder: &Path) -> World {
    World::new(|settings| {
        settings.ca_file = Some(server.certificate.clone());
        settings.folder = Some(folder.to_owned());
    })
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn there_after_a_restart() {
    let (server, folder, path, _) = written().await;
    assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
    let asked = server.asked();
    let world = on_disk(&server, &folder);
    let keys = world.keys(&server.issuer()).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Cached { at: START });
    assert!(has(&keys, "a"));
    assert_eq!(server.asked(), asked);
    assert_eq!(world.cache.take_problems(), []);
    let left = fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 1, "no file on its way is left");
}

#[tokio::test]
async fn what_is_not_believed() {
    let (server, folder, path, content) = written().await;
    let problem = || {
        let world = on_disk(&server, &folder);
        let sizes = world.cache.shared.state().sizes();
        let mut problems = world.cache.take_problems();
        let problem = problems.pop().map(|one| one.to_string());
        assert_eq!(sizes.0, usize::from(problem.is_none()));
        problem.unwrap_or_default()
    };
    assert_eq!(problem(), "");
    for bad in [
        "",
        "{",
        &content[..content.len() / 2],
        &format!("{content}x"),
        &content.replace("fetched", "fetch"),
        &content.replace("P-256", "P-256\\u0000\\\""),
    ] {
        fs::write(&path, bad).unwrap();
        assert!(problem().contains("is not used"), "{bad}");
    }
    fs::write(&path, content.replace("localhost", "evilhost_")).unwrap();
    assert!(problem().contains("not that of its issuer"));
    fs::write(&path, content.replace(&START.to_string(), "1800000001")).unwrap();
    assert!(problem().contains("in the future"));
    fs::write(&path, vec![b' '; 7 << 20]).unwrap();
    assert!(problem().contains("more than"));
    fs::write(&path, &content).unwrap();
    for exposed in [0o620, 0o602, 0o666] {
        set_mode(&path, exposed);
        assert!(problem().contains("chmod"), "{exposed:o}");
    }
    set_mode(&path, 0o644);
    assert_eq!(problem(), "", "it is no secret");
    fs::rename(&path, folder.join("there")).unwrap();
    std::os::unix::fs::symlink(folder.join("there"), &path).unwrap();
    assert!(problem().contains("is not used"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(problem().contains("is not used"));
    fs::remove_dir(&path).unwrap();
    // With a folder that others can write, nothing is read and nothing written.
    fs::rename(folder.join("there"), &path).unwrap();
    for exposed in [0o770, 0o755, 0o707] {
        set_mode(&folder, exposed);
        assert!(problem().contains("chmod"), "{exposed:o}");
    }
    fs::remove_file(&path).unwrap();
    let world = on_disk(&server, &folder);
    assert!(
        world.keys(&server.issuer()).await.is_ok(),
        "it does without"
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn belongs_to_somebody_else() {
    let (server, folder, path, _) = written().await;
    if std::os::unix::fs::chown(&path, Some(1), None).is_err() {
        return; // Only root can give files away.
    }
    let world = on_disk(&server, &folder);
    let problems = world.cache.take_problems();
    assert!(problems[0].to_string().contains("belongs to uid 1"));
    assert_eq!(world.cache.shared.state().sizes().0, 0);
}

#[test]
fn nothing_is_made_for_nothing() {
    let around = folder();
    let folder = around.join("deep/er");
    let disk = Disk::open(folder.to_path_buf(), 5).unwrap();
    assert_eq!(disk.load(START).0.len(), 0);
    assert!(!folder.exists());
    disk.write("https://issuer.example", jwks(&["a"]).as_bytes(), START)
        .unwrap();
    assert_eq!((disk.load(START).0.len(), mode(&folder)), (1, 0o700));
}

#[test]
fn not_more_than_so_many() {
    let folder = folder();
    let disk = Disk::open(folder.to_path_buf(), 5).unwrap();
    for number in 0..12 {
        let issuer = format!("https://issuer.example/{number}");
        disk.write(&issuer, jwks(&["a"]).as_bytes(), START).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(fs::read_dir(&*folder).unwrap().count(), 5);
    let (loaded, problems) = disk.load(START);
    assert_eq!(problems, []);
    let mut issuers: Vec<_> = loaded.iter().map(|one| one.issuer.as_str()).collect();
    issuers.sort_unstable();
    assert_eq!(issuers.len(), 5);
    assert!(issuers.contains(&"https://issuer.example/11"));
    assert!(!issuers.contains(&"https://issuer.example/0"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_stands_there(bytes: Vec<u8>, issuer in "https://[a-z]{1,9}", jwks in r#"[{}\[\]":a-z]{0,20}"#) {
        let folder = folder();
        let disk = Disk::open(folder.to_path_buf(), 5).unwrap();
        disk.write(&issuer, b"{\"keys\":[]}", START).unwrap();
        let path = fs::read_dir(&*folder).unwrap().next().unwrap().unwrap().path();
        assert_eq!(disk.load(START).0[0].issuer, issuer);
        for content in [bytes, serde_json::json!({"issuer": issuer, "fetched": 1, "jwks": jwks}).to_string().into()] {
            fs::write(&path, content).unwrap();
            let (loaded, problems) = disk.load(START);
            assert_eq!(loaded.len() + problems.len(), 1);
        }
    }
}
