//! Options as HTCondor's tools read theirs: one may be shortened, down to as many letters as the tool
//! insists on, and may start with one dash or two.

use std::ffi::OsString;

/// An option and how many letters of it are needed.
pub(crate) struct OptionName(pub(crate) &'static str, pub(crate) usize);

impl OptionName {
    /// True if the word, without its dashes, is this option.
    pub(crate) fn is(&self, argument: &str) -> bool {
        argument.len() >= self.1.max(1) && self.0.starts_with(argument)
    }
}

/// The option in a word that starts with a dash; a dash alone is none.
pub(crate) fn option_of(word: &str) -> Option<&str> {
    let option = word.strip_prefix('-')?;
    let option = option.strip_prefix('-').unwrap_or(option);
    (word != "-").then_some(option)
}

/// The words of a command line, which must be text.
pub(crate) fn words(arguments: &[OsString]) -> Result<Vec<&str>, String> {
    let text = |argument: &OsString| format!("{} is not text", argument.display());
    arguments
        .iter()
        .map(|argument| argument.to_str().ok_or_else(|| text(argument)))
        .collect()
}

/// The value after an option.
pub(crate) fn value<'a>(
    words: &mut impl Iterator<Item = &'a str>,
    option: &str,
) -> Result<String, String> {
    words
        .next()
        .map(str::to_owned)
        .ok_or_else(|| format!("{option} requires an argument."))
}
