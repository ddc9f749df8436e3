//! What stands on the command line besides `-table ALL`.

use super::transports::schedd;
use crate::scenario::{Scenario, View};

fn args(name: &'static str, line: &str) -> View {
    View::Args(name, words(line))
}

fn usage(name: &'static str, line: &str) -> View {
    View::Usage(name, words(line))
}

fn wider(name: &'static str, line: &str, condor: &str) -> View {
    View::Wider(name, words(line), words(condor))
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace()
        .map(|word| word.replace("<empty>", ""))
        .collect()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let at = Scenario::new("command-line/address").views(&[
        args("command-name", "-address @ADDRESS@ DC_NOP"),
        args(
            "command-name-small-letters",
            "-address @ADDRESS@ dc_nop Read",
        ),
        args(
            "command-name-verbose",
            "-address @ADDRESS@ -verbose QUERY_STARTD_ADS UPDATE_STARTD_AD",
        ),
        args("command-number", "-address @ADDRESS@ 60011"),
        args(
            "command-number-table",
            "-address @ADDRESS@ -table 60011 5 0",
        ),
        args(
            "command-number-verbose",
            "-address @ADDRESS@ -verbose 60011",
        ),
        args(
            "command-not-served",
            "-address @ADDRESS@ -verbose QMGMT_WRITE_CMD 99999",
        ),
        args(
            "command-not-served-long",
            "-address @ADDRESS@ -long QMGMT_WRITE_CMD",
        ),
        args("one-level", "-address @ADDRESS@ -table WRITE"),
        args(
            "a-level-twice",
            "-address @ADDRESS@ -table READ read OWNER all",
        ),
        args("no-level-table", "-address @ADDRESS@ -table"),
        args("no-level", "-address @ADDRESS@"),
        args("bad-word", "-address @ADDRESS@ -table FROBNICATE"),
        args(
            "bad-words",
            "-address @ADDRESS@ READ FROBNICATE 007 SOAP DEFAULT CLIENT",
        ),
        args("bad-word-quiet", "-address @ADDRESS@ -quiet FROBNICATE"),
        args("bare-address", "-address <@COLLECTOR@> READ"),
        wider(
            "host-and-port",
            "-address @COLLECTOR@ -table READ",
            "-address <@COLLECTOR@> -table READ",
        ),
        args("no-sinful-string", "-address nonsense -table READ"),
        args("empty-address", "-address <empty> -table READ"),
        args("no-port", "-address <127.0.0.1> -table READ"),
        args("option-prefixes", "-addr @ADDRESS@ -ta READ"),
        args("shortest-prefixes", "-a @ADDRESS@ -v READ"),
        args("double-dashes", "--address @ADDRESS@ --table READ"),
        args("options-after-words", "READ -table -address @ADDRESS@"),
        args(
            "type-beside-address",
            "-type SCHEDD -address @ADDRESS@ -table READ",
        ),
        usage("bad-option", "-address @ADDRESS@ -frob READ"),
        usage("too-short-prefix", "-address @ADDRESS@ -t READ"),
        usage("two-modes", "-address @ADDRESS@ -table -quiet READ"),
        usage("address-without-value", "-address"),
        usage(
            "pool-and-address",
            "-pool @COLLECTOR@ -address @ADDRESS@ READ",
        ),
        usage("address-and-name", "-address @ADDRESS@ -name x READ"),
        usage("bad-type", "-type FROB READ"),
        usage("pool-without-value", "-pool"),
    ]);
    let nowhere = Scenario::new("command-line/no-target")
        .client("COLLECTOR_HOST = 127.0.0.1:1")
        .views(&[
            args("table", "-table READ"),
            args("sentence", "READ"),
            args("quiet", "-quiet READ"),
            args("nothing", ""),
        ]);
    let pool = Scenario::new("command-line/pool").views(&[
        args(
            "collector",
            "-pool @COLLECTOR@ -type COLLECTOR -table READ WRITE",
        ),
        args(
            "collector-sentence",
            "-pool @COLLECTOR@ -type COLLECTOR READ WRITE",
        ),
        args(
            "collector-verbose",
            "-pool @COLLECTOR@ -type COLLECTOR -verbose READ",
        ),
        args(
            "collector-long",
            "-pool @COLLECTOR@ -type COLLECTOR -long READ",
        ),
        args("no-schedd", "-pool @COLLECTOR@ -table READ"),
        args("no-schedd-sentence", "-pool @COLLECTOR@ READ"),
        args("no-startd", "-pool @COLLECTOR@ -type STARTD -table READ"),
        args("no-master", "-pool @COLLECTOR@ -type MASTER -table READ"),
        args(
            "no-such-name",
            "-pool @COLLECTOR@ -name nosuch@pool.example -table READ",
        ),
        args(
            "no-such-name-quiet",
            "-pool @COLLECTOR@ -name nosuch@pool.example -quiet READ",
        ),
        args(
            "unknown-host",
            "-pool no.such.host -type COLLECTOR -table READ",
        ),
    ]);
    let found = Scenario::new("command-line/pool-with-schedd")
        .target(schedd())
        .views(&[
            args(
                "by-type",
                "-pool @COLLECTOR@ -type SCHEDD -name schedd@pool.example -table ALL",
            ),
            args(
                "by-name",
                "-pool @COLLECTOR@ -name schedd@pool.example READ WRITE",
            ),
            args(
                "by-name-verbose",
                "-pool @COLLECTOR@ -name schedd@pool.example -verbose READ",
            ),
            args(
                "no-such-name",
                "-pool @COLLECTOR@ -name nosuch@pool.example -table READ",
            ),
            args(
                "by-name-in-capitals",
                "-pool @COLLECTOR@ -name SCHEDD@POOL.EXAMPLE READ",
            ),
            args("this-host's-master", "-pool @COLLECTOR@ -type MASTER READ"),
        ]);
    let located = Scenario::new("command-line/locate")
        .client("COLLECTOR_HOST = no.such.host, 127.0.0.1:1")
        .views(&[
            args("any", "-type ANY READ"),
            args("any-quiet", "-type ANY -quiet READ"),
            args("generic", "-type GENERIC READ"),
            args("shadow", "-type SHADOW -quiet READ"),
            args("kbdd", "-type KBDD READ"),
            args("negotiator", "-type NEGOTIATOR READ"),
            args("by-address", "-type STARTD -name <@COLLECTOR@> READ"),
            args("by-host-and-port", "-name @COLLECTOR@ -verbose READ"),
            args(
                "collector-by-name",
                "-type COLLECTOR -name @COLLECTOR@ READ",
            ),
            args("unknown-host", "-name no-such-host READ"),
            args("unknown-host-and-port", "-name no.such.host:1 READ"),
            args("empty-name", "-name <empty> READ"),
            args("unknown-pool-quiet", "-pool no.such.host -quiet READ"),
            args("two-pools", "-pool no.such.host,@COLLECTOR@ READ"),
            args(
                "pool-and-name",
                "-pool @COLLECTOR@ -type COLLECTOR -name x READ",
            ),
        ]);
    vec![at, nowhere, pool, found, located]
}
