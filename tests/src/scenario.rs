//! What a test compares, as data.

use crate::daemon::Kind;
use crate::odd::Odd;
use crate::roots::Release;
use crate::run::User;
use crate::tokens::Token;

/// What the client is pointed at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Real daemons with this configuration.
    Real(Kind, String),
    /// Something that is no HTCondor daemon.
    Odd(Odd),
}

/// How the client is asked to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// `-table ALL`: these rows are counted.
    Table,
    /// `-verbose ALL`.
    Verbose,
    /// No option: a sentence for each level.
    Sentence,
    /// `-quiet ALL`.
    Quiet,
    /// `-long ALL`.
    Long,
    /// These arguments and no others, under this name. `@ADDRESS@` is the daemon, `@COLLECTOR@` is the `host:port` of the
    /// collector beside it.
    Args(&'static str, Vec<String>),
    /// As `Args`, where `condor_ping` prints its usage: only the exit status and the `ERROR:` lines are compared.
    Usage(&'static str, Vec<String>),
    /// As `Args`, where ours takes a form of address that `condor_ping` does not: `condor_ping` gets the second.
    Wider(&'static str, Vec<String>, Vec<String>),
    /// As `Args`, where `condor_ping` never comes back: ours has to print this and fail.
    Alone(&'static str, Vec<String>, &'static str),
}

impl View {
    /// The last part of the test's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Table => "table",
            Self::Verbose => "verbose",
            Self::Sentence => "sentence",
            Self::Quiet => "quiet",
            Self::Long => "long",
            Self::Args(name, _)
            | Self::Usage(name, _)
            | Self::Wider(name, ..)
            | Self::Alone(name, ..) => name,
        }
    }

    /// The command line of `condor_ping`, with placeholders.
    #[must_use]
    pub fn condor_args(&self) -> Vec<String> {
        match self {
            Self::Wider(_, _, args) => args.clone(),
            _ => self.args(),
        }
    }

    /// The command line, with placeholders.
    #[must_use]
    pub fn args(&self) -> Vec<String> {
        let mode: &[&str] = match self {
            Self::Table => &["-table", "ALL"],
            Self::Verbose => &["-verbose", "ALL"],
            Self::Sentence => &["ALL"],
            Self::Quiet => &["-quiet", "ALL"],
            Self::Long => &["-long", "ALL"],
            Self::Args(_, args)
            | Self::Usage(_, args)
            | Self::Wider(_, args, _)
            | Self::Alone(_, args, _) => {
                return args.clone();
            }
        };
        ["-address", "@ADDRESS@"]
            .iter()
            .chain(mode)
            .map(|arg| (*arg).to_owned())
            .collect()
    }
}

/// A file of a scenario's own token directory, and the tokens in it.
pub type TokenFile = (&'static str, Vec<Token>);

/// One configuration of a daemon and a client.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name: `subject/case`.
    pub name: String,
    /// The daemon.
    pub target: Target,
    /// The releases of the daemon to try.
    pub releases: Vec<Release>,
    /// The client's configuration, or the path of a file that is it. `@TOKENS@` is the scenario's own token directory, `@AREA@` a folder that stays empty, `@SHARED@` one like `/tmp` that both sides see.
    pub client: String,
    /// Who asks.
    pub user: User,
    /// The files of the token directory.
    pub tokens: Vec<TokenFile>,
    /// What is compared.
    pub views: Vec<View>,
}

/// The domains, and where keys and tokens are: the beginning of every plain configuration.
pub const PLACES: &str = "\
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
SEC_PASSWORD_DIRECTORY = /etc/condor/passwords.d
SEC_TOKEN_SYSTEM_DIRECTORY = /etc/condor/tokens.d
CONDOR_HOST = 127.0.0.1
";

/// The daemon answers on IPv4 only.
pub const IPV4: &str = "NETWORK_INTERFACE = 127.0.0.1\n";

/// Everybody may do everything.
pub const OPEN: &str = "\
ALLOW_READ = *
ALLOW_WRITE = *
ALLOW_NEGOTIATOR = *
ALLOW_ADMINISTRATOR = *
ALLOW_CONFIG = *
ALLOW_DAEMON = *
ALLOW_ADVERTISE_STARTD = *
ALLOW_ADVERTISE_SCHEDD = *
ALLOW_ADVERTISE_MASTER = *
";

/// Tokens first, then FS.
pub const TOKENS_THEN_FS: &str = "SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS, FS\n";

impl Scenario {
    /// Alice asks a collector that is open to everybody; both sides know tokens and FS and leave the rest at its default.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            target: Target::Real(
                Kind::Collector,
                format!("{PLACES}{IPV4}{OPEN}{TOKENS_THEN_FS}"),
            ),
            releases: Release::BOTH.to_vec(),
            client: format!("{PLACES}{TOKENS_THEN_FS}"),
            user: User::Alice,
            tokens: Vec::new(),
            views: vec![View::Table, View::Verbose],
        }
    }

    /// Adds settings to the daemon's; they win over the ones before.
    #[must_use]
    pub fn server(mut self, text: &str) -> Self {
        if let Target::Real(_, config) = &mut self.target {
            config.push_str(text);
            config.push('\n');
        }
        self
    }

    /// Adds settings to the client's; they win over the ones before.
    #[must_use]
    pub fn client(mut self, text: &str) -> Self {
        self.client.push_str(text);
        self.client.push('\n');
        self
    }

    /// Adds settings to both sides'.
    #[must_use]
    pub fn both(self, text: &str) -> Self {
        self.server(text).client(text)
    }

    /// Points the client at something else.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        if matches!(target, Target::Odd(_)) {
            self.releases = vec![Release::Newest];
        }
        self.target = target;
        self
    }

    /// Sets who asks.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.user = user;
        self
    }

    /// Gives the client a token directory of its own.
    #[must_use]
    pub fn tokens(mut self, files: &[(&'static str, &[Token])]) -> Self {
        self.tokens = files
            .iter()
            .map(|(name, tokens)| (*name, tokens.to_vec()))
            .collect();
        self.client("SEC_TOKEN_DIRECTORY = @TOKENS@")
    }

    /// Sets what is compared.
    #[must_use]
    pub fn views(mut self, views: &[View]) -> Self {
        self.views = views.to_vec();
        self
    }
}
