//! ARCH, OPSYS and their like, as HTCondor names platforms (`condor_sysapi/arch.cpp`).

use std::fs::File;
use std::io::Read as _;

use rustix::system::uname;

/// Files whose first line may name the distribution.
const ISSUES: [&str; 4] = [
    "/etc/issue",
    "/etc/redhat-release",
    "/etc/system-release",
    "/etc/issue.net",
];

/// What in a distribution's line, in lower case, gives which name; all words must be there.
const DISTRIBUTIONS: [(&[&str], &str); 13] = [
    (&["red", "hat"], "RedHat"),
    (&["fedora"], "Fedora"),
    (&["ubuntu"], "Ubuntu"),
    (&["debian"], "Debian"),
    (&["scientific", "cern"], "SLCern"),
    (&["scientific", "slf"], "SLFermi"),
    (&["scientific"], "SL"),
    (&["centos"], "CentOS"),
    (&["rocky"], "Rocky"),
    (&["almalinux"], "AlmaLinux"),
    (&["amazon linux"], "AmazonLinux"),
    (&["opensuse"], "openSUSE"),
    (&["suse"], "SUSE"),
];

/// What HTCondor finds out about the platform.
pub(super) fn detect() -> Vec<(&'static str, String)> {
    let system = uname();
    let text = |name: &std::ffi::CStr| name.to_string_lossy().into_owned();
    let machine = text(system.machine());
    let long = distribution();
    let name = name_of(&long);
    let (major, minor) = version_of(&long);
    let mut values = vec![
        ("ARCH", arch(&machine).to_owned()),
        ("UNAME_ARCH", machine.clone()),
        ("OPSYS", "LINUX".to_owned()),
        ("OPSYSANDVER", format!("{name}{major}")),
        ("UNAME_OPSYS", text(system.sysname())),
        ("OPSYSNAME", name.to_owned()),
        ("OPSYSLONGNAME", long.clone()),
        ("OPSYSSHORTNAME", name.to_owned()),
        ("OPSYSLEGACY", "LINUX".to_owned()),
        ("UTSNAME_SYSNAME", text(system.sysname())),
        ("UTSNAME_NODENAME", text(system.nodename())),
        ("UTSNAME_RELEASE", text(system.release())),
        ("UTSNAME_VERSION", text(system.version())),
        ("UTSNAME_MACHINE", machine),
    ];
    if major > 0 {
        values.push(("OPSYSVER", (major * 100 + minor).to_string()));
        values.push(("OPSYSMAJORVER", major.to_string()));
    }
    values
}

fn arch(machine: &str) -> &str {
    match machine {
        "i86pc" | "i686" | "i586" | "i486" | "i386" => "INTEL",
        "ia64" => "IA64",
        "x86_64" | "amd64" => "X86_64",
        "Power Macintosh" | "ppc" | "ppc32" => "PPC",
        "ppc64" => "PPC64",
        other => other,
    }
}

/// The beginning of a file.
fn beginning(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(4096)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name of the distribution: the first line of the first file that names a known one, else what os-release calls pretty.
fn distribution() -> String {
    for path in ISSUES {
        let Some(text) = beginning(path) else {
            continue;
        };
        let line = cleaned(text.lines().next().unwrap_or("Unknown"));
        if name_of(line) != "LINUX" {
            return line.to_owned();
        }
    }
    let release = beginning("/etc/os-release").unwrap_or_default();
    release
        .lines()
        .find(|line| line.contains("PRETTY_NAME"))
        .and_then(|line| line.split('"').nth(1))
        .map_or_else(|| "Unknown".to_owned(), str::to_owned)
}

/// Without the blanks and the placeholders for a terminal's name at the end.
fn cleaned(line: &str) -> &str {
    let mut line = line.trim_end();
    while let Some(rest) = line
        .strip_suffix("\\n")
        .or_else(|| line.strip_suffix("\\l"))
        && !rest.is_empty()
    {
        line = rest.trim_end();
    }
    line
}

fn name_of(line: &str) -> &'static str {
    let line = line.to_ascii_lowercase();
    let mut known = DISTRIBUTIONS.iter();
    known
        .find(|(words, _)| words.iter().all(|word| line.contains(word)))
        .map_or("LINUX", |(_, name)| name)
}

/// The first number in a line and at most two digits behind its dot.
fn version_of(line: &str) -> (u32, u32) {
    let rest = line.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = |text: &str, most: usize| {
        let end = text
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        text.get(..end).unwrap_or("").to_owned()
    };
    let major = digits(rest, 6);
    let behind = rest
        .get(major.len()..)
        .and_then(|rest| rest.strip_prefix('.'));
    let minor = behind.map_or_else(String::new, |behind| digits(behind, 2));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_distributions() {
        for (line, name, version) in [
            ("Debian GNU/Linux 13 \\n \\l", "Debian", (13, 0)),
            ("Debian GNU/Linux forky/sid", "Debian", (0, 0)),
            ("Ubuntu 22.04.4 LTS \\n \\l", "Ubuntu", (22, 4)),
            (
                "AlmaLinux release 9.4 (Seafoam Ocelot)",
                "AlmaLinux",
                (9, 4),
            ),
            ("Something 3.14159", "LINUX", (3, 14)),
        ] {
            let line = cleaned(line);
            assert!(!line.contains('\\'));
            assert_eq!((name_of(line), version_of(line)), (name, version), "{line}");
        }
    }
}
