//! What a mapfile costs: ours against HTCondor's own code, as its wheel brings it, in one run.

// What goes wrong here ends the benchmark, and says so on the terminal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../handshake/meter.rs"]
#[allow(dead_code)]
mod meter;
mod shapes;
mod theirs;

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use countersign_mapfile::{BareKeys, Lookup, Mapfile, Options};
use countersign_tests::mapfiles::Folder;
use countersign_tests::roots::{self, Roots};
use countersign_tests::wheels;

use meter::Sample;
use shapes::{LITERALS, PATTERNS, SHAPES, Shape};
use theirs::Theirs;

/// How many times faster ours must be, where patterns have literals.
const REQUIRED: f64 = 50.0;
/// Seconds in which ours must load the literals.
const LOAD: f64 = 0.1;
/// Turns of each side.
const BLOCKS: usize = 7;

fn main() -> ExitCode {
    // A process of its own says how much it grows.
    let mut arguments = std::env::args().skip_while(|argument| argument != "--grow");
    if let (Some(_), Some(path)) = (arguments.next(), arguments.next()) {
        let before = resident();
        let map = load(Path::new(&path));
        println!("{}", resident() - before);
        drop(black_box(map));
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<bool, String> {
    let wheel = wheels::ready(&roots::cache()?, "25.14.1")?;
    let roots = match Roots::obstacle() {
        None => Some(Roots::ready()?),
        Some(_) => None,
    };
    let pcre2 = roots.as_ref().map(Roots::pcre2);
    let folder = Folder::new("mapfile-bench")?;
    let start = || Theirs::start(&wheel, pcre2.as_deref());
    println!(
        "HTCondor: the MapFile of the wheel htcondor 25.14.1, {}, in one Python process; a lookup is an\n\
         evaluation of a prepared userMap(), less one of a map without lines. Ours: Mapfile::lookup. Both give the\n\
         canonical name. {PATTERNS} lines with patterns; medians of {BLOCKS} blocks in turns; µs for a lookup.",
        if pcre2.is_some() {
            "with the PCRE2 of its newest daemon"
        } else {
            "with its own PCRE2"
        }
    );
    let mut met = true;
    for shape in &SHAPES {
        met &= lookups(shape, &folder, &start)?;
    }
    met &= literals(&folder, &start)?;
    memory(&folder, &start)?;
    Ok(met)
}

type Start<'a> = dyn Fn() -> Result<Theirs, String> + 'a;

fn write(folder: &Folder, name: &str, text: &str) -> Result<PathBuf, String> {
    let path = folder.path().join(name);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

fn load(path: &Path) -> Mapfile {
    Mapfile::load(path, &Options::new(BareKeys::Literals)).unwrap()
}

fn lookups(shape: &Shape, folder: &Folder, start: &Start<'_>) -> Result<bool, String> {
    let path = write(folder, "patterns", &shape.text())?;
    let empty = write(folder, "empty", "")?;
    let began = Instant::now();
    let map = load(&path);
    let own_load = began.elapsed().as_secs_f64();
    let mut theirs = start()?;
    let (their_load, _) = theirs.load("patterns", &path)?;
    theirs.load("empty", &empty)?;
    println!(
        "\n{}: loading takes ours {:.0} ms, HTCondor {:.0} ms",
        shape.name,
        own_load * 1e3,
        their_load * 1e3
    );
    let mut worst = [(0.0, String::new()), (0.0, String::new())];
    let mut kinds: Vec<(&str, [f64; 2])> = Vec::new();
    for (kind, name, maps) in shape.names() {
        let costs = one(&map, &mut theirs, &name, maps, 5)?;
        for (worst, cost) in worst.iter_mut().zip(costs) {
            if cost > worst.0 {
                *worst = (cost, name.clone());
            }
        }
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, most)) => *most = [most[0].max(costs[0]), most[1].max(costs[1])],
            None => kinds.push((kind, costs)),
        }
    }
    kinds.push(("worst of all", [worst[0].0, worst[1].0]));
    let mut met = true;
    for (kind, [own, their]) in kinds {
        let ratio = their / own;
        // Of a name with many lines' literals in it, and among many names, the worst of all counts.
        let counts = shape.has_literal && ["last line", "no match", "worst of all"].contains(&kind);
        let verdict = match (counts, ratio >= REQUIRED) {
            (false, _) => String::new(),
            (true, good) => format!(
                "; required: {REQUIRED}: {}",
                if good { "met" } else { "NOT MET" }
            ),
        };
        met &= !counts || ratio >= REQUIRED;
        println!(
            "  {kind:<16} ours {own:8.3}   HTCondor {their:8.1}   {ratio:7.1} times faster{verdict}"
        );
    }
    Ok(met)
}

