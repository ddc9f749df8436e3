//! The commands that a server takes, and what each needs.
//!
//! Rule: `DaemonCore::Register_Command` and `GetCommandsInAuthLevel`. The default table and its
//! order are those of the 25.14.1 collector: `ValidCommands` of one session per level, with and
//! without a mapped user, says levels, alternates, order and forced authentication.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Level;

/// Seconds that HTCondor waits for a command's payload where a command has one.
pub const PAYLOAD_TIMEOUT: u32 = 300;

/// Room for the text of a session's commands.
const USUAL_TEXT: usize = 192;

/// One command that a server takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its number.
    pub number: i32,
    /// Its name.
    pub name: Cow<'static, str>,
    /// The level that it needs.
    pub level: Level,
    /// Levels that will do instead.
    pub alternates: Cow<'static, [Level]>,
    /// Whether it needs an authenticated, mapped user whatever the settings say.
    pub forces_authentication: bool,
    /// How many seconds the handler waits for the payload before it is called; 0 calls it at once.
    pub payload_seconds: u32,
}

impl Command {
    /// A command of that level, called at once, for whomever the settings let in.
    #[must_use]
    pub fn new(number: i32, name: impl Into<Cow<'static, str>>, level: Level) -> Self {
        Self {
            number,
            name: name.into(),
            level,
            alternates: Cow::Borrowed(&[]),
            forces_authentication: false,
            payload_seconds: 0,
        }
    }

    /// Adds levels that will do instead.
    #[must_use]
    pub fn or(mut self, alternates: impl Into<Cow<'static, [Level]>>) -> Self {
        self.alternates = alternates.into();
        self
    }

    /// Demands an authenticated, mapped user.
    #[must_use]
    pub fn authenticated(mut self) -> Self {
        self.forces_authentication = true;
        self
    }

    /// Waits so many seconds for the payload.
    #[must_use]
    pub fn with_payload(mut self, seconds: u32) -> Self {
        self.payload_seconds = seconds;
        self
    }

    /// The level and its alternates.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        std::iter::once(self.level).chain(self.alternates.iter().copied())
    }
}

/// The commands that a server takes, in the order in which `ValidCommands` names them.
#[derive(Debug, Clone, Default)]
pub struct CommandTable {
    commands: Vec<Command>,
    /// The number of each as text: every session tells a score of them.
    numbers: Vec<String>,
    places: HashMap<i32, usize>,
}

impl CommandTable {
    /// No command at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The commands of the 25.14.1 collector.
    #[must_use]
    pub fn collector() -> Self {
        COLLECTOR.iter().map(row_to_command).collect()
    }

    /// Adds a command; one of the same number takes the other's place.
    #[must_use]
    pub fn with(mut self, command: Command) -> Self {
        self.insert(command);
        self
    }

    fn insert(&mut self, command: Command) {
        match self.places.get(&command.number) {
            Some(&place) => {
                if let Some(known) = self.commands.get_mut(place) {
                    *known = command;
                }
            }
            None => {
                self.places.insert(command.number, self.commands.len());
                self.numbers.push(command.number.to_string());
                self.commands.push(command);
            }
        }
    }

    /// The command of that number.
    #[must_use]
    pub fn get(&self, number: i32) -> Option<&Command> {
        self.commands.get(*self.places.get(&number)?)
    }

    /// Every command, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter()
    }

    /// What a session that was made for a command of `level` is good for, in the text of
    /// `ValidCommands`: the commands of that level or with it as an alternate, then those of the
    /// level it implies, and so on. `mapped` says whether its user is authenticated and mapped,
    /// without which commands that force authentication are left out.
    #[must_use]
    pub fn valid_commands(&self, level: Level, mapped: bool) -> String {
        let mut text = String::with_capacity(USUAL_TEXT);
        for level in std::iter::successors(Some(level), |level| level.implies()) {
            let all = self.commands.iter().zip(&self.numbers);
            let of_level = all.filter(|(command, _)| {
                command.levels().any(|other| other == level)
                    && (mapped || !command.forces_authentication)
            });
            for (_, number) in of_level {
                if !text.is_empty() {
                    text.push(',');
                }
                text.push_str(number);
            }
        }
        text
    }
}

impl FromIterator<Command> for CommandTable {
    fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> Self {
        let mut table = Self::default();
        for command in commands {
            table.insert(command);
        }
        table
    }
}

/// A row of the table below.
type Row = (i32, &'static str, Level, &'static [Level], bool, u32);

fn row_to_command(&(number, name, level, alternates, forces, seconds): &Row) -> Command {
    Command {
        number,
        name: Cow::Borrowed(name),
        level,
        alternates: Cow::Borrowed(alternates),
        forces_authentication: forces,
        payload_seconds: seconds,
    }
}

use Level::{
    Administrator, AdvertiseMaster, AdvertiseSchedd, AdvertiseStartd, Allow, Config, Daemon,
    Negotiator, Read, Write,
};

