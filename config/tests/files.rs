//! Which files are read, in which order, and what is said when one cannot be.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};

use countersign_config::{Config, ConfigError, Origin, Sources, SyntaxError};

/// A directory that goes away with the test.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Dir(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text.replace("%D", self.0.to_str().unwrap())).unwrap();
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn get(config: &Config, name: &str) -> String {
    let setting = config.get(name).unwrap();
    setting.map_or_else(|| "(none)".to_owned(), |s| s.value)
}

fn message(error: &ConfigError) -> String {
    error.to_string()
}

#[test]
fn the_order_is_htcondors() {
    // condor_config_val 25.14 prints the same for the same files.
    let dir = Dir::new("order");
    let root = dir.write(
        "condor_config",
        "LOCAL_CONFIG_DIR = %D/d1, %D/missing\nLOCAL_CONFIG_FILE = %D/l1 %D/l2\nSEEN = root\n",
    );
    for name in [
        "00-a", "00-B", "10-b", "x.sh", "y~", ".hid", "z.rpmnew", "#q",
    ] {
        dir.write(&format!("d1/{name}"), &format!("SEEN = $(SEEN) {name}\n"));
    }
    fs::create_dir(dir.0.join("d1/sub")).unwrap();
    std::os::unix::fs::symlink("/nonexistent", dir.0.join("d1/50-dangling")).unwrap();
    dir.write("d2/f", "SEEN = $(SEEN) d2\n");
    dir.write("l1", "SEEN = $(SEEN) l1\nLOCAL_CONFIG_FILE = %D/l3 %D/l1\n");
    dir.write("l2", "SEEN = $(SEEN) l2\n");
    dir.write("l3", "SEEN = $(SEEN) l3\nLOCAL_CONFIG_DIR = %D/d2\n");
    let user = dir.write("home/.condor/user_config", "SEEN = $(SEEN) user\n");

    let sources = Sources::file(&root)
        .home(dir.0.join("home"))
        .environment([("_CoNdOr_seen", "  $(SEEN) env")]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(
        get(&config, "SEEN"),
        "root 00-B 00-a 10-b l1 l3 d2 user env"
    );
    assert_eq!(config.files().last(), Some(&user));
    assert_eq!(get(&config, "CONFIG_ROOT"), dir.0.to_str().unwrap());

    let config = Config::load(&sources.superuser(true)).unwrap();
    assert_eq!(get(&config, "SEEN"), "root 00-B 00-a 10-b l1 l3 d2 env");
}

#[test]
fn the_root_is_searched_for() {
    let dir = Dir::new("search");
    let tilde = dir.write("tilde/condor_config", "WHERE = tilde\n");
    let places = || [dir.0.join("etc"), dir.0.join("local")];
    let search = || Sources::search().directories(places());
    let error = Config::load(&search()).unwrap_err();
    assert!(matches!(&error, ConfigError::NoRoot { searched } if searched.len() == 2));

    let home = [(
        "TILDE",
        tilde.parent().unwrap().to_str().unwrap().to_owned(),
    )];
    let config = Config::load(&search().builtins(home)).unwrap();
    assert_eq!(get(&config, "WHERE"), "tilde");

    dir.write("local/condor_config", "WHERE = local\n");
    assert_eq!(get(&Config::load(&search()).unwrap(), "WHERE"), "local");

    let named = search().environment([("CONDOR_CONFIG", tilde.to_str().unwrap())]);
    assert_eq!(get(&Config::load(&named).unwrap(), "WHERE"), "tilde");
    let none = search().environment([("CONDOR_CONFIG", "only_env"), ("_CONDOR_A", "1")]);
    let config = Config::load(&none).unwrap();
    assert_eq!(
        (get(&config, "WHERE"), get(&config, "A")),
        ("(none)".into(), "1".into())
    );
    for bad in ["/nonexistent/x", "", dir.0.to_str().unwrap()] {
        let error = Config::load(&search().environment([("CONDOR_CONFIG", bad)])).unwrap_err();
        assert!(matches!(error, ConfigError::Read { .. }), "{bad}: {error}");
    }
    let error = Config::load(&search().environment([("CONDOR_CONFIG", "/bin/x|")])).unwrap_err();
    assert!(
        matches!(error, ConfigError::CommandRefused { .. }),
        "{error}"
    );
}

#[test]
fn what_is_included_again_and_again_ends() {
    let dir = Dir::new("again");
    let long = dir.write("long", &format!("# {}\n", "x".repeat(6 << 20)));
    let root = format!("include : {}\n", long.display()).repeat(20);
    let error = Config::load(&Sources::text("root", root)).unwrap_err();
    assert!(
        matches!(&error, ConfigError::TooMuchText { origin, .. } if origin.line() == Some(11)),
        "{error}"
    );
    let folders = format!("include : {}\n", dir.0.display()).repeat(2000);
    let error = Config::load(&Sources::text("root", folders)).unwrap_err();
    assert!(matches!(error, ConfigError::TooManyFiles { .. }), "{error}");
}

#[test]
fn a_local_file_must_exist_unless_said_otherwise() {
    let text = "LOCAL_CONFIG_FILE = /nonexistent/local\n";
    let error = Config::load(&Sources::text("root", text)).unwrap_err();
    let shown = message(&error);
    assert!(
        shown.contains("/nonexistent/local") && shown.contains("root, line 1"),
        "{shown}"
    );
    let text = format!("{text}REQUIRE_LOCAL_CONFIG_FILE = false\n");
    assert!(Config::load(&Sources::text("root", text)).is_ok());
}

#[test]
fn what_cannot_be_read_names_its_place() {
    for (text, what) in [
        ("A = 1\nuse NOPE : Personal\n", "`use NOPE`"),
        ("A = 1\nuse ROLE : Nope\n", "ROLE:Nope"),
        ("\nif a b + c\n", "expressions"),
        ("\nif true\n", "`endif`"),
        ("\nif true\nA = 1\n", "`endif`"),
        ("\nuse security recommended\n", "lacks a colon"),
        ("\ninclude /etc/x\n", "lacks a colon"),
        ("\nelse\n", "no `if`"),
        ("A=1\ninclude : /nonexistent/x\n", "/nonexistent/x"),
        ("A=1\ninclude command : /bin/x y\n", "`/bin/x y`"),
        ("A=1\ninclude : /bin/x |\n", "--run-config-commands"),
        ("A=1\nLOCAL_CONFIG_FILE = /bin/x |\n", "not run"),
    ] {
        let error = Config::load(&Sources::text("the/file", text)).unwrap_err();
        let shown = message(&error);
        assert!(shown.contains("the/file, line 2"), "{shown}");
        assert!(shown.contains(what), "{shown}");
    }
    // A function matters only to who looks the value up.
    let config: Config = "A = $INT(B)\nB = x\n".parse().unwrap();
    assert_eq!(get(&config, "B"), "x");
    let shown = message(&config.get("A").unwrap_err());
    assert!(
        shown.contains("$INT(B)") && shown.contains("line 1"),
        "{shown}"
    );
}

#[test]
fn includes_are_read_where_they_stand() {
    let dir = Dir::new("include");
    dir.write("two", "B = $(A)2\ninclude ifexist : %D/none\nHERE = two\n");
    dir.write("loop", "N = $(N)x\ninclude : $(CONFIG_ROOT)/loop\n");
    let root = dir.write(
        "root",
        "A = 1\ninclude : $(CONFIG_ROOT)/two\nA = 3\nif defined A\nC = yes\nelse\nC = no\nendif\n",
    );
    let config = Config::load(&Sources::file(&root)).unwrap();
    assert_eq!(
        (get(&config, "B"), get(&config, "C")),
        ("32".into(), "yes".into())
    );
    let places: Vec<String> = config
        .get("HERE")
        .unwrap()
        .unwrap()
        .origin
        .chain()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        places,
        [
            format!("{}/two, line 3", dir.0.display()),
            format!("{}/root, line 2", dir.0.display()),
        ]
    );
    let former = config.get("A").unwrap().unwrap().former;
    assert_eq!(
        former.iter().map(|f| f.raw.as_str()).collect::<Vec<_>>(),
        ["1"]
    );

    let error = Config::load(&Sources::file(dir.0.join("loop"))).unwrap_err();
    assert!(matches!(error, ConfigError::TooDeep { .. }), "{error}");
}

