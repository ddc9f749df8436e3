//! The output of `condor_config_val -dump -expanded`: a selection of what 25.14 prints for its defaults, in its words.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::path::Path;

use countersign_config::{Config, Origin, Sources};

const DUMP: &str = include_str!("fixtures/dump.txt");

#[test]
fn a_dump_gives_the_values_it_shows() {
    let config = Config::load(&Sources::text("dump", DUMP)).unwrap();
    for (name, value) in [
        ("ABORT_ON_EXCEPTION", "false"),
        ("ALLOW_READ", "host.example.org"),
        (
            "CATALOG_SPACE",
            "ifthenelse(\nMappingMethod ?: \"\" != \"Copy\",\n0,\n1\n)",
        ),
        (
            "INTERACTIVE_SUBMIT_ARGS_OVERRIDE",
            "\"-c 'sleep 180 && while test -d ${_CONDOR_SCRATCH_DIR}/x; do /bin/sleep 3; done'\"",
        ),
        (
            "LOCAL_CONFIG_DIR_EXCLUDE_REGEXP",
            r"^((\..*)|(.*\.pl)|(#.*))$",
        ),
        (
            "MODIFY_REQUEST_EXPR_REQUESTDISK",
            "quantize(RequestDisk -     ifthenelse(\n        MappingMethod ?: \"\" != \"Copy\",\n        0\n),\
             {Target.DiskQuantum?:1024})",
        ),
        ("PATTERN", r"C:\dir\"),
        (
            "REMNANT",
            "$$(OPSYS) $$([ 1 + 2 ]) $(not a macro) $NOFUNC(x) #x",
        ),
    ] {
        let setting = config.get(name).unwrap();
        assert_eq!(setting.map(|s| s.value).as_deref(), Some(value), "{name}");
    }
    for name in ["ACCOUNTANT_HOST", "XEN_SCRIPT", "NOT_THERE"] {
        assert_eq!(config.get(name).unwrap(), None, "{name}");
    }
}

#[test]
fn a_dump_stands_for_all_files_but_not_for_the_environment() {
    // LOCAL_CONFIG_FILE names a file that must exist and does not: it is not asked for.
    let sources = Sources::text("dump", DUMP).environment([("_condor_abort_on_exception", "true")]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.files(), [Path::new("dump")]);
    assert_eq!(config.warnings().len(), 1);
    let setting = config.get("ABORT_ON_EXCEPTION").unwrap().unwrap();
    assert_eq!(setting.value, "true");
    assert!(matches!(setting.origin, Origin::Environment { .. }));
    let pattern = config.get("PATTERN").unwrap().unwrap();
    assert!(
        matches!(pattern.origin, Origin::File { line: 20, .. }),
        "{:?}",
        pattern.origin
    );
}
