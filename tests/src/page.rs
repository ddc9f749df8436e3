//! A page of the documentation that is run: its commands, in its order, in the root of 25.14.1, and what they print.
//!
//! In a box `sh` the lines are run as they stand. In a box `console` each line with a prompt is run, and what stands below it is
//! what it must print; `…` stands for anything within a line, and alone for any lines.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{User, command, finish};
use crate::wheels;

/// The folder that the page works in.
const FOLDER: &str = "/tmp/recipe";

/// The page's own limit, and ours, which leaves time to end what it started.
const LIMIT: Duration = Duration::from_secs(60);
const ALL: Duration = Duration::from_secs(75);

/// The ports that the page uses begin with these digits and have four.
const PORTS: [&str; 2] = ["84", "96"];

/// The test of the page about SCITOKENS.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let bench = bench.cloned();
    let test = move || match bench {
        Some(bench) => as_it_stands(&bench).map_err(Failed::from),
        None => Ok(()),
    };
    vec![Trial::test("docs/scitokens/25.14.1", test).with_ignored_flag(itself)]
}

/// A command with a prompt.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: String,
    printed: String,
}

/// What a page says, in its order.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Lines(String),
    Step(Step),
}

fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let is_console = match line {
            "```sh" => false,
            "```console" => true,
            line if line.starts_with("```") => {
                lines.by_ref().find(|line| *line == "```");
                continue;
            }
            _ => continue,
        };
        let mut text = String::new();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            match (is_console, line.strip_prefix("$ "), parts.last_mut()) {
                (true, Some(line), _) => parts.push(Part::Step(Step {
                    line: line.to_owned(),
                    printed: String::new(),
                })),
                (true, None, Some(Part::Step(step))) => {
                    let _ = writeln!(step.printed, "{line}");
                }
                _ => {
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        if !is_console {
            parts.push(Part::Lines(text));
        }
    }
    parts
}

/// Whether this was printed.
fn is_like(expected: &[&str], printed: &[&str]) -> bool {
    match (expected.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => {
            (0..=printed.len()).any(|skipped| is_like(rest, &printed[skipped..]))
        }
        (Some((line, rest)), Some((other, more))) => {
            line_is_like(line, other) && is_like(rest, more)
        }
        _ => false,
    }
}

fn line_is_like(expected: &str, printed: &str) -> bool {
    let Some((start, rest)) = expected.split_once('…') else {
        return expected == printed;
    };
    let Some(printed) = printed.strip_prefix(start) else {
        return false;
    };
    let ends = (0..=printed.len()).filter_map(|at| printed.get(at..));
    ends.into_iter().any(|tail| line_is_like(rest, tail))
}

/// Numbers with four digits that begin as the ports do, each with a free port to take its place.
fn ports(page: &str) -> Vec<(String, String)> {
    let numbers: BTreeSet<&str> = page
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|word| PORTS.iter().any(|start| word.starts_with(start)))
        .collect();
    // All at once, so that they differ.
    let listeners: Vec<TcpListener> = numbers
        .iter()
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    numbers
        .into_iter()
        .zip(listeners)
        .map(|(number, listener)| {
            let free = listener.local_addr().unwrap().port();
            (number.to_owned(), free.to_string())
        })
        .collect()
}