#[test]
fn a_file_that_may_be_missing_and_cannot_be_read() {
    let dir = Dir::new("passed-over");
    let folder = dir.0.join("folder/in/the/way");
    fs::create_dir_all(&folder).unwrap();
    // A pipe is there and is not read, whoever asks.
    let pipe = dir.0.join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    let text = format!(
        "include ifexist : {0}/nothing\ninclude ifexist : {0}/pipe\nREQUIRE_LOCAL_CONFIG_FILE = False\n\
         LOCAL_CONFIG_FILE = {0}/pipe {0}/nothing\n",
        dir.0.display()
    );
    let config = Config::load(&Sources::text("root", text)).unwrap();
    let told: Vec<String> = config
        .passed_over()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("/pipe (root, line 2)") && told[1].contains("root, line 4"),
        "{told:?}"
    );
}

#[test]
fn what_was_set_in_a_running_daemon() {
    let dir = Dir::new("persistent");
    dir.write("p/.config.SCHEDD", "A = set\nRUNTIME_CONFIG_ADMIN = one\n");
    dir.write("p/.config.SCHEDD.one", "B = $(A) too\n");
    let text = format!(
        "ENABLE_PERSISTENT_CONFIG = True\nPERSISTENT_CONFIG_DIR = {}/p\nA = file\n",
        dir.0.display()
    );
    let load = |subsystem: &str, text: &str| {
        Config::load(&Sources::text("root", text).subsystem(subsystem))
    };
    let config = load("SCHEDD", &text).unwrap();
    assert_eq!(
        (get(&config, "A"), get(&config, "B")),
        ("set".into(), "set too".into())
    );
    assert_eq!(get(&load("TOOL", &text).unwrap(), "A"), "file");
    let off = text.replace("True", "False");
    assert_eq!(get(&load("SCHEDD", &off).unwrap(), "A"), "file");
    fs::remove_file(dir.0.join("p/.config.SCHEDD.one")).unwrap();
    let error = load("SCHEDD", &text).unwrap_err();
    assert!(message(&error).contains("RUNTIME_CONFIG_ADMIN"), "{error}");
}

