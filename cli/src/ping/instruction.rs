//! From a word on the command line to the command that is asked about.

use countersign::core::names::{Level, command_name, command_number};

/// DC_NOP_OWNER: OWNER is no level any more, but its command still is one.
const OWNER: i32 = 60024;

/// A word and the command it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// The word as given.
    pub(crate) word: String,
    /// The command's number.
    pub(crate) command: i32,
}

impl Instruction {
    /// Reads a word: a level, a command's name or a number. As in condor_ping a number must be
    /// written plainly, and CLIENT, DEFAULT and SOAP stand for no command.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let command = if let Some(level) = Level::from_name(word) {
            level.sample_command()
        } else if ["DEFAULT", "SOAP"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(word))
        {
            None
        } else if word.eq_ignore_ascii_case("OWNER") {
            Some(OWNER)
        } else {
            command_number(word).or_else(|| {
                word.parse::<i32>()
                    .ok()
                    .filter(|number| *number >= 0 && number.to_string() == word)
            })
        }?;
        Some(Self {
            word: word.to_owned(),
            command,
        })
    }

    /// The word, with the command's name where the word is only a number.
    pub(crate) fn described(&self) -> String {
        match command_name(self.command) {
            Some(name) if self.word.parse::<i32>().is_ok() => format!("{} ({name})", self.word),
            _ => self.word.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let command = |word| Instruction::parse(word).map(|i| i.command);
        assert_eq!(command("write"), Some(60021));
        assert_eq!(command("owner"), Some(60024));
        assert_eq!(command("DC_NOP"), Some(60011));
        assert_eq!(command("60011"), Some(60011));
        assert_eq!(command("0"), Some(0));
        for bad in [
            "007",
            "-1",
            "FROBNICATE",
            "",
            "CLIENT",
            "DEFAULT",
            "SOAP",
            "+5",
        ] {
            assert_eq!(command(bad), None, "{bad}");
        }
    }
}
