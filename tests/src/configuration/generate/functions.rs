//! Values: words, macros and macro functions.

use super::{Maker, NAMES};

const WORDS: [&str; 27] = [
    "a",
    "b c",
    "*",
    "*.example.org",
    "condor@password, alice@*",
    "10.0.0.0/8",
    "true",
    "False",
    "REQUIRED",
    "NEVER",
    "FS, IDTOKENS",
    "17",
    "-3.5e2",
    "'q'",
    "\"quoted text\"",
    "x = y",
    "#hash",
    "a # not a comment",
    "100%",
    "a,b,,c",
    "/etc/condor/tokens.d",
    "C:\\windows\\x",
    "(Target.X =?= undefined) && My.Y > 3",
    "[ a = 1; ]",
    "a:b",
    "@e",
    "$",
];

const DETECTED: [&str; 12] = [
    "HOSTNAME",
    "FULL_HOSTNAME",
    "SUBSYSTEM",
    "TILDE",
    "ARCH",
    "OPSYS",
    "IP_ADDRESS",
    "USERNAME",
    "DETECTED_CPUS",
    "CONFIG_ROOT",
    "LOCALNAME",
    "RELEASE_DIR",
];

impl Maker<'_> {
    /// The value of the knob with this number in [`NAMES`].
    pub(crate) fn value(&mut self, index: usize) -> String {
        let mut parts = Vec::new();
        for _ in 0..=self.dice.below(3) {
            parts.push(self.part(index));
        }
        let between = self.dice.pick(&["", " ", ", ", "/"]);
        let text = parts.join(between);
        let text = text.trim().to_owned();
        // That would be continued, or be more than it looks like.
        text.trim_end_matches(['\\', '|']).to_owned()
    }

    pub(crate) fn word(&mut self) -> String {
        self.dice.pick(&WORDS).to_owned()
    }

    fn part(&mut self, index: usize) -> String {
        match self.dice.below(20) {
            0..=6 => self.word(),
            7..=9 => self.reference(index),
            10..=11 => self.with_default(index, 0),
            12 => self.itself(index),
            13 => self.literal(),
            _ => self.function(index),
        }
    }

    /// A knob before this one, in some case.
    pub(crate) fn lower(&mut self, index: usize) -> String {
        if index == 0 {
            return "RELEASE_DIR".to_owned();
        }
        let name = NAMES[self.dice.below(index)];
        match self.dice.below(6) {
            0 => name.to_ascii_lowercase(),
            1 => name.to_ascii_uppercase(),
            _ => name.to_owned(),
        }
    }

    fn reference(&mut self, index: usize) -> String {
        match self.dice.below(10) {
            0 => {
                self.note("macro: undefined");
                format!(
                    "$({})",
                    self.dice.pick(&["NO_SUCH", "no.such.knob", "ALLOW_NOBODY"])
                )
            }
            1 | 2 => {
                self.note("macro: detected");
                format!("$({})", self.dice.pick(&DETECTED))
            }
            3 => {
                self.note("macro: SUBSYS. in the reference");
                let name = self.lower(index);
                let prefix = self.dice.pick(&["TOOL", "tool", "SCHEDD", "east"]);
                format!("$({prefix}.{name})")
            }
            _ => {
                self.note("macro: $(NAME)");
                let name = self.lower(index);
                let space = self.dice.pick(&["", "", "", "", " "]);
                format!("$({space}{name}{space})")
            }
        }
    }

    fn with_default(&mut self, index: usize, depth: usize) -> String {
        self.note("macro: $(NAME:default)");
        let name = if self.dice.percent(60) {
            "NO_SUCH".to_owned()
        } else {
            self.lower(index)
        };
        let default = match self.dice.below(5) {
            0 if depth < 3 => {
                self.note("macro: nested in a default");
                self.with_default(index, depth + 1)
            }
            1 => {
                self.note("macro: nested in a default");
                format!("x $({}) y", self.lower(index))
            }
            2 => String::new(),
            3 => "a (b) c".to_owned(),
            _ => "a:b, c".to_owned(),
        };
        format!("$({name}:{default})")
    }

    fn itself(&mut self, index: usize) -> String {
        self.note("macro: of itself");
        let name = NAMES[index];
        match self.dice.below(5) {
            0 => format!("$({})", name.to_ascii_lowercase()),
            1 => format!("$({name}:none yet)"),
            2 => {
                self.note("macro: of itself with a prefix");
                format!("$({}.{name})", self.subsystem)
            }
            _ => format!("$({name})"),
        }
    }

    fn literal(&mut self) -> String {
        match self.dice.below(6) {
            0 => {
                self.note("macro: $(DOLLAR)");
                "$(DOLLAR)(C_Num)".to_owned()
            }
            1 | 2 => {
                self.note("macro: $$(NAME)");
                self.dice
                    .pick(&["$$(Arch)", "$$(C_Num)", "$$([ 1 + 2 ])", "$$(Memory:512)"])
                    .to_owned()
            }
            _ => {
                self.note("macro: unfinished");
                self.dice
                    .pick(&[
                        "$(C_Num",
                        "$()",
                        "$( )",
                        "$(C-Num)",
                        "$ (C_Num)",
                        "$[C_Num]",
                        "$NUM(C_Num)",
                        "$(C_Num:",
                        "${C_Num}",
                    ])
                    .to_owned()
            }
        }
    }

    fn function(&mut self, index: usize) -> String {
        match self.dice.below(13) {
            0 => {
                self.note("function: $ENV");
                self.dice
                    .pick(&[
                        "$ENV(HOME)",
                        "$ENV(NO_SUCH)",
                        "$ENV(NO_SUCH:none)",
                        "$ENV(CASE_VARIABLE)",
                        "$ENV(USER:x)",
                    ])
                    .to_owned()
            }
            1 | 2 => self.filename(index),
            3 => {
                self.note("function: $BASENAME and $DIRNAME");
                let name = self.path_name(index);
                let what = self.dice.pick(&["BASENAME", "DIRNAME"]);
                format!("${what}({name})")
            }
            4 | 5 => self.number("INT", index),
            6 => self.number("REAL", index),
            7 => {
                self.note("function: $STRING");
                let name = self.lower(index);
                let format = self.dice.pick(&["", "", ",%s", ", %8s", ",<%s>", ",%-6sx"]);
                if !format.is_empty() {
                    self.note("function: with a format");
                }
                format!("$STRING({name}{format})")
            }
            8 => {
                self.note("function: $SUBSTR");
                let name = self.lower(index);
                let range = self
                    .dice
                    .pick(&["1", "0,3", "2,-1", "-3", "-4,2", "9", "1,99", " 1 , 2 "]);
                format!("$SUBSTR({name},{range})")
            }
            9 => {
                self.note("function: $CHOICE");
                let which = self.dice.pick(&["0", "1", "2", "C_Index", "C_Index"]);
                let list = self
                    .dice
                    .pick(&["x,y,z", "C_Items", "a b, c d, e", "'p','q','r'"]);
                format!("$CHOICE({which},{list})")
            }
            10 => {
                self.note("function: $EVAL");
                let name = self.lower(index);
                let argument = self.dice.pick(&[
                    "1 + 2",
                    "2 * $(C_Index)",
                    "C_Index",
                    "\"a\" + 1",
                    "strcat(\"a\",\"b\")",
                    "",
                ]);
                if argument.is_empty() {
                    format!("$EVAL({name})")
                } else {
                    format!("$EVAL({argument})")
                }
            }
            11 if self.may_break => {
                self.note("function: that cannot be evaluated");
                let name = self.lower(index);
                let what = self
                    .dice
                    .pick(&["INT", "REAL", "CHOICE", "SUBSTR", "STRING"]);
                let rest = self
                    .dice
                    .pick(&["", ",", ",%q", ",9", ",x", ",%d,%d", ",$(C_Items)"]);
                format!("${what}({name}{rest})")
            }
            _ => self.word(),
        }
    }

    /// A knob with a path in it, mostly.
    fn path_name(&mut self, index: usize) -> String {
        if index > 2 && self.dice.percent(60) {
            return "C_Path".to_owned();
        }
        self.lower(index)
    }

    fn filename(&mut self, index: usize) -> String {
        self.note("function: $F");
        let mut letters = String::new();
        for _ in 0..self.dice.below(5) {
            let letter = self
                .dice
                .pick(&["p", "n", "x", "d", "q", "a", "b", "f", "u", "w", "n", "x"]);
            // Of a second `d` HTCondor makes what lies before the value in memory.
            if letter != "d" || !letters.contains('d') {
                letters.push_str(letter);
            }
        }
        let name = self.path_name(index);
        format!("$F{letters}({name})")
    }

    fn number(&mut self, what: &'static str, index: usize) -> String {
        self.note(if what == "INT" {
            "function: $INT"
        } else {
            "function: $REAL"
        });
        let argument = match self.dice.below(4) {
            0 => "C_Size".to_owned(),
            1 => "C_Ratio".to_owned(),
            2 if self.may_break => self.lower(index),
            2 => "C_Index".to_owned(),
            _ => {
                let sums = [
                    "3 * 4",
                    "7 / 2",
                    "1.5 + 2",
                    "$(C_Index) * 10",
                    "10 % 4",
                    "true",
                    "C_Size / 4",
                ];
                self.dice.pick(&sums).to_owned()
            }
        };
        let formats: [&str; 8] = if what == "INT" {
            ["", "", "", ",%d", ",%04d", ", %x", ",<%5d>", ",%-4dx"]
        } else {
            ["", "", "", ",%f", ",%.2f", ", %e", ",%g", ",%08.3f"]
        };
        let format = self.dice.pick(&formats);
        if !format.is_empty() {
            self.note("function: with a format");
        }
        format!("${what}({argument}{format})")
    }
}
