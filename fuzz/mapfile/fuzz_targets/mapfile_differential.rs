//! Mapfiles and names: what a lookup gives is what HTCondor's own library gives.
//!
//! The input is that of `mapfile_match`. Inputs are asked about in batches; COUNTERSIGN_BATCH=1 asks about each at once,
//! and an input that differs is kept in `artifacts` under its own name. Without HTCondor's wheel nothing is compared.

#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use countersign_mapfile::{BareKeys, HostFiles, Lookup, Mapfile, Options, Sources};
use countersign_mapfile_fuzz::cases::fields::trailing_backslash;
use countersign_mapfile_fuzz::cases::{Dice, Tree};
use countersign_mapfile_fuzz::oracle::{Oracle, Question};
use countersign_mapfile_fuzz::{cache, head, mode};
use libfuzzer_sys::fuzz_target;

const KEYS: BareKeys = BareKeys::Literals;
const MOST_LINES: usize = 32;

/// What is asked about next.
struct Batch {
    oracle: Oracle,
    folder: PathBuf,
    size: usize,
    inputs: Vec<Asked>,
    count: usize,
}

struct Asked {
    input: Vec<u8>,
    path: PathBuf,
    questions: Vec<Question>,
    ours: Vec<Option<Vec<u8>>>,
}

fn start() -> Result<Mutex<Batch>, String> {
    let cache = cache().ok_or("no cache folder")?;
    let wheels = cache.join("wheels");
    let wheel = fs::read_dir(&wheels)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains("/htcondor-25.14.1-"))
        .ok_or_else(|| format!("no wheel of htcondor 25.14.1 in {}", wheels.display()))?;
    let python = std::env::var("COUNTERSIGN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let library = format!(
        "roots/forky/usr/lib/{}-linux-gnu/libpcre2-8.so.0",
        std::env::consts::ARCH
    );
    let library = Some(cache.join(library)).filter(|library| library.exists());
    let library = library.ok_or("no PCRE2 of a recent release in the cache")?;
    let oracle = Oracle::start(&wheel, &python, Some(&library))?;
    let place = ["/dev/shm", "/tmp"]
        .map(Path::new)
        .into_iter()
        .find(|place| place.is_dir());
    let folder = place
        .ok_or("no /tmp")?
        .join(format!("countersign-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let size = std::env::var("COUNTERSIGN_BATCH")
        .ok()
        .and_then(|size| size.parse().ok());
    Ok(Mutex::new(Batch {
        oracle,
        folder,
        size: size.unwrap_or(64),
        inputs: Vec::new(),
        count: 0,
    }))
}

fuzz_target!(|input: &[u8]| {
    static BATCH: OnceLock<Option<Mutex<Batch>>> = OnceLock::new();
    let batch = BATCH.get_or_init(|| match start() {
        Ok(batch) => Some(batch),
        Err(why) => {
            eprintln!("LEFT OUT: nothing is compared with HTCondor: {why}");
            None
        }
    });
    let Some(Ok(mut batch)) = batch.as_ref().map(Mutex::lock) else {
        return;
    };
    if let Some(asked) = ask(input, &batch.folder.join(batch.count.to_string())) {
        batch.count += 1;
        batch.inputs.push(asked);
        if batch.inputs.len() >= batch.size {
            compare(&mut batch);
        }
    }
});

/// Writes the files and maps the names with ours. Names on which ours gives up are not asked for.
fn ask(input: &[u8], folder: &Path) -> Option<Asked> {
    let (switches, bytes) = head(input)?;
    let place = folder.to_string_lossy().into_owned();
    let mut questions: Vec<Question> = Vec::new();
    let path = folder.join("map");
    if switches & 2 != 0 {
        let tree = Tree::make(&mut Dice::of_bytes(bytes), mode(KEYS), &place, 6);
        for file in &tree.files {
            let path = folder.join(&file.path);
            fs::create_dir_all(path.parent()?).ok()?;
            fs::write(path, &file.text).ok()?;
        }
        let asked = tree.questions.into_iter();
        questions.extend(asked.map(|question| (question.method.to_owned(), question.name)));
    } else {
        let mark = b"\n%%\n";
        let at = bytes
            .windows(mark.len())
            .position(|window| window == mark)?;
        let text = &bytes[..=at];
        // No path that a fuzzer may think of is read.
        let words = String::from_utf8_lossy(text).to_ascii_lowercase();
        if words.contains("include")
            || text.iter().filter(|byte| **byte == b'\n').count() > MOST_LINES
        {
            return None;
        }
        fs::create_dir_all(folder).ok()?;
        fs::write(&path, text).ok()?;
        for name in bytes[at + mark.len()..]
            .split(|byte| *byte == b'\n')
            .take(4)
        {
            if !name.contains(&0) {
                questions.push(("*".to_owned(), name.to_vec()));
                questions.push(("FS".to_owned(), name.to_vec()));
            }
        }
    }
    let sources = Sources::read_from(&HostFiles, &path, &Options::new(KEYS)).ok()?;
    let map = Mapfile::compile(&sources);
    let mut asked = Asked {
        input: input.to_vec(),
        path,
        questions: Vec::new(),
        ours: Vec::new(),
    };
    for (method, name) in questions {
        let ours = match map.lookup(method.as_bytes(), &name) {
            Lookup::NoMatch { .. } => None,
            Lookup::Mapped(found) if !trailing_backslash(found.template) => Some(found.canonical),
            // Deliberately different.
            Lookup::Mapped(_) | Lookup::GaveUp { .. } => continue,
        };
        asked.questions.push((method, name));
        asked.ours.push(ours);
    }
    Some(asked)
}

fn compare(batch: &mut Batch) {
    let inputs = std::mem::take(&mut batch.inputs);
    let asked: Vec<(&Path, Vec<Question>)> = inputs
        .iter()
        .map(|asked| (asked.path.as_path(), asked.questions.clone()))
        .collect();
    let theirs = batch
        .oracle
        .ask(&asked)
        .unwrap_or_else(|error| panic!("{error}"));
    for (asked, theirs) in inputs.iter().zip(theirs) {
        if asked.ours != theirs {
            let folder =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts/mapfile_differential");
            let kept = folder.join(format!(
                "differs-{}",
                asked
                    .path
                    .parent()
                    .and_then(Path::file_name)
                    .unwrap_or_default()
                    .to_string_lossy()
            ));
            let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(&kept, &asked.input));
            let text = fs::read(&asked.path).unwrap_or_default();
            panic!(
                "{}: {:?}\nours   {:?}\ntheirs {theirs:?}\n{}",
                kept.display(),
                asked.questions,
                asked.ours,
                text.escape_ascii()
            );
        }
    }
    for asked in &inputs {
        let _ = fs::remove_dir_all(asked.path.parent().unwrap_or(&asked.path));
    }
}
