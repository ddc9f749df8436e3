//! Other files, and commands.

use super::Maker;
use crate::configuration::HERE;

impl Maker<'_> {
    /// Writes a file of statements and returns its name below the case's folder.
    pub(crate) fn file(&mut self, name: String, statements: usize) -> String {
        self.depth += 1;
        // The name is taken before others are made.
        let place = self.files.len();
        self.files.push((name.clone(), Vec::new()));
        let mut lines = Vec::new();
        for _ in 0..statements {
            if self.dice.percent(15) {
                lines.extend(self.branches(0));
            } else {
                lines.extend(self.statement());
            }
        }
        self.depth -= 1;
        self.files[place].1 = self.text(&lines);
        name
    }

    /// Lines as a file, which may end in any way.
    pub(crate) fn text(&mut self, lines: &[String]) -> Vec<u8> {
        let mut text = lines.join("\n") + "\n";
        match self.dice.below(20) {
            0 => {
                self.note("lines: CRLF");
                text = text.replace('\n', "\r\n");
            }
            1 => {
                self.note("lines: no newline at the end");
                text.push_str("C_Last_1 = the end");
            }
            2 => {
                self.note("lines: continued at the end of the file");
                text.push_str(
                    self.dice
                        .pick(&["C_Last_2 = goes on \\", "C_Last_2 = goes on \\\n"]),
                );
            }
            _ => {}
        }
        text.into_bytes()
    }

    pub(crate) fn include(&mut self) -> Vec<String> {
        let word = self
            .dice
            .pick(&["include", "include", "INCLUDE", "@include"]);
        if self.depth > 0 {
            self.note("include: in an included file");
        }
        match self.dice.below(9) {
            0..=2 => {
                self.note("include: file");
                let name = self.included();
                vec![format!("{word} : {HERE}/{name}")]
            }
            3 => {
                self.note("include: ifexist");
                if self.dice.percent(50) {
                    return vec![format!("{word} ifexist : {HERE}/no-such-file")];
                }
                let name = self.included();
                vec![format!("{word} ifexist : {HERE}/{name}")]
            }
            4 | 5 => {
                self.note("include: through a macro");
                let name = self.included();
                vec![format!("{word} : $(C_Folder)/{name}")]
            }
            6 => {
                self.note("include: command");
                let assignment = self.echoed();
                vec![format!("{word} command : /bin/echo {assignment}")]
            }
            7 => {
                self.note("include: command by |");
                let assignment = self.echoed();
                vec![format!("{word} : /bin/echo {assignment} |")]
            }
            _ => {
                self.note("include: command into");
                let number = self.files.len();
                let assignment = self.echoed();
                vec![format!(
                    "{word} command into {HERE}/made.{number} : /bin/echo {assignment}"
                )]
            }
        }
    }

    fn included(&mut self) -> String {
        let name = format!("inc/{}.conf", self.files.len());
        let statements = 1 + self.dice.below(4);
        self.file(name, statements)
    }

    fn echoed(&mut self) -> String {
        self.dice
            .pick(&[
                "C_Last_3 = from a command",
                "C_Last_3 = $(C_Num)",
                "ALLOW_READ = \"a b\" c",
                "use role:Personal",
                "# nothing",
                "c_last_3 = a  b",
            ])
            .to_owned()
    }

    /// A chain of files, each including the next.
    pub(crate) fn chain(&mut self, length: usize) -> Vec<String> {
        self.note("include: in an included file");
        for number in 1..=length {
            let next = if number == length {
                String::new()
            } else {
                format!("include : {HERE}/chain/{}\n", number + 1)
            };
            let text =
                format!("C_Chain_{number} = {number}\n{next}C_Chain = $(C_Chain) {number}\n");
            self.files
                .push((format!("chain/{number}"), text.into_bytes()));
        }
        vec![format!("include : {HERE}/chain/1")]
    }
}