/// µs of ours and of theirs for one name.
fn one(
    map: &Mapfile,
    theirs: &mut Theirs,
    name: &str,
    maps: bool,
    evaluations: usize,
) -> Result<[f64; 2], String> {
    let (mut own, mut their) = (Vec::new(), Vec::new());
    let mut answer = None;
    for _ in 0..BLOCKS {
        let count = 200;
        let began = Instant::now();
        for _ in 0..count {
            black_box(map.lookup(b"*", black_box(name.as_bytes())));
        }
        own.push(began.elapsed().as_secs_f64() * 1e6 / f64::from(count));
        let count = evaluations;
        let (seconds, value) = theirs.time("patterns", count, name)?;
        let (nothing, _) = theirs.time("empty", count, name)?;
        their.push((seconds - nothing).max(0.0) * 1e6 / count as f64);
        answer = value;
    }
    let ours = match map.lookup(b"*", name.as_bytes()) {
        Lookup::Mapped(found) => Some(String::from_utf8_lossy(&found.canonical).into_owned()),
        Lookup::NoMatch { .. } => None,
        Lookup::GaveUp { at, why } => return Err(format!("{at}: {why}")),
    };
    if ours != answer || maps && ours.is_none() {
        return Err(format!(
            "{name} is {ours:?} to ours and {answer:?} to HTCondor"
        ));
    }
    Ok([Sample::new(own).median(), Sample::new(their).median()])
}

fn literals(folder: &Folder, start: &Start<'_>) -> Result<bool, String> {
    let path = write(folder, "literals", &shapes::literals())?;
    let mut theirs = start()?;
    let (mut own, mut their) = (Vec::new(), Vec::new());
    for block in 0..BLOCKS {
        let began = Instant::now();
        let map = load(&path);
        own.push(began.elapsed().as_secs_f64() * 1e3);
        drop(black_box(map));
        their.push(theirs.load(&format!("m{block}"), &path)?.0 * 1e3);
    }
    let (own, their) = (Sample::new(own), Sample::new(their));
    let good = own.median() < LOAD * 1e3;
    println!(
        "\n{LITERALS} lines with literals are loaded in ms: ours median {:.1} (min {:.1}, max {:.1}), HTCondor {:.1} (min {:.1}, \
         max {:.1}); required: below {:.0}: {}",
        own.median(),
        own.min(),
        own.max(),
        their.median(),
        their.min(),
        their.max(),
        LOAD * 1e3,
        if good { "met" } else { "NOT MET" }
    );
    let map = load(&path);
    theirs.load("patterns", &path)?;
    let empty = write(folder, "empty", "")?;
    theirs.load("empty", &empty)?;
    let [own, their] = one(
        &map,
        &mut theirs,
        "user099999@pool.example.org",
        true,
        20_000,
    )?;
    // What is subtracted gives nothing, and that costs Python more than a string does.
    let their = match their {
        0.0 => "too little to tell".to_owned(),
        their => format!("{their:.3}"),
    };
    println!("  the last of them is looked up in µs: ours {own:.3}, HTCondor {their}");
    Ok(good)
}

fn memory(folder: &Folder, start: &Start<'_>) -> Result<(), String> {
    println!(
        "\nBytes of resident memory for each line, by how much a process grows that loads them once:"
    );
    let mut kinds = vec![("literals", shapes::literals(), LITERALS)];
    kinds.extend(
        SHAPES
            .iter()
            .map(|shape| (shape.name, shape.text(), PATTERNS)),
    );
    for (name, text, lines) in kinds {
        let path = write(folder, "memory", &text)?;
        let output = Command::new(std::env::current_exe().map_err(|error| error.to_string())?)
            .arg("--grow")
            .arg(&path)
            .output()
            .map_err(|error| error.to_string())?;
        let own: i64 = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .map_err(|error| format!("{error}"))?;
        let (_, their) = start()?.load("memory", &path)?;
        let each = |bytes: i64| bytes as f64 / lines as f64;
        println!(
            "  {name:<34} {:3} as text, ours {:6.0}, HTCondor {:6.0}",
            text.len() / lines,
            each(own),
            each(their)
        );
    }
    Ok(())
}

/// Bytes of this process that are in memory.
fn resident() -> i64 {
    let text = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("Rss:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes
        .and_then(|number| number.parse::<i64>().ok())
        .unwrap_or(0)
        * 1024
}