#[test]
fn commands_are_run_when_asked_for() {
    let text = "include command : echo A = $HOME\ninclude ifexist command : /nonexistent\nB @=end\nx\n@end\n\
                include command into /nonexistent/kept : printf C=%s\\n c\n";
    let sources = Sources::text("root", text).environment([("PATH", "/usr/bin:/bin")]);
    let sources = sources.run_commands(std::time::Duration::from_secs(20));
    let config = Config::load(&sources).unwrap();
    assert_eq!(
        (get(&config, "A"), get(&config, "C")),
        ("$HOME".into(), "c".into())
    );
    let shown = config.get("A").unwrap().unwrap().origin.to_string();
    assert_eq!(
        shown,
        "line 1 of what the command `echo A = $HOME |` printed (root, line 1)"
    );
    let failing = Sources::text("root", "LOCAL_CONFIG_FILE = false |\n")
        .environment([("PATH", "/usr/bin:/bin")]);
    let failing = failing.run_commands(std::time::Duration::from_secs(20));
    let shown = message(&Config::load(&failing).unwrap_err());
    assert!(
        shown.contains("status 0") && shown.contains("root, line 1"),
        "{shown}"
    );
}

#[test]
fn statements_that_end_or_comment_the_reading() {
    let error = "A = x\nerror : no $(A) here\n"
        .parse::<Config>()
        .unwrap_err();
    assert!(matches!(&error, ConfigError::Stated { message, .. } if message == "no x here"));
    let config: Config = "warning : w\nB : colon\nC FOO = words\n# é\n"
        .parse()
        .unwrap();
    assert_eq!(config.warnings().len(), 3);
    assert_eq!(
        (get(&config, "B"), get(&config, "C")),
        ("colon".into(), "words".into())
    );
    let error = "#opt:strict\nB : colon\n".parse::<Config>().unwrap_err();
    assert!(matches!(
        error,
        ConfigError::Syntax {
            cause: SyntaxError::ColonAssignment { .. },
            ..
        }
    ));
    let error = "A @=x\nfoo\n".parse::<Config>().unwrap_err();
    assert!(matches!(
        error,
        ConfigError::Syntax {
            cause: SyntaxError::UnclosedHeredoc { .. },
            ..
        }
    ));
}

