//! The kinds of daemon, as `-type` names them.

/// A kind of daemon (`daemon_t` in HTCondor's `daemon_types.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DaemonKind {
    /// Whatever answers at an address.
    Any,
    /// The master.
    Master,
    /// The access point's queue.
    Schedd,
    /// The execution point.
    Startd,
    /// The collector.
    Collector,
    /// The negotiator.
    Negotiator,
    /// The keyboard daemon.
    Kbdd,
    /// DAGMan. It cannot be located.
    Dagman,
    /// The collector that keeps statistics (CONDOR_VIEW_HOST), else the collector.
    ViewCollector,
    /// The cluster server.
    ClusterServer,
    /// A shadow. It cannot be located.
    Shadow,
    /// A starter. It cannot be located.
    Starter,
    /// The credential daemon.
    Credd,
    /// The grid manager. It cannot be located.
    Gridmanager,
    /// The placement daemon.
    Placementd,
    /// The lease manager. It cannot be located.
    LeaseManager,
    /// The high-availability daemon.
    Had,
    /// A daemon of some other kind, which no command line can name further.
    Generic,
}

/// How HTCondor looks for a kind (`Daemon::locate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Not at all: only an address will do.
    AddressOnly,
    /// By COLLECTOR_HOST and its like.
    CentralManager,
    /// By local files, then by asking a collector.
    Directory {
        /// The prefix of its knobs.
        subsystem: &'static str,
        /// The command that asks for its ads and their `TargetType`; `None` where the collector has no such table.
        query: Option<(i32, &'static str)>,
    },
    /// HTCondor's tools die on it.
    Never,
}

/// One row: the kind, HTCondor's number and word for it (`daemon_names`), and how it is looked for. The query's command is
/// that of `command_int_from_adtype_table`, its target type that of `AdTypeToString`.
struct Row(DaemonKind, u8, &'static str, Way);

const fn directory(subsystem: &'static str, command: i32, target: &'static str) -> Way {
    Way::Directory {
        subsystem,
        query: Some((command, target)),
    }
}

const fn local_only(subsystem: &'static str) -> Way {
    Way::Directory {
        subsystem,
        query: None,
    }
}

const GENERIC_ADS: i32 = 74;

static ROWS: &[Row] = &[
    Row(DaemonKind::Any, 1, "any", Way::AddressOnly),
    Row(
        DaemonKind::Master,
        2,
        "master",
        directory("MASTER", 7, "DaemonMaster"),
    ),
    Row(
        DaemonKind::Schedd,
        3,
        "schedd",
        directory("SCHEDD", 6, "Scheduler"),
    ),
    Row(
        DaemonKind::Startd,
        4,
        "startd",
        directory("STARTD", 5, "Machine"),
    ),
    Row(DaemonKind::Collector, 5, "collector", Way::CentralManager),
    Row(
        DaemonKind::Negotiator,
        6,
        "negotiator",
        directory("NEGOTIATOR", 50, "Negotiator"),
    ),
    Row(DaemonKind::Kbdd, 7, "kbdd", local_only("KBDD")),
    Row(DaemonKind::Dagman, 8, "dagman", Way::Never),
    Row(
        DaemonKind::ViewCollector,
        9,
        "view_collector",
        Way::CentralManager,
    ),
    Row(
        DaemonKind::ClusterServer,
        10,
        "cluster_server",
        local_only("CLUSTER"),
    ),
    Row(DaemonKind::Shadow, 11, "shadow", Way::Never),
    Row(DaemonKind::Starter, 12, "starter", Way::Never),
    Row(
        DaemonKind::Credd,
        13,
        "credd",
        directory("CREDD", GENERIC_ADS, "CredD"),
    ),
    Row(DaemonKind::Gridmanager, 14, "gridmanager", Way::Never),
    Row(
        DaemonKind::Placementd,
        15,
        "placementd",
        directory("PLACEMENTD", GENERIC_ADS, "PlacementD"),
    ),
    Row(DaemonKind::LeaseManager, 16, "lease_manager", Way::Never),
    Row(DaemonKind::Had, 17, "had", directory("HAD", 56, "HAD")),
    Row(DaemonKind::Generic, 18, "generic", Way::AddressOnly),
];

impl DaemonKind {
    /// Reads the word after `-type` (`stringToDaemonType`): any case, no other spelling. `none` is no kind.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        ROWS.iter()
            .find(|row| row.2.eq_ignore_ascii_case(word))
            .map(|row| row.0)
    }

    /// HTCondor's word for it (`daemonString`).
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().map_or("Unknown", |row| row.2)
    }

    /// HTCondor's number for it (`daemon_t`), which an error text shows.
    #[must_use]
    pub fn number(self) -> u8 {
        self.row().map_or(0, |row| row.1)
    }

    /// The prefix of its knobs: `SCHEDD` of `SCHEDD_ADDRESS_FILE`, `SCHEDD_HOST` (`setSubsystem`).
    #[must_use]
    pub fn subsystem(self) -> Option<&'static str> {
        match (self, self.way()) {
            (Self::Collector, _) => Some("COLLECTOR"),
            (Self::ViewCollector, _) => Some("CONDOR_VIEW"),
            (_, Way::Directory { subsystem, .. }) => Some(subsystem),
            _ => None,
        }
    }

    /// The knob that names its address file.
    #[must_use]
    pub fn address_file_knob(self) -> Option<String> {
        self.subsystem()
            .map(|subsystem| format!("{subsystem}_ADDRESS_FILE"))
    }

    /// The command that asks a collector for its ads, where the collector keeps any.
    #[must_use]
    pub fn query_command(self) -> Option<i32> {
        match self.way() {
            Way::Directory { query, .. } => query.map(|(command, _)| command),
            Way::CentralManager => Some(20),
            Way::AddressOnly | Way::Never => None,
        }
    }

    /// The type of its ads: what a query's `TargetType` says.
    #[must_use]
    pub fn ad_type(self) -> Option<&'static str> {
        match self.way() {
            Way::Directory { query, .. } => query.map(|(_, target)| target),
            Way::CentralManager => Some("Collector"),
            Way::AddressOnly | Way::Never => None,
        }
    }

    /// The word in front of a name or address in `Daemon::idStr()`.
    pub(super) fn id_word(self) -> &'static str {
        match self {
            Self::Any => "daemon",
            // HTCondor puts the subsystem here, and no tool can set one.
            Self::Generic => "",
            other => other.word(),
        }
    }

    pub(super) fn way(self) -> Way {
        self.row().map_or(Way::Never, |row| row.3)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.0 == self)
    }
}

