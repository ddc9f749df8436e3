//! The certificates of authorities.
//!
//! Rule: `setup_ssl_ctx` in HTCondor. Of a list of files the last one that can be read counts. A folder holds files that
//! `c_rehash` named. The system's own authorities come on top.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use countersign_methods::ssl::{TlsFault, Trust};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The largest file that is read, in bytes.
pub(super) const MAX_FILE: u64 = 16 << 20;

/// The most files of a folder.
const MAX_FILES: usize = 10_000;

/// Where the system's authorities are, the first that is there: Debian, Red Hat, SUSE, Alpine and the BSDs, OpenSSL.
const SYSTEM: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/lib/ssl/cert.pem",
];

/// Where authorities are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthoritySources {
    /// What the settings are called: `AUTH_SSL_CLIENT`.
    pub prefix: String,
    /// AUTH_SSL_x_CAFILE.
    pub files: Vec<PathBuf>,
    /// AUTH_SSL_x_CADIR.
    pub folder: Option<PathBuf>,
    /// AUTH_SSL_x_USE_DEFAULT_CAS.
    pub system: bool,
}

impl AuthoritySources {
    /// Every path on which the outcome depends.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let mut paths = self.files.clone();
        paths.extend(self.folder.clone());
        if self.system {
            paths.extend(system());
        }
        paths
    }

    /// Reads them all.
    pub(super) fn load(&self) -> Result<Trust, TlsFault> {
        let mut trust = Trust::default();
        let fault = |knob: &str, path: &Path, problem: String| TlsFault {
            setting: format!("{}_{knob}", self.prefix),
            problem: format!("{}: {problem}", path.display()),
        };
        let readable = |path: &&PathBuf| super::super::secure_file::open(path).is_ok();
        if let Some(path) = self.files.iter().rev().find(readable) {
            let certificates =
                certificates(path).map_err(|problem| fault("CAFILE", path, problem))?;
            if certificates.is_empty() {
                return Err(fault(
                    "CAFILE",
                    path,
                    "it holds no certificate in PEM".into(),
                ));
            }
            trust.add(path.display().to_string(), certificates);
        }
        if let Some(folder) = &self.folder {
            let certificates =
                folder_of(folder).map_err(|problem| fault("CADIR", folder, problem))?;
            trust.add(folder.display().to_string(), certificates);
        }
        if self.system
            && let Some(path) = system().into_iter().find(|path| path.exists())
        {
            // As with OpenSSL, the system's are no error if they cannot be read.
            let certificates = if path.is_dir() {
                folder_of(&path)
            } else {
                certificates(&path)
            };
            trust.add(path.display().to_string(), certificates.unwrap_or_default());
        }
        Ok(trust)
    }
}

/// The system's candidates: what OpenSSL's variables name, or else the usual places.
fn system() -> Vec<PathBuf> {
    let named: Vec<PathBuf> = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(std::env::var_os)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect();
    if named.is_empty() {
        SYSTEM.map(PathBuf::from).to_vec()
    } else {
        named
    }
}

/// The certificates in a file of PEM. What is none is passed over.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(path)?;
    Ok(CertificateDer::pem_slice_iter(&text)
        .filter_map(Result::ok)
        .collect())
}

/// A file, whole.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let file = super::super::secure_file::open(path).map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a regular file".into());
    }
    let mut text = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_FILE {
        return Err(format!("it is larger than {MAX_FILE} bytes"));
    }
    Ok(text)
}

/// The certificates in the files of a folder that are named by a hash, as `c_rehash` does.
fn folder_of(folder: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut names: Vec<_> = entries
        .take(MAX_FILES)
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| is_hashed(name))
        .collect();
    names.sort();
    Ok(names
        .iter()
        .filter_map(|name| certificates(&folder.join(name)).ok())
        .flatten()
        .collect())
}

/// `01234567.0`, say.
fn is_hashed(name: &OsStr) -> bool {
    let Some((hash, number)) = name.to_str().and_then(|name| name.split_once('.')) else {
        return false;
    };
    hash.len() == 8
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifo_hangs_nobody() {
        let folder = std::env::temp_dir().join(format!("authorities-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let fifo = folder.join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let sources = AuthoritySources {
            prefix: "AUTH_SSL_CLIENT".into(),
            files: vec![fifo.clone()],
            ..AuthoritySources::default()
        };
        let fault = sources.load().unwrap_err();
        assert!(fault.problem.contains("not a regular file"), "{fault}");
        let own = super::super::CertificateSources {
            prefix: "AUTH_SSL_SERVER".into(),
            certificates: vec![fifo.clone()],
            keys: vec![fifo],
        };
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        assert!(own.load(&provider).is_err());
        assert!(own.none().problem.contains("readable"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn names_by_hash() {
        for (name, expected) in [
            ("0a1b2c3d.0", true),
            ("0a1b2c3d.12", true),
            ("0a1b2c3d.r0", false),
            ("0a1b2c3d.", false),
            ("0a1b2c3.0", false),
            ("ca.pem", false),
        ] {
            assert_eq!(is_hashed(OsStr::new(name)), expected, "{name}");
        }
    }
}
