//! `if`, `elif`, `else`, `endif`.

use super::{Maker, NAMES};

impl Maker<'_> {
    fn condition(&mut self) -> String {
        let text = match self.dice.below(10) {
            0 => {
                self.note("if: literal");
                self.dice
                    .pick(&["true", "false", "TRUE", "False", "t", "F", "yes", "No"])
                    .to_owned()
            }
            1 => {
                self.note("if: number");
                self.dice
                    .pick(&["0", "1", "10", "-1", "0.0", "1.5", "-0", "1.0e3"])
                    .to_owned()
            }
            2 => {
                self.note("if: macro");
                self.dice
                    .pick(&[
                        "$(C_Index)",
                        "$(C_True)",
                        "$INT(C_Index)",
                        "$CHOICE(C_Index,true,false,yes)",
                        "$EVAL(1)",
                        "$(C_True:false)",
                    ])
                    .to_owned()
            }
            3 => {
                self.note("if: macro that is not defined");
                self.dice
                    .pick(&[
                        "$(NO_SUCH)",
                        "$(NO_SUCH:true)",
                        "$(NO_SUCH:)",
                        "$(C_Nothing)",
                    ])
                    .to_owned()
            }
            4 | 5 => self.version(),
            6 | 7 => self.defined(),
            _ => {
                self.note("if: defined use");
                let template = self.dice.pick(&[
                    "feature:GPUs",
                    "FEATURE:gpus",
                    "role:Personal",
                    "SECURITY:HOST_BASED",
                    "security:user_based",
                    "policy:Always_Run_Jobs",
                    "feature:NoSuch",
                    "nonsense:x",
                    "feature",
                    "role:",
                    "FEATURE:UserMapFile",
                ]);
                format!("defined use {template}")
            }
        };
        if self.dice.percent(25) {
            self.note("if: !");
            let space = self.dice.pick(&["", " "]);
            return format!("!{space}{text}");
        }
        text
    }

    fn version(&mut self) -> String {
        self.note("if: version");
        let sign = self.dice.pick(&[">=", "<=", ">", "<", "==", "=", "!="]);
        let number = self.dice.pick(&[
            "8.0", "8.0.0", "23.9.6", "23.9", "23.9.7", "23.9.5", "24.0.0", "25.14.1", "25.14",
            "25.14.0", "25.14.2", "99.1.1", "6.0.0", "8.9.11.4",
        ]);
        let space = self.dice.pick(&[" ", " ", "  ", ""]);
        let word = self
            .dice
            .pick(&["version", "version", "Version", "VERSION"]);
        format!("{word} {sign}{space}{number}")
    }

    fn defined(&mut self) -> String {
        self.note("if: defined");
        let what = match self.dice.below(4) {
            0 => NAMES[self.dice.below(NAMES.len())].to_owned(),
            1 => NAMES[self.dice.below(NAMES.len())].to_ascii_uppercase(),
            2 => format!(
                "$({})",
                self.dice
                    .pick(&["C_Index", "C_True", "NO_SUCH", "C_Nothing", "C_Name"])
            ),
            _ => self
                .dice
                .pick(&[
                    "C_Nothing",
                    "LOG",
                    "ALLOW_READ",
                    "NO_SUCH",
                    "",
                    "HOSTNAME",
                    "TOOL.C_Num",
                    "MY.C",
                    "ARCH",
                    "17",
                    "true",
                    "TILDE",
                ])
                .to_owned(),
        };
        format!("defined {what}").trim_end().to_owned()
    }

    /// A whole `if`, the statements in it included.
    pub(crate) fn branches(&mut self, nested: usize) -> Vec<String> {
        if nested > 0 {
            self.note("if: in another");
        }
        let indent = "  ".repeat(nested);
        let word = |maker: &mut Self, lower: &str| {
            if maker.dice.percent(10) {
                lower.to_ascii_uppercase()
            } else {
                lower.to_owned()
            }
        };
        let mut lines = Vec::new();
        let first = self.condition();
        lines.push(format!("{indent}{} {first}", word(self, "if")));
        lines.extend(self.inner(nested));
        for _ in 0..self.dice.below(3) {
            self.note("if: elif");
            let next = self.condition();
            lines.push(format!("{indent}{} {next}", word(self, "elif")));
            lines.extend(self.inner(nested));
        }
        if self.dice.percent(50) {
            self.note("if: else");
            lines.push(format!("{indent}{}", word(self, "else")));
            lines.extend(self.inner(nested));
        }
        lines.push(format!("{indent}{}", word(self, "endif")));
        if self.dice.percent(15) {
            lines.extend(self.never());
        }
        lines
    }

    fn inner(&mut self, nested: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..=self.dice.below(2) {
            if nested < 4 && self.dice.percent(16) {
                lines.extend(self.branches(nested + 1));
            } else {
                lines.extend(self.statement());
            }
        }
        lines
    }

    /// What nobody reads, and so may be wrong.
    fn never(&mut self) -> Vec<String> {
        self.note("if: nonsense where nothing is read");
        let nonsense = self.dice.pick(&[
            "include : /no/such/file",
            "use nonsense:x",
            "error : not reached",
            "= =",
            "no operator",
            "if maybe\nX = 1\nendif",
            "X-Y = 1",
            "use feature:NoSuch(1, 2",
        ]);
        let mut lines = vec!["if false".to_owned()];
        lines.extend(nonsense.split('\n').map(str::to_owned));
        lines.push("endif".to_owned());
        lines
    }
}