impl std::fmt::Display for DaemonKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::names::command_number;

    #[test]
    fn words_in_any_case() {
        assert_eq!(DaemonKind::parse("ScheDD"), Some(DaemonKind::Schedd));
        assert_eq!(
            DaemonKind::parse("VIEW_COLLECTOR"),
            Some(DaemonKind::ViewCollector)
        );
        for bad in ["none", "", "sched", "schedd ", "FROB", "view-collector"] {
            assert_eq!(DaemonKind::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_row_is_found_by_its_word_and_its_number_is_its_place() {
        for (at, row) in ROWS.iter().enumerate() {
            assert_eq!(DaemonKind::parse(row.0.word()), Some(row.0));
            assert_eq!(usize::from(row.0.number()), at + 1);
        }
    }

    #[test]
    fn commands_are_those_of_the_table() {
        for (kind, name) in [
            (DaemonKind::Schedd, "QUERY_SCHEDD_ADS"),
            (DaemonKind::Master, "QUERY_MASTER_ADS"),
            (DaemonKind::Startd, "QUERY_STARTD_ADS"),
            (DaemonKind::Negotiator, "QUERY_NEGOTIATOR_ADS"),
            (DaemonKind::Collector, "QUERY_COLLECTOR_ADS"),
            (DaemonKind::Had, "QUERY_HAD_ADS"),
            (DaemonKind::Credd, "QUERY_GENERIC_ADS"),
        ] {
            assert_eq!(kind.query_command(), command_number(name), "{name}");
        }
        assert_eq!(DaemonKind::Kbdd.query_command(), None);
        assert_eq!(
            DaemonKind::Schedd.address_file_knob().as_deref(),
            Some("SCHEDD_ADDRESS_FILE")
        );
    }
}