#[test]
fn debug_shows_no_value() {
    let text = "SEC_KEY = hunter2\nwarning : $(SEC_KEY)\nA B = hunter2\n";
    let sources = Sources::text("root", text).environment([("X", "hunter2")]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.warnings().len(), 2);
    for shown in [format!("{sources:?}"), format!("{config:?}")] {
        assert!(
            shown.contains("root") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}

#[test]
fn encodings() {
    let dir = Dir::new("encoding");
    let path = dir.0.join("latin1");
    fs::write(&path, b"# caf\xe9\nA = 1\n").unwrap();
    assert_eq!(get(&Config::load(&Sources::file(&path)).unwrap(), "A"), "1");
    fs::write(&path, b"A = caf\xe9\n").unwrap();
    let error = Config::load(&Sources::file(&path)).unwrap_err();
    assert!(matches!(
        error,
        ConfigError::Syntax {
            cause: SyntaxError::NotUtf8,
            ..
        }
    ));
    let error = Config::load(&Sources::file(&dir.0)).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error}");
    // HTCondor refuses these too, a comment behind the mark included.
    for (content, hint) in [
        (&b"\xef\xbb\xbfA = 1\n"[..], "UTF-8 without one"),
        (b"\xef\xbb\xbf# text\nA = 1\n", "UTF-8 without one"),
        (b"\xff\xfeA\0\n\0", "UTF-16"),
    ] {
        fs::write(&path, content).unwrap();
        let shown = message(&Config::load(&Sources::file(&path)).unwrap_err());
        assert!(
            shown.contains("byte order mark") && shown.contains(hint),
            "{shown}"
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_named_in_full() {
    let error = Config::load(&Sources::file("no-such/file")).unwrap_err();
    let here = std::env::current_dir().unwrap().join("no-such/file");
    let shown = message(&error);
    assert!(
        shown.contains(&format!("no file no-such/file, that is {}", here.display())),
        "{shown}"
    );
}

#[test]
fn only_what_does_not_keep_its_reader_waiting() {
    use std::os::fd::AsRawFd as _;

    let dir = Dir::new("kinds");
    let fifo = dir.0.join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
    let shown = message(&Config::load(&Sources::file(&fifo)).unwrap_err());
    assert!(shown.contains("it is a pipe"), "{shown}");
    let named = Sources::search().environment([("CONDOR_CONFIG", fifo.to_str().unwrap())]);
    assert!(Config::load(&named).is_err());
    let searched = Sources::search().directories([dir.0.clone()]);
    std::fs::rename(&fifo, dir.0.join("condor_config")).unwrap();
    let error = Config::load(&searched).unwrap_err();
    assert!(matches!(error, ConfigError::NoRoot { .. }), "{error}");
    assert!(Config::load(&Sources::file("/dev/zero")).is_err());

    // What a shell hands over.
    let (reader, mut writer) = std::io::pipe().unwrap();
    let number = reader.as_raw_fd();
    let writing = std::thread::spawn(move || {
        use std::io::Write as _;
        std::thread::sleep(std::time::Duration::from_millis(50));
        writer.write_all(b"A = piped\n").unwrap();
    });
    let config = Config::load(&Sources::file(format!("/dev/fd/{number}"))).unwrap();
    writing.join().unwrap();
    assert_eq!(get(&config, "A"), "piped");

    std::os::unix::fs::symlink("/dev/null", dir.0.join("masked")).unwrap();
    assert!(Config::load(&Sources::file(dir.0.join("masked"))).is_ok());
}

#[test]
fn lookups_prefer_the_local_name_then_the_subsystem() {
    let text = "SCHEDD.A = sub\nmine.a = local\nA = plain\nB = $(A)\nSCHEDD.B = $(B)!\nUID_DOMAIN =\nHOSTNAME = no\n\
                OPSYS = mine\n";
    let sources = Sources::text("root", text)
        .subsystem("schedd")
        .defaults()
        .builtins([
            ("HOSTNAME", "h"),
            ("FULL_HOSTNAME", "h.example"),
            ("OPSYS", "LINUX"),
        ]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(get(&config, "a"), "sub");
    assert_eq!(get(&config, "B"), "sub!");
    assert_eq!(get(&config, "TRUST_DOMAIN"), "h.example");
    let trust = config.get("TRUST_DOMAIN").unwrap().unwrap();
    assert_eq!(*trust.origin, Origin::Default);
    let domain = config.get("UID_DOMAIN").unwrap().unwrap();
    assert_eq!(*domain.origin, Origin::Builtin);
    assert_eq!(
        (get(&config, "HOSTNAME"), get(&config, "OPSYS")),
        ("h".into(), "mine".into())
    );
    assert_eq!(get(&config, "LOCALNAME"), "schedd");

    let mut config = Config::load(&sources.local_name("Mine")).unwrap();
    assert_eq!(get(&config, "A"), "local");
    let by = || Origin::Program {
        by: "the option --set".into(),
    };
    config.set("Mine.A", "$(A)+", by()).unwrap();
    assert_eq!(get(&config, "A"), "local+");
    assert!(config.set("A B", "x", by()).is_err());
    assert!(
        config
            .iter()
            .any(|entry| (entry.name, entry.raw) == ("mine.a", "local+") && *entry.origin == by())
    );
    assert_eq!(config.files(), [Path::new("root")]);
}
