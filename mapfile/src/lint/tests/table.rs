//! Single lines and small files, with all that is found in them.

use super::{report, told};
use crate::keys::BareKeys::{self, Literals, Patterns};

/// How names are read, a file, and what is found in it.
type Row = (BareKeys, &'static str, &'static [&'static str]);

const SYNTAX: &[Row] = &[
    (
        Literals,
        "FS\n\nFS alice\n# c\n",
        &["1 error skipped-line", "3 error skipped-line"],
    ),
    (Literals, "FS /(/ x\n", &["1 error bad-pattern"]),
    (Patterns, "FS * \\1\n", &["1 error bad-pattern"]),
    (Literals, "FS a \"b c\n", &["1 error unclosed-field"]),
    (Literals, "FS /a b\n", &["1 error unclosed-field"]),
    (
        Literals,
        "FS a b\r\nFS c d\r\n",
        &["1 error carriage-return"],
    ),
    (
        Literals,
        "FS a\0 b\nFS c d\n",
        &["1 error nul-byte", "1 warning text-after-name"],
    ),
    (
        Literals,
        "FS a b # c\nFS d e f\n",
        &["1 advice text-after-name", "2 warning text-after-name"],
    ),
    (
        Patterns,
        "SSL /DC=org/CN=Jane Doe jane\n",
        &["1 error cut-by-blank"],
    ),
    (
        Literals,
        "SSL /DC=org/CN=Jane jane\n",
        &["1 error early-slash"],
    ),
    (
        Literals,
        "SCITOKENS /^https://issuer.org,x$/ osg\n",
        &["1 error early-slash"],
    ),
    (Literals, "FS /^a$/bob\n", &["1 warning glued-name"]),
];

const NAMES: &[Row] = &[
    (
        Literals,
        "FS /^(a)$/ \\2\nFS b \\1\n",
        &["1 error missing-group", "2 error missing-group"],
    ),
    (Literals, "FS /^a(b)?$/ \\1\n", &["1 warning unset-group"]),
    (Literals, "FS a b\\\n", &["1 error trailing-backslash"]),
    (
        Literals,
        "FS a PLUGIN:x\nSCITOKENS https://a.org,b PLUGIN:\nSCITOKENS https://a.org,c PLUGIN:A\n",
        &["1 error plugin-result", "2 error plugin-result"],
    ),
    (
        Literals,
        "FS a GSS_ASSIST_GRIDMAP\n",
        &["1 warning gridmap-name"],
    ),
    (
        Literals,
        "SSL /.*/ ssl@unmapped\n",
        &["1 advice unmapped-domain"],
    ),
    (
        Literals,
        "TOKEN a b\nKERBROS a b\n* a b\nX a b\n",
        &[
            "1 error unknown-method",
            "2 error unknown-method",
            "3 error unknown-method",
            "4 error unknown-method",
        ],
    ),
    (
        Literals,
        "GSI a b\nIDTOKENS a b\n",
        &["1 warning gone-method", "2 warning never-asked"],
    ),
];

const MODES: &[Row] = &[
    (
        Literals,
        "FS (.*) \\1\n",
        &["1 error literal-like-pattern", "1 error missing-group"],
    ),
    (
        Literals,
        "SCITOKENS ^https://a.org,x$ osg\n",
        &["1 error literal-like-pattern"],
    ),
    (Literals, "SSL \"/O=x/CN=Jane Doe (Robot)\" jane\n", &[]),
    (Patterns, "FS /(.*)/ \\1\n", &["1 error slashes-in-pattern"]),
    (
        Patterns,
        "SSL /^\\/O=x\\/CN=Jane$/i jane\n",
        &["1 error slashes-in-pattern"],
    ),
    (
        Patterns,
        "SSL \"/O=x/CN=Jane (Robot)\" jane\n",
        &["1 warning pattern-misses-itself"],
    ),
];

const STRANGERS: &[Row] = &[
    (
        Literals,
        "SCITOKENS /https:\\/\\/issuer\\.org,.*/ osg\n",
        &["1 error unanchored-start"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer\\.org,/ osg\n",
        &[],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer\\.org,sub$/ osg\n",
        &[],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer\\.org/ osg\n",
        &["1 error open-issuer"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer\\.org.*$/ osg\n",
        &["1 error open-issuer"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer\\.org\\/vo/ osg\n",
        &["1 warning open-issuer"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer\\.org,sub/ osg\n",
        &["1 warning open-end"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,x$|https:\\/\\/b\\.org,x$/ osg\n",
        &["1 error unanchored-start"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a.issuer.org,x$/ osg\n",
        &["1 error unescaped-dot"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer.org,x$/ osg\n",
        &["1 advice unescaped-dot"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/issuer\\.org\\/v1.0,x$/ osg\n",
        &["1 advice unescaped-dot"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/.*\\.issuer\\.org,x$/ osg\n",
        &["1 error wild-host"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/[a-z]*\\.issuer\\.org,x$/ osg\n",
        &[],
    ),
    (
        Literals,
        "SCITOKENS /^.*,sub$/ osg\n",
        &["1 error wild-host"],
    ),
    (Literals, "SCITOKENS /.*/ osg\n", &["1 error catch-all"]),
    (Literals, "SCITOKENS /.*/ PLUGIN:*\n", &[]),
    // To widen a ban lets nobody in.
    (
        Literals,
        "SCITOKENS /issuer.org/ x@banned.htcondor.org\n",
        &[],
    ),
    (Literals, "SCITOKENS /^(?=h)https:\\/\\/a/ osg\n", &[]),
    (
        Literals,
        "SSL /\\/CN=Jane$/ jane\n",
        &["1 error unanchored-start"],
    ),
    (
        Literals,
        "SSL /^\\/CN=Jane/ jane\n",
        &["1 warning open-end"],
    ),
    (Literals, "SSL /^\\/CN=Jane(,|$)/ jane\n", &[]),
    (
        Literals,
        "SSL /^\\/CN=www\\.a\\.org/ www\n",
        &["1 error open-end"],
    ),
    (
        Literals,
        "SSL /^\\/CN=www.a.org$/ www\n",
        &["1 error unescaped-dot"],
    ),
    (
        Literals,
        "GSI /\\/CN=Jane$/ jane\n",
        &["1 warning gone-method", "1 warning unanchored-start"],
    ),
    (
        Literals,
        "KERBEROS /^alice@A\\.ORG/ a\n",
        &["1 warning open-end"],
    ),
    (
        Literals,
        "FS /bob/ bobby\n",
        &["1 warning unanchored-start", "1 warning open-end"],
    ),
    (Literals, "FS /^([a-z]+)/ \\1\n", &["1 warning open-end"]),
    (
        Patterns,
        "FS bob bobby\n",
        &["1 warning unanchored-start", "1 warning open-end"],
    ),
    (Patterns, "FS ^bob$ bobby\n", &[]),
    (
        Literals,
        "CLAIMTOBE alice alice\n",
        &["1 warning unproven-user"],
    ),
    (
        Literals,
        "CLAIMTOBE /(.*)/ \\1\n",
        &["1 error privileged-name", "1 warning unproven-user"],
    ),
    (Literals, "CLAIMTOBE /.*/ anonymous@claimtobe\n", &[]),
    (
        Literals,
        "ANONYMOUS /.*/ joe\n",
        &["1 warning unproven-user"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,(.*)$/ \\1\n",
        &["1 warning privileged-name"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,(.*)$/ vo_\\1\n",
        &[],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,(.*)$/ \\1@vo.org\n",
        &["1 advice privileged-name"],
    ),
    (
        Literals,
        "SCITOKENS /https:\\/\\/a\\.org,x$/ root\n",
        &["1 error unanchored-start", "1 error privileged-name"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,/ condor\n",
        &["1 warning privileged-name"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,x$/ condor\n",
        &[],
    ),
    (Literals, "FS /^(root|condor)$/ \\1\n", &[]),
    (
        Literals,
        "FS /.*/ condor\n",
        &["1 advice catch-all", "1 error privileged-name"],
    ),
    (
        Literals,
        "SSL /^\\/CN=(a+)+$/ slow\n",
        &["1 warning gives-up"],
    ),
];

const REACH: &[Row] = &[
    (
        Literals,
        "FS a x\nFS a y\nfs a x\n",
        &["2 warning shadowed", "3 advice shadowed"],
    ),
    (
        Literals,
        "FS /^a/ x\nFS ab y\nFS b y\n",
        &["1 warning open-end", "2 warning shadowed"],
    ),
    (
        Literals,
        "FS /(.*)/ \\1\nFS /^a$/ y\nFS b y\nSSL b y\n",
        &["2 warning shadowed", "3 warning shadowed"],
    ),
    (
        Literals,
        "FS /^a$/ x\nFS /^a$/ y\nFS /^a$/i z\n",
        &["2 warning shadowed"],
    ),
    (
        Literals,
        "FS /^al/ x\nFS /^alice-[a-z]+$/ y\n",
        &["1 warning open-end", "2 warning shadowed"],
    ),
    (
        Literals,
        "FS alice x\nFS /^alice$/ y\n",
        &["2 warning shadowed"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,/ osg\nSCITOKENS /^https:\\/\\/a\\.org,x$/ x@banned.htcondor.org\n",
        &["2 error shadowed"],
    ),
    (
        Literals,
        "SCITOKENS /^https:\\/\\/a\\.org,x$/ x@banned.htcondor.org\nSCITOKENS /^https:\\/\\/a\\.org,/ osg\n",
        &[],
    ),
];

fn hold(rows: &[Row]) {
    for (keys, text, expected) in rows {
        let report = report(text.as_bytes(), *keys).unwrap();
        assert_eq!(told(&report), *expected, "{text}{report:#?}");
    }
}

#[test]
fn syntax() {
    hold(SYNTAX);
}

#[test]
fn names() {
    hold(NAMES);
}

#[test]
fn modes() {
    hold(MODES);
}

#[test]
fn strangers() {
    hold(STRANGERS);
}

#[test]
fn lines_that_never_match() {
    hold(REACH);
}
