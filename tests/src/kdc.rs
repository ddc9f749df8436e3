//! KERBEROS: a realm for the time of the run, POOL.EXAMPLE, with MIT's KDC on a loopback port.
//!
//! libkrb5 reads `/etc/krb5.conf` of the root that a program runs in. As with munged's folder, this run's is mounted there,
//! for this process and what it starts; everything else stands in that file.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};

use crate::roots::{Release, Roots};
use crate::run::{User, command, finish};

/// The realm.
pub const REALM: &str = "POOL.EXAMPLE";

const START: Duration = Duration::from_secs(20);
const LIMIT: Duration = Duration::from_secs(20);

/// A KDC for as long as this lives.
#[derive(Debug)]
pub struct Kdc(Child);

impl Kdc {
    /// Starts one that both roots see: `host/localhost` has a key in the default keytab, alice has a ticket, and bob has
    /// none. This process has mounts of its own by now, and no other thread runs yet.
    ///
    /// # Errors
    /// What went wrong.
    pub fn everywhere(roots: &Roots) -> Result<Self, String> {
        let folder = roots.folder("kdc", 0, 0o700);
        let public = roots.folder("kerberos", 0, 0o1777);
        let port = free_port()?;
        roots.write(
            &format!("{public}/krb5.conf"),
            configuration(&public, port),
            0,
            0o644,
        );
        roots.write(
            &format!("{folder}/kdc.conf"),
            kdc_configuration(&folder, port),
            0,
            0o600,
        );
        for release in Release::BOTH {
            let there = roots.root(release).join("etc/krb5.conf");
            let ours = roots.host(&format!("{public}/krb5.conf"));
            let nothing = None::<&str>;
            mount(Some(&ours), &there, nothing, MsFlags::MS_BIND, nothing)
                .map_err(|error| format!("mount {}: {error}", there.display()))?;
        }
        let as_root = |program: &[&str], input: &str| in_root(roots, &folder, program, input);
        as_root(
            &[
                "kdb5_util",
                "create",
                "-s",
                "-W",
                "-r",
                REALM,
                "-P",
                "of the run",
            ],
            "",
        )?;
        as_root(
            &["kadmin.local", "-r", REALM],
            &format!(
                "addprinc -randkey host/localhost\naddprinc -randkey gone/localhost\naddprinc -pw secret alice\n\
                 addprinc -pw secret condor/daemon\nktadd -k {public}/keytab host/localhost\n\
                 ktadd -k {public}/gone gone/localhost\n"
            ),
        )?;
        // Should this process be killed, it ends too.
        let child = in_root_command(roots, &folder, &["krb5kdc", "-n", "-r", REALM])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| error.to_string())?;
        let kdc = Self(child);
        let end = Instant::now() + START;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > end {
                return Err("krb5kdc does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // The password on standard input.
        let mut kinit = command(&roots.root(Release::Newest), User::Alice, "/dev/null");
        kinit.args(["sh", "-c", "echo secret | kinit alice"]);
        let output = finish(kinit, LIMIT);
        if output.status != Some(0) {
            return Err(format!("kinit: {}{}", output.stdout, output.stderr));
        }
        Ok(kdc)
    }
}

impl Drop for Kdc {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    Ok(listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .port())
}

fn configuration(public: &str, port: u16) -> String {
    format!(
        "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n \
         dns_canonicalize_hostname = false\n default_keytab_name = FILE:{public}/keytab\n \
         default_ccache_name = FILE:{public}/cache-%{{uid}}\n udp_preference_limit = 1\n\
         [realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n\
         [domain_realm]\n localhost = {REALM}\n",
    )
}

fn kdc_configuration(folder: &str, port: u16) -> String {
    format!(
        "[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n\
         [realms]\n {REALM} = {{\n  database_name = {folder}/principal\n  key_stash_file = {folder}/stash\n  \
         acl_file = {folder}/acl\n }}\n"
    )
}

fn in_root_command(roots: &Roots, folder: &str, program: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "chroot"])
        .arg(roots.root(Release::Newest))
        .args(program)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("KRB5_KDC_PROFILE", format!("{folder}/kdc.conf"))
        .current_dir("/")
        .stdin(Stdio::null());
    command
}

fn in_root(roots: &Roots, folder: &str, program: &[&str], input: &str) -> Result<(), String> {
    let mut child = in_root_command(roots, folder, program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(input.as_bytes())
            .map_err(|error| error.to_string())?;
    }
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{program:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
