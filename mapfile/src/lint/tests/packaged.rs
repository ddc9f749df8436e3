//! Files as they are packaged, documented and passed around.

use std::path::{Path, PathBuf};

use super::{Report, report, report_of, told};
use crate::files::MemoryFiles;
use crate::keys::BareKeys::{Literals, Patterns};
use crate::lint::{Access, Host, NoHost, Severity};

/// HTCondor-CE's folders, with these lines of the site's own.
fn computing_element(site: &str, bans: &str) -> MemoryFiles {
    MemoryFiles::default()
        .with(
            "/etc/condor-ce/condor_mapfile",
            "# Mapfile\n\n@include /etc/condor-ce/mapfiles.d/\n\n@include /usr/share/condor-ce/mapfiles.d/\n",
        )
        .with("/etc/condor-ce/mapfiles.d/10-scitokens.conf", site)
        .with(
            "/etc/condor-ce/mapfiles.d/10-ssl.conf",
            "# SSL /<DISTINGUISHED NAME>/ <USERNAME>\n#\n",
        )
        .with("/etc/condor-ce/mapfiles.d/90-ban.conf", bans)
        .with(
            "/usr/share/condor-ce/mapfiles.d/50-common-default.conf",
            "###\n\nCLAIMTOBE /.*/ anonymous@claimtobe\nFS /(.*)/ \\1\n",
        )
}

fn of(files: &MemoryFiles) -> Report {
    report_of(files, "/etc/condor-ce/condor_mapfile", Literals, &NoHost)
}

#[test]
fn what_htcondor_ce_packages_is_left_alone() {
    let report = of(&computing_element("# nothing yet\n", "# nobody\n"));
    assert_eq!(told(&report), [""; 0]);
    assert!(report.undecided.is_empty());
    assert_eq!(report.summary.files, 5);
}

#[test]
fn what_its_comments_propose() {
    let site = "SCITOKENS /^https:\\/\\/scitokens.org\\/osg-connect,.*/ osg\nSSL /.*,\\/GLOW\\/Role=htpc.*/ glow\n";
    let ban = "SCITOKENS /^https\\:\\/\\/scitokens\\.org\\/osg\\-connect,/ osgpilot@banned.htcondor.org\n";
    let report = of(&computing_element(site, ban));
    let told = told(&report);
    assert_eq!(
        told,
        [
            "1 advice unescaped-dot",
            "2 advice unanchored-start",
            "1 error shadowed"
        ],
        "the ban of its own example comes too late"
    );
    assert_eq!(report.worst(), Some(Severity::Error));
}

/// Without CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS, which HTCondor-CE sets, its own lines are of no use.
#[test]
fn the_other_reading_of_it() {
    let files = computing_element("", "");
    let report = report_of(&files, "/etc/condor-ce/condor_mapfile", Patterns, &NoHost);
    let expected = ["3 error slashes-in-pattern", "4 error slashes-in-pattern"];
    assert_eq!(told(&report), expected);
}

#[test]
fn an_old_one_of_grid_certificates() {
    let text = "GSI \"^/DC=org/DC=grid/O=Open Grid/OU=Services/CN=(host\\/)?([a-zA-Z0-9\\.-]+)$\" \\2@daemon.grid.org\n\
                GSI \"^/DC=org/DC=common/.*/CN=([a-zA-Z0-9\\.-]+)$\" \\1@daemon.grid.org\n\
                GSI (.*) GSS_ASSIST_GRIDMAP\nGSI (.*) anonymous@gsi\nCLAIMTOBE .* anonymous@claimtobe\nFS (.*) \\1\n";
    let report = report(text.as_bytes(), Patterns).unwrap();
    assert_eq!(
        told(&report),
        [
            "1 warning gone-method",
            "1 advice privileged-name",
            "2 warning gone-method",
            "2 advice privileged-name",
            "3 warning gone-method",
            "3 warning catch-all",
            "3 warning gridmap-name",
            "4 warning gone-method",
            "4 warning shadowed",
        ]
    );
}

/// Copied out of a terminal, the groups' numbers lost.
#[test]
fn one_from_a_page_about_glideins() {
    let text = "GSI \"(/CN=[-.A-Za-z0-9/= ]+)\" \\\nCLAIMTOBE .* anonymous@claimtobe\nFS \"^(root|condor)$\" \\\n\
                FS \"(.*)\" \\1\n";
    let report = report(text.as_bytes(), Patterns).unwrap();
    assert_eq!(
        told(&report),
        [
            "1 warning gone-method",
            "1 warning unanchored-start",
            "1 warning open-end",
            "1 error trailing-backslash",
            "3 error trailing-backslash",
        ]
    );
}

/// What HTCondor does without a mapfile, as its manual writes it.
#[test]
fn the_lines_of_the_manual() {
    let text = "FS (.*) \\1\nFS_REMOTE (.*) \\1\nSSL (.*) ssl@unmapped\nKERBEROS ([^/]*)/?[^@]*@(.*) \\1@\\2\n\
                NTSSPI (.*) \\1\nMUNGE (.*) \\1\nCLAIMTOBE (.*) \\1\nSCITOKENS ^https://phys\\.uz\\.edu, PLUGIN:A\n\
                SCITOKENS .* PLUGIN:B,C\n";
    let report = report(text.as_bytes(), Patterns).unwrap();
    assert_eq!(
        told(&report),
        [
            "3 advice unmapped-domain",
            "7 error privileged-name",
            "7 warning unproven-user",
        ]
    );
}

#[test]
fn includes() {
    let files = MemoryFiles::default()
        .with(
            "/m/map",
            "@include gone\n@include\n@include one\n@include one\n",
        )
        .with("/m/one", "FS a x\n@include two\n");
    let report = report_of(&files, "/m/map", Literals, &NoHost);
    assert_eq!(
        told(&report),
        [
            "1 error unreadable-include",
            "2 error empty-include",
            "1 advice included-twice",
            "2 error nested-include",
        ]
    );
}

/// A host on which one path is written by others.
struct Shared(&'static str, Access);

impl Host for Shared {
    fn access(&self, path: &Path) -> Option<Access> {
        let own = Access {
            mode: 0o755,
            owner: 0,
            group: 0,
            trusted: true,
        };
        Some(if path == Path::new(self.0) {
            self.1
        } else {
            own
        })
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        Some(path.to_owned())
    }
}

#[test]
fn who_may_write_them() {
    let files = MemoryFiles::default()
        .with("/m/map", "@include d/one\n")
        .with("/m/d/one", "FS a x\n");
    let with = |path, mode, group, trusted| {
        let access = Access {
            mode,
            owner: 7,
            group,
            trusted,
        };
        told(&report_of(
            &files,
            "/m/map",
            Literals,
            &Shared(path, access),
        ))
    };
    assert_eq!(with("/m/map", 0o644, 0, true), [""; 0]);
    assert_eq!(with("/m/map", 0o664, 0, true), [""; 0]);
    assert_eq!(
        with("/m/map", 0o664, 5, true),
        ["1 warning writable-by-others"]
    );
    assert_eq!(
        with("/m/d/one", 0o666, 0, true),
        ["1 error writable-by-others"]
    );
    assert_eq!(with("/m/d", 0o777, 0, true), ["1 error writable-by-others"]);
    assert_eq!(with("/m", 0o1777, 0, true), [""; 0]);
    assert_eq!(with("/", 0o755, 0, false), ["1 warning foreign-owner"]);
}
