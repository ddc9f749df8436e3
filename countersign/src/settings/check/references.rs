//! Names that the configuration itself makes use of, which are macros of the site's own.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;

use countersign_config::Config;

/// The most that is read of a file.
const MOST: u64 = 4 << 20;

/// Names in capital letters that are referred to as `$(NAME)`, or in an `if`, `include` or `use` line.
pub(super) fn all(config: &Config) -> HashSet<String> {
    let mut names = HashSet::new();
    for entry in config.dump() {
        of_text(entry.raw, &mut names);
        for former in entry.former {
            of_text(&former.raw, &mut names);
        }
    }
    // Conditions leave nothing behind in the settings. A file that cannot be read now was read before.
    for path in config.files() {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
        if read.is_err() {
            continue;
        }
        for line in String::from_utf8_lossy(&bytes).lines() {
            of_text(line, &mut names);
            let word = line
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .trim_end_matches(':');
            if ["if", "elif", "include", "use", "@include", "@use"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(word))
            {
                words(line, &mut names);
            }
        }
    }
    names
}

fn of_text(text: &str, names: &mut HashSet<String>) {
    for (at, _) in text.match_indices('$') {
        let rest = text.get(at..).unwrap_or_default();
        // A function's arguments may be names as well.
        let Some((_, inside)) = rest.split_once('(') else {
            continue;
        };
        words(inside.split(')').next().unwrap_or_default(), names);
    }
}

fn words(text: &str, names: &mut HashSet<String>) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    for word in text.split(|c| !is_part(c)).filter(|word| !word.is_empty()) {
        names.insert(word.to_ascii_uppercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_seen() {
        let config: Config = "A = $(SEC_ONE:$(SEC_TWO)) $INT(SEC_THREE, x)\nB = SEC_FOUR\n"
            .parse()
            .unwrap();
        let names = all(&config);
        for name in ["SEC_ONE", "SEC_TWO", "SEC_THREE"] {
            assert!(names.contains(name), "{name}");
        }
        assert!(!names.contains("SEC_FOUR"));
    }
}