fn as_it_stands(bench: &Bench) -> Result<(), String> {
    let roots = &bench.roots;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scitokens.md");
    let page = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parts = parts(&page);
    let ports = ports(&page);
    let folder = roots.folder("page", User::Alice.id(), 0o755);
    let work = format!("{folder}/w");
    let here = |text: &str| {
        let text = ports.iter().fold(text.to_owned(), |text, (port, free)| {
            text.replace(port, free)
        });
        text.replace(FOLDER, &work)
    };
    let there = |text: &str| {
        let text = text.replace(&work, FOLDER);
        ports
            .iter()
            .fold(text, |text, (port, free)| text.replace(free, port))
    };
    let programs = programs(bench, &folder)?;
    let mut script = String::from("trap 'kill $(jobs -p); wait' EXIT\n");
    for part in &parts {
        match part {
            Part::Lines(lines) => script += &here(lines),
            Part::Step(step) => {
                let _ = write!(
                    script,
                    "echo @@begin\n{{ {}\n}} 2>&1\necho @@end\n",
                    here(&step.line)
                );
            }
        }
    }
    let inside = format!("{folder}/script");
    roots.write(&inside, script, 0, 0o644);
    let mut run = command(&roots.root(Release::Newest), User::Alice, "/dev/null");
    run.env("PATH", format!("{programs}:/usr/sbin:/usr/bin:/sbin:/bin"))
        .env("HOME", &folder)
        .args([
            "timeout",
            "-k",
            "5",
            &LIMIT.as_secs().to_string(),
            "bash",
            &inside,
        ]);
    let output = finish(run, ALL);
    let mut told = output.stdout.split("@@begin\n").skip(1);
    let mut differences = String::new();
    for part in &parts {
        let Part::Step(step) = part else { continue };
        let printed = told.next().and_then(|text| text.split("@@end\n").next());
        let printed = there(printed.unwrap_or("(it was not run)\n"));
        let (expected, lines): (Vec<_>, Vec<_>) =
            (step.printed.lines().collect(), printed.lines().collect());
        if !is_like(&expected, &lines) {
            let _ = write!(
                differences,
                "$ {}\n--- on the page\n{}--- printed\n{printed}",
                step.line, step.printed
            );
        }
    }
    let steps = parts.iter().filter(|part| matches!(part, Part::Step(_)));
    if steps.count() < 30 {
        return Err("most of the page is not in boxes that are run".to_owned());
    }
    if differences.is_empty() && output.status == Some(0) && output.stderr.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{differences}--- status {:?}, standard error\n{}",
        output.status,
        there(&output.stderr)
    ))
}

/// A folder with the programs that are not the root's: ours, and those of the package `scitokens`.
fn programs(bench: &Bench, folder: &str) -> Result<String, String> {
    let roots = &bench.roots;
    let mut asked = command(&roots.root(Release::Newest), User::Alice, "/dev/null");
    let version = "import sys; print('%d.%d' % sys.version_info[:2])";
    asked.args(["python3", "-c", version]);
    let asked = finish(asked, LIMIT);
    let wheel = wheels::scitokens(roots.cache(), asked.stdout.trim())?;
    let library = format!("{folder}/scitokens");
    let copied = Command::new("cp")
        .arg("-a")
        .args([&wheel, &roots.host(&library)])
        .status();
    if !copied.is_ok_and(|status| status.success()) {
        return Err(format!("{} cannot be copied", wheel.display()));
    }
    let programs = roots.folder("page/bin", 0, 0o755);
    let ours = bench.subject.command.first().cloned().unwrap_or_default();
    symlink(&ours, roots.host(&format!("{programs}/countersign")))
        .map_err(|error| format!("{ours}: {error}"))?;
    for (name, module) in [
        ("scitokens-admin-create-key", "admin_create_key"),
        ("scitokens-admin-create-token", "admin_create_token"),
        ("scitokens-verify-token", "verify_token"),
    ] {
        let text = format!(
            "#!/bin/sh\nPYTHONPATH={library} exec python3 -c 'from scitokens.tools.{module} import main; main()' \"$@\"\n"
        );
        roots.write(&format!("{programs}/{name}"), text, 0, 0o755);
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes() {
        let page = "```sh\na\nb\n```\ntext\n```\nc\n```\n```console\n$ d\nx\n$ e\n```\n";
        let step = |line: &str, printed: &str| {
            Part::Step(Step {
                line: line.into(),
                printed: printed.into(),
            })
        };
        assert_eq!(
            parts(page),
            [
                Part::Lines("a\nb\n".into()),
                step("d", "x\n"),
                step("e", "")
            ]
        );
    }

    #[test]
    fn what_is_left_open() {
        for (expected, printed, alike) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a … c", "a b b c", true),
            ("a … c", "a b d", false),
            ("…ä", "öä", true),
            ("a\n…\nd", "a\nb\nc\nd", true),
            ("a\n…", "a", true),
            ("a\nb", "a", false),
        ] {
            let lines = |text: &'static str| text.lines().collect::<Vec<_>>();
            assert_eq!(
                is_like(&lines(expected), &lines(printed)),
                alike,
                "{expected}"
            );
        }
    }

    #[test]
    fn ports_of_a_page() {
        let ports = ports("https://localhost:8443/ :9619? 9619 2025 x9620 96200");
        let named: Vec<&str> = ports.iter().map(|(port, _)| &**port).collect();
        assert_eq!(named, ["8443", "9619"]);
    }
}
