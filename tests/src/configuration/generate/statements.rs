//! Assignments, comments, templates and warnings.

use super::{Maker, NAMES};

/// Templates that need no argument, of both releases.
const PLAIN: [&str; 22] = [
    "role:Personal",
    "ROLE : CentralManager",
    "role:Submit",
    "role : execute",
    "SECURITY : HOST_BASED",
    "security:user_based",
    "security:recommended_v9_0",
    "SECURITY : STRONG",
    "security:With_Authentication",
    "security:get_htcondor_idtokens",
    "FEATURE : GPUs",
    "feature:PartitionableSlot",
    "feature : StaticSlots",
    "feature:GANGLIA",
    "feature:OAUTH",
    "feature:UWCS_Desktop_Policy_Values",
    "POLICY : Always_Run_Jobs",
    "policy:Desktop",
    "policy : Hold_If_Memory_Exceeded",
    "policy:Preempt_If_Cpus_Exceeded",
    "role:get_htcondor_central_manager",
    "POLICY : UWCS_DESKTOP",
];

/// Templates with arguments.
const WITH_ARGUMENTS: [&str; 12] = [
    "feature:PartitionableSlot(2, 50%)",
    "FEATURE : PartitionableSlot(1,cpus=1)",
    "feature : StaticSlots(1, 2, $(C_Num))",
    "feature:GPUs(-extra)",
    "feature:StartdCronOneShot(probe, /bin/true)",
    "feature : StartdCronPeriodic(probe, 1h, $(C_Path), a b \"c, d\")",
    "feature:ScheddCronContinuous(watch, /bin/true)",
    "feature : Monitor(Disk, Periodic, 30, /bin/true, SUM:X, PEAK:Y)",
    "policy:LIMIT_JOB_RUNTIMES( 3600 )",
    "policy : WANT_HOLD_IF(Big, 42, too big (really))",
    "feature:ScheddUserMapFile(groups, /etc/map)",
    "feature:ChildCollector(7)",
];

