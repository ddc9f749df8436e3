//! The files in which a local daemon says where it is.
//!
//! Rules: `Daemon::readAddressFile` and `Daemon::readLocalClassAd` of HTCondor 25.14. Both files are somebody else's: they
//! are opened only if they are regular, and read only so far.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use countersign_classad::{ClassAd, parse_assignment};
use countersign_core::sinful::{Sinful, is_tool_address};

/// As much of an address file as is read: it holds an address of at most 16 KiB and a few lines.
const ADDRESS_FILE: u64 = 64 * 1024;

/// As much of a daemon's ad as is read.
const AD_FILE: u64 = 1 << 20;

/// What such a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    /// Where the daemon is.
    pub(super) address: Sinful,
    /// Its `$CondorVersion: … $`.
    pub(super) version: Option<String>,
    /// False if something is missing that HTCondor expects there, so that it looks further.
    pub(super) complete: bool,
}

/// Reads an address file.
pub(super) fn read_address_file(path: &Path) -> Result<Published, String> {
    parse_address_file(&read(path, ADDRESS_FILE)?)
}

/// Reads a daemon's own ad. `attribute` is the one that is looked at before `MyAddress`.
pub(super) fn read_ad_file(path: &Path, attribute: &str) -> Result<Published, String> {
    let bytes = read(path, AD_FILE)?;
    let mut ad = ClassAd::new();
    for line in String::from_utf8_lossy(&bytes).lines().map(str::trim) {
        if line.starts_with("...") {
            break;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, expr) = parse_assignment(line).map_err(|error| error.to_string())?;
        // The ad is looked through once for each: only what is needed is kept.
        if [attribute, "MyAddress", "CondorVersion", "Machine"]
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(&name))
        {
            ad.insert(&name, expr);
        }
    }
    let text = ad
        .get_str(attribute)
        .or_else(|| ad.get_str("MyAddress"))
        .ok_or("it holds no MyAddress")?;
    let version = ad.get_str("CondorVersion").map(str::to_owned);
    Ok(Published {
        address: Sinful::parse(text).map_err(|error| error.to_string())?,
        complete: version.is_some() && ad.get_str("Machine").is_some(),
        version,
    })
}

/// The lines of an address file: the address, the version and the platform, then attributes; or attributes alone. Empty
/// lines and comments are skipped, and what comes after a line that is neither is not read.
fn parse_address_file(bytes: &[u8]) -> Result<Published, String> {
    let text = String::from_utf8_lossy(bytes);
    let (mut plain, mut ad, mut has_keys) = (Vec::new(), ClassAd::new(), false);
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match parse_assignment(line) {
            Ok((name, expr))
                if has_keys
                    || matches!(line.split_once('='), Some((_, rhs)) if rhs.trim_start().starts_with('"')) =>
            {
                has_keys = true;
                if ["MyAddress", "CondorVersion"]
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(&name))
                {
                    ad.insert(&name, expr);
                }
            }
            _ if plain.len() >= 3 => break,
            _ if plain.is_empty() && !is_tool_address(line) => break,
            _ => plain.push(line),
        }
    }
    let address = plain
        .first()
        .copied()
        .or_else(|| ad.get_str("MyAddress"))
        .ok_or("it does not begin with an address")?;
    let version = plain
        .get(1)
        .copied()
        .or_else(|| ad.get_str("CondorVersion"));
    Ok(Published {
        address: Sinful::parse(address).map_err(|error| error.to_string())?,
        version: version.map(str::to_owned),
        complete: true,
    })
}

/// The beginning of a regular file.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| error.to_string();
    let file = File::options()
        .read(true)
        // A FIFO must not hang the reader.
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(words)?;
    if !file.metadata().map_err(words)?.is_file() {
        return Err("it is not a regular file".into());
    }
    let mut content = Vec::new();
    file.take(limit).read_to_end(&mut content).map_err(words)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "$CondorVersion: 25.14.1 2026-10-16 $";

    fn parse(text: &str) -> Result<Published, String> {
        parse_address_file(text.as_bytes())
    }

    #[test]
    fn three_lines_and_more() {
        let three = format!("<127.0.0.1:9618?sock=schedd_1>\n{VERSION}\n$CondorPlatform: X $\n");
        let found = parse(&three).unwrap();
        assert_eq!(found.address.given(), "<127.0.0.1:9618?sock=schedd_1>");
        assert_eq!(found.version.as_deref(), Some(VERSION));
        let more = format!(
            "{three}Machine = \"vm\"\nName = \"s@p\"\nX = false\nMyAddress = \"<1.2.3.4:5>\"\n"
        );
        assert_eq!(parse(&more).unwrap(), found);
        assert_eq!(parse(&three.replace('\n', "\r\n")).unwrap(), found);
        assert_eq!(parse(&format!("# a comment\n\n{three}")).unwrap(), found);
    }

    #[test]
    fn attributes_alone() {
        let found = parse(&format!(
            "MyAddress = \"<127.0.0.1:1>\"\nCondorVersion = \"{VERSION}\"\n"
        ))
        .unwrap();
        assert_eq!(found.address.given(), "<127.0.0.1:1>");
        assert_eq!(found.version.as_deref(), Some(VERSION));
    }

    #[test]
    fn no_newline_and_nothing_else() {
        let found = parse("<127.0.0.1:1>").unwrap();
        assert_eq!((found.address.port(), found.version), (Some(1), None));
    }

    #[test]
    fn what_is_no_address_file() {
        for bad in [
            "",
            "\n\n",
            "garbage\n<127.0.0.1:1>\n",
            "<host:1>\n",
            "<127.0.0.1:1\0>\n",
            "\0<127.0.0.1:1>\n",
            "<127.0.0.1:99999>\n",
            "CondorVersion = \"x\"\n",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn files_that_are_none_or_too_large() {
        let folder =
            std::env::temp_dir().join(format!("countersign-locate-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("address");
        std::fs::write(&path, format!("<127.0.0.1:1>\n{}", "x".repeat(1 << 20))).unwrap();
        assert_eq!(read(&path, ADDRESS_FILE).unwrap().len(), 64 * 1024);
        assert_eq!(read_address_file(&path).unwrap().address.port(), Some(1));
        std::fs::write(&path, "x".repeat(1 << 20)).unwrap();
        assert!(read_address_file(&path).is_err());
        assert!(read_address_file(&folder).is_err());
        assert!(read_address_file(&folder.join("none")).is_err());
        std::fs::write(
            &path,
            "ScheddIpAddr = \"<1.2.3.4:5>\"\nMyAddress = \"<1.2.3.4:6>\"\nX = 1 + 2\nMachine = \"m\"\n",
        )
        .unwrap();
        let found = read_ad_file(&path, "SCHEDDIpAddr").unwrap();
        assert_eq!(found.address.port(), Some(5));
        assert!(!found.complete);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn spoilt_bytes_never_panic() {
        let good = format!("<127.0.0.1:9618?a=b>\n{VERSION}\nx\nName = \"s@p\"\n");
        for at in 0..good.len() {
            for byte in [0, b'"', b'=', b'\n', b'<', b'>', 0xff] {
                let mut bytes = good.clone().into_bytes();
                bytes[at] = byte;
                let _ = parse_address_file(&bytes);
                let _ = parse_address_file(&bytes[..at]);
            }
        }
    }
}