const ADVERTISERS: &[Level] = &[AdvertiseStartd, AdvertiseSchedd, AdvertiseMaster];
const NONE: &[Level] = &[];
const ANYONE: &[Level] = &[Allow];
const AT_ONCE: u32 = 0;

#[rustfmt::skip]
static COLLECTOR: &[Row] = &[
    (60000, "DC_RAISESIGNAL", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (60008, "DC_CHILDALIVE", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (60004, "DC_RECONFIG", Administrator, NONE, false, AT_ONCE),
    (60012, "DC_RECONFIG_FULL", Administrator, NONE, false, AT_ONCE),
    (60007, "DC_CONFIG_VAL", Read, NONE, false, AT_ONCE),
    (457, "CONFIG_VAL", Read, NONE, false, AT_ONCE),
    (60002, "DC_CONFIG_PERSIST", Daemon, ANYONE, false, AT_ONCE),
    (60003, "DC_CONFIG_RUNTIME", Daemon, ANYONE, false, AT_ONCE),
    (60006, "DC_OFF_FAST", Administrator, NONE, false, AT_ONCE),
    (60005, "DC_OFF_GRACEFUL", Administrator, NONE, false, AT_ONCE),
    (60042, "DC_OFF_FORCE", Administrator, NONE, false, AT_ONCE),
    (60015, "DC_OFF_PEACEFUL", Administrator, NONE, false, AT_ONCE),
    (60016, "DC_SET_PEACEFUL_SHUTDOWN", Administrator, NONE, false, AT_ONCE),
    (60041, "DC_SET_FORCE_SHUTDOWN", Administrator, NONE, false, AT_ONCE),
    (60011, "DC_NOP", Allow, NONE, false, AT_ONCE),
    (60020, "DC_NOP_READ", Read, NONE, false, AT_ONCE),
    (60021, "DC_NOP_WRITE", Write, NONE, false, AT_ONCE),
    (60022, "DC_NOP_NEGOTIATOR", Negotiator, NONE, false, AT_ONCE),
    (60023, "DC_NOP_ADMINISTRATOR", Administrator, NONE, false, AT_ONCE),
    (60024, "DC_NOP_OWNER", Administrator, NONE, false, AT_ONCE),
    (60025, "DC_NOP_CONFIG", Config, NONE, false, AT_ONCE),
    (60026, "DC_NOP_DAEMON", Daemon, NONE, false, AT_ONCE),
    (60027, "DC_NOP_ADVERTISE_STARTD", AdvertiseStartd, NONE, false, AT_ONCE),
    (60028, "DC_NOP_ADVERTISE_SCHEDD", AdvertiseSchedd, NONE, false, AT_ONCE),
    (60029, "DC_NOP_ADVERTISE_MASTER", AdvertiseMaster, NONE, false, AT_ONCE),
    (60013, "DC_FETCH_LOG", Administrator, NONE, false, AT_ONCE),
    (60018, "DC_PURGE_LOG", Administrator, NONE, false, AT_ONCE),
    (60045, "DC_QUERY_INSTANCE", Allow, NONE, false, AT_ONCE),
    (60017, "DC_TIME_OFFSET", Daemon, NONE, false, AT_ONCE),
    (60046, "DC_GET_SESSION_TOKEN", Daemon, ANYONE, false, AT_ONCE),
    (60047, "DC_START_TOKEN_REQUEST", Daemon, ANYONE, false, AT_ONCE),
    (60048, "DC_FINISH_TOKEN_REQUEST", Daemon, ANYONE, false, AT_ONCE),
    (60049, "DC_LIST_TOKEN_REQUEST", Daemon, ANYONE, true, AT_ONCE),
    (60050, "DC_APPROVE_TOKEN_REQUEST", Daemon, ANYONE, true, AT_ONCE),
    (60051, "DC_AUTO_APPROVE_TOKEN_REQUEST", Administrator, NONE, false, PAYLOAD_TIMEOUT),
    (60052, "DC_EXCHANGE_SCITOKEN", Write, ANYONE, true, AT_ONCE),
    (67, "CCB_REGISTER", Daemon, ADVERTISERS, false, PAYLOAD_TIMEOUT),
    (68, "CCB_REQUEST", Read, NONE, false, PAYLOAD_TIMEOUT),
    (69, "CCB_REVERSE_CONNECT", Allow, NONE, false, PAYLOAD_TIMEOUT),
    (5, "QUERY_STARTD_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (10, "QUERY_STARTD_PVT_ADS", Negotiator, NONE, false, PAYLOAD_TIMEOUT),
    (6, "QUERY_SCHEDD_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (7, "QUERY_MASTER_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (9, "QUERY_CKPT_SRVR_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (12, "QUERY_SUBMITTOR_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (43, "QUERY_LICENSE_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (20, "QUERY_COLLECTOR_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (46, "QUERY_STORAGE_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (78, "QUERY_ACCOUNTING_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (50, "QUERY_NEGOTIATOR_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (56, "QUERY_HAD_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (48, "QUERY_ANY_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (71, "QUERY_GRID_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (74, "QUERY_GENERIC_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (53, "QUERY_MULTIPLE_ADS", Read, NONE, false, PAYLOAD_TIMEOUT),
    (54, "QUERY_MULTIPLE_PVT_ADS", Negotiator, NONE, false, PAYLOAD_TIMEOUT),
    (13, "INVALIDATE_STARTD_ADS", AdvertiseStartd, NONE, false, PAYLOAD_TIMEOUT),
    (14, "INVALIDATE_SCHEDD_ADS", AdvertiseSchedd, NONE, false, PAYLOAD_TIMEOUT),
    (15, "INVALIDATE_MASTER_ADS", AdvertiseMaster, NONE, false, PAYLOAD_TIMEOUT),
    (17, "INVALIDATE_CKPT_SRVR_ADS", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (18, "INVALIDATE_SUBMITTOR_ADS", AdvertiseSchedd, NONE, false, PAYLOAD_TIMEOUT),
    (44, "INVALIDATE_LICENSE_ADS", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (21, "INVALIDATE_COLLECTOR_ADS", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (47, "INVALIDATE_STORAGE_ADS", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (79, "INVALIDATE_ACCOUNTING_ADS", Negotiator, NONE, false, PAYLOAD_TIMEOUT),
    (51, "INVALIDATE_NEGOTIATOR_ADS", Negotiator, NONE, false, PAYLOAD_TIMEOUT),
    (57, "INVALIDATE_HAD_ADS", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (59, "INVALIDATE_ADS_GENERIC", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (72, "INVALIDATE_GRID_ADS", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (0, "UPDATE_STARTD_AD", AdvertiseStartd, NONE, false, PAYLOAD_TIMEOUT),
    (73, "MERGE_STARTD_AD", Negotiator, NONE, false, PAYLOAD_TIMEOUT),
    (1, "UPDATE_SCHEDD_AD", AdvertiseSchedd, NONE, false, PAYLOAD_TIMEOUT),
    (11, "UPDATE_SUBMITTOR_AD", AdvertiseSchedd, NONE, false, PAYLOAD_TIMEOUT),
    (42, "UPDATE_LICENSE_AD", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (2, "UPDATE_MASTER_AD", AdvertiseMaster, NONE, false, PAYLOAD_TIMEOUT),
    (4, "UPDATE_CKPT_SRVR_AD", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (19, "UPDATE_COLLECTOR_AD", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (45, "UPDATE_STORAGE_AD", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (49, "UPDATE_NEGOTIATOR_AD", Negotiator, NONE, false, PAYLOAD_TIMEOUT),
    (55, "UPDATE_HAD_AD", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (58, "UPDATE_AD_GENERIC", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (70, "UPDATE_GRID_AD", Daemon, NONE, false, PAYLOAD_TIMEOUT),
    (77, "UPDATE_ACCOUNTING_AD", Negotiator, NONE, false, PAYLOAD_TIMEOUT),
    (80, "UPDATE_OWN_SUBMITTOR_AD", Daemon, ANYONE, false, AT_ONCE),
    (81, "IMPERSONATION_TOKEN_REQUEST", Daemon, ANYONE, true, AT_ONCE),
    (60, "UPDATE_STARTD_AD_WITH_ACK", AdvertiseStartd, NONE, false, PAYLOAD_TIMEOUT),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What a 25.14.1 collector says: level, with a mapped user, without one.
    const SAID: &str = include_str!("collector_valid_commands.tsv");

    #[test]
    fn as_the_collector_says() {
        let table = CommandTable::collector();
        let mut rows = 0;
        for line in SAID.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            let level = Level::from_name(fields[0]).unwrap();
            assert_eq!(table.valid_commands(level, true), fields[1], "{line}");
            assert_eq!(table.valid_commands(level, false), fields[2], "{line}");
            rows += 1;
        }
        assert_eq!(rows, 10);
    }

    #[test]
    fn names_are_those_of_the_numbers() {
        for command in CommandTable::collector().iter() {
            assert_eq!(
                super::super::command_name(command.number),
                Some(&*command.name)
            );
        }
    }

    #[test]
    fn an_embedder_adds_and_replaces() {
        let table = CommandTable::collector()
            .with(Command::new(90_000, "MINE", Level::Write).authenticated())
            .with(Command::new(60_021, "DC_NOP_WRITE", Level::Administrator));
        assert_eq!(
            table.get(60_021).map(|command| command.level),
            Some(Level::Administrator)
        );
        assert!(table.valid_commands(Level::Write, true).contains("90000"));
        assert!(!table.valid_commands(Level::Write, false).contains("90000"));
        assert!(CommandTable::empty().get(60_011).is_none());
    }
}