impl Maker<'_> {
    /// A statement or two, in lines.
    pub(crate) fn statement(&mut self) -> Vec<String> {
        match self.dice.below(40) {
            0..=20 => self.assignment(),
            21..=24 => self.long_value(),
            25..=27 => self.continued(),
            28 | 29 => self.comment(),
            30 | 31 => self.template(),
            32 => {
                self.note("say: warning");
                let text = self.dice.pick(&["take care", "$(C_Num) of them", "a: b"]);
                vec![format!(
                    "{} : {text}",
                    self.dice.pick(&["warning", "WARNING"])
                )]
            }
            33 => self.random(),
            34..=36 if self.depth < 3 => self.include(),
            _ => self.prefixed(),
        }
    }

    fn index(&mut self) -> usize {
        self.dice.below(NAMES.len())
    }

    fn assignment(&mut self) -> Vec<String> {
        let index = self.index();
        let mut name = NAMES[index].to_owned();
        let value = self.value(index);
        match self.dice.below(16) {
            0..=4 => self.note("assignment: ="),
            5 | 6 => {
                self.note("assignment: odd spaces");
                let (before, middle, after) = (
                    self.dice.pick(&["", " ", "\t", "    "]),
                    self.dice.pick(&["", "   ", "\t"]),
                    self.dice.pick(&["", "\t ", "    "]),
                );
                let end = self.dice.pick(&["", "  ", "\t"]);
                return vec![format!("{before}{name}{middle}={after}{value}{end}")];
            }
            7 | 8 => {
                self.note("assignment: another case");
                name = if self.dice.percent(50) {
                    name.to_ascii_lowercase()
                } else {
                    name.to_ascii_uppercase()
                };
            }
            9 => {
                self.note("assignment: again");
                let second = self.value(index);
                return vec![format!("{name} = {value}"), format!("{name} = {second}")];
            }
            10 => {
                self.note("assignment: empty");
                return vec![format!(
                    "{name} ={}",
                    self.dice.pick(&["", " ", " $(NO_SUCH)"])
                )];
            }
            11 => {
                self.note("assignment: obsolete :");
                return vec![format!("{name}{}: {value}", self.dice.pick(&["", " "]))];
            }
            12 => {
                self.note("assignment: += and other signs");
                let sign = self.dice.pick(&["+", "-", "?", "-", "*", "<"]);
                return vec![format!("{name} {sign}= {value}")];
            }
            13 => {
                self.note("assignment: words before =");
                return vec![format!("{name} more words = {value}")];
            }
            14 => {
                self.note("assignment: to its default");
                return vec![
                    self.dice
                        .pick(&[
                            "LOG = $(LOCAL_DIR)/log",
                            "log=$(local_dir)/log",
                            "UID_DOMAIN = $(FULL_HOSTNAME)",
                            "LOCAL_DIR = $(TILDE)",
                            "COLLECTOR_HOST = $(CONDOR_HOST)",
                            "ALLOW_READ = *",
                            "TRUST_DOMAIN = $(UID_DOMAIN)",
                            "SPOOL = $(LOCAL_DIR)/spool",
                            "spool = /elsewhere\nSPOOL = $(LOCAL_DIR)/spool",
                            "NUM_CPUS = $(DETECTED_CPUS_LIMIT)",
                            "ALLOW_ADMIN_COMMANDS = True",
                        ])
                        .to_owned(),
                ];
            }
            _ => {
                self.note("assignment: slash or digit in the name");
                name = self
                    .dice
                    .pick(&["C/slash", "1st", "_under", "C_9", "C..x"])
                    .to_owned();
            }
        }
        vec![format!("{name} = {value}")]
    }

    /// With a subsystem, a local name, or `MY.` in front.
    fn prefixed(&mut self) -> Vec<String> {
        let index = self.index();
        let name = NAMES[index];
        let value = self.value(index);
        let (subsystem, local) = (self.subsystem.clone(), self.local_name.clone());
        let prefix = match self.dice.below(8) {
            0..=2 => {
                self.note("assignment: SUBSYS.");
                if self.dice.percent(30) {
                    subsystem.to_ascii_lowercase()
                } else {
                    subsystem
                }
            }
            3 if !local.is_empty() => {
                self.note("assignment: LOCALNAME.");
                local
            }
            4 if !local.is_empty() => {
                self.note("assignment: SUBSYS.LOCALNAME.");
                if self.dice.percent(50) {
                    format!("{subsystem}.{local}")
                } else {
                    format!("{local}.{subsystem}")
                }
            }
            5 => {
                self.note("assignment: MY.");
                "MY".to_owned()
            }
            _ => {
                self.note("assignment: another SUBSYS.");
                self.dice.pick(&["NEGOTIATOR", "west", "SHADOW"]).to_owned()
            }
        };
        vec![format!("{prefix}.{name} = {value}")]
    }

    /// `@=tag`.
    fn long_value(&mut self) -> Vec<String> {
        let index = self.index();
        let name = NAMES[index];
        self.note("lines: @=tag");
        let tag = self.dice.pick(&["end", "e", "END_OF_IT", "tag.1", ""]);
        let mut lines = vec![format!("{name} @={tag}")];
        for _ in 0..self.dice.below(5) {
            match self.dice.below(5) {
                0 => {
                    self.note("lines: @=tag with blank lines and spaces");
                    lines.push(
                        self.dice
                            .pick(&["", "   ", "  # no comment", "a line \\", "\tx \t"])
                            .to_owned(),
                    );
                }
                1 | 2 => {
                    self.note("lines: @=tag with macros");
                    let value = self.value(index);
                    lines.push(format!("  {value}"));
                }
                3 => lines.push(
                    self.dice
                        .pick(&["if_true", "X = 1", "@en", "@endx", "use x"])
                        .to_owned(),
                ),
                _ => {
                    let word = self.word();
                    lines.push(word);
                }
            }
        }
        // A line may be what ends it; what follows would be anything then.
        let ends = |line: &String| line.trim_start().starts_with(&format!("@{tag}"));
        let first = lines.remove(0);
        lines.retain(|line| !ends(line) && !line.trim_start().starts_with("@e"));
        lines.insert(0, first);
        if lines
            .iter()
            .skip(1)
            .last()
            .is_some_and(|line| line.ends_with('\\'))
        {
            lines.push("and its other half".to_owned());
        }
        lines.push(format!("@{tag}"));
        lines
    }

    fn continued(&mut self) -> Vec<String> {
        let index = self.index();
        let name = NAMES[index];
        self.note("lines: continued");
        let mut lines = vec![format!("{name} = {} \\", self.value(index))];
        for _ in 0..self.dice.below(3) {
            if self.dice.percent(30) {
                self.note("lines: continued over a comment");
                lines.push(
                    self.dice
                        .pick(&["# within \\", "   # within \\"])
                        .to_owned(),
                );
            }
            lines.push(format!("   {} \\", self.value(index)));
        }
        lines.push(format!("  {}", self.value(index)));
        if self.dice.percent(15) {
            return vec![format!("{name} \\"), format!("  = {}", self.value(index))];
        }
        lines
    }

    fn comment(&mut self) -> Vec<String> {
        match self.dice.below(5) {
            0 => {
                self.note("lines: comment that ends in a backslash");
                let mut lines = vec!["# it goes on \\".to_owned()];
                lines.push("C_Word_2 = or does it".to_owned());
                lines
            }
            1 | 2 => {
                self.note("lines: #opt:");
                let option =
                    self.dice
                        .pick(&["#opt:oldcomment", "#opt:newcomment", "#opt:nonsense"]);
                vec![
                    option.to_owned(),
                    "# it goes on \\".to_owned(),
                    "C_Word_2 = perhaps".to_owned(),
                ]
            }
            _ => {
                self.note("lines: comment");
                vec![
                    self.dice
                        .pick(&["# a comment", "#", "   # C_Num = 5", "#C_Num = 6", ""])
                        .to_owned(),
                ]
            }
        }
    }

    fn template(&mut self) -> Vec<String> {
        let word = self.dice.pick(&["use", "use", "USE", "@use"]);
        match self.dice.below(8) {
            0..=3 => {
                self.note("use: template");
                vec![format!("{word} {}", self.dice.pick(&PLAIN))]
            }
            4 | 5 => {
                self.note("use: with arguments");
                vec![format!("{word} {}", self.dice.pick(&WITH_ARGUMENTS))]
            }
            6 => {
                self.note("use: several");
                vec![format!(
                    "{word} {}",
                    self.dice.pick(&[
                        "role : CentralManager, Submit",
                        "SECURITY : host_based  user_based",
                        "feature:GPUs, PartitionableSlot(1, 100%), StaticSlots",
                        "policy: Hold_If_Memory_Exceeded, Preempt_If_Cpus_Exceeded,",
                    ])
                )]
            }
            _ => {
                self.note("use: through a macro");
                vec![format!(
                    "{word} {}",
                    self.dice
                        .pick(&["$(C_Category) : Personal", "$(C_Category):Submit, Execute"])
                )]
            }
        }
    }

    fn random(&mut self) -> Vec<String> {
        let number = self.chances.len();
        let name = format!("C_Random_{}_{number}", self.files.len());
        let (text, allowed): (&str, &[&str]) = if self.dice.percent(50) {
            self.note("function: $RANDOM_CHOICE");
            match self.dice.below(3) {
                0 => ("$RANDOM_CHOICE(a,b c, d)", &["a", "b c", "d"]),
                1 => ("$RANDOM_CHOICE(C_Items)", &["p", "q", "r"]),
                _ => ("x $RANDOM_CHOICE(1) y", &["x 1 y"]),
            }
        } else {
            self.note("function: $RANDOM_INTEGER");
            match self.dice.below(4) {
                0 => ("$RANDOM_INTEGER(1,3)", &["1", "2", "3"]),
                1 => ("$RANDOM_INTEGER(0, 10, 5)", &["0", "5", "10"]),
                2 => ("$RANDOM_INTEGER(-1,1)", &["-1", "0", "1"]),
                _ => ("v$RANDOM_INTEGER(7,7)", &["v7"]),
            }
        };
        self.chances.insert(
            name.clone(),
            allowed.iter().map(|&one| one.to_owned()).collect(),
        );
        vec![format!("{name} = {text}")]
    }
}
