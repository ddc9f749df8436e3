//! Placeholder.
use std::fmt;
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Release {
    #[default]
    V25_14_1,
    V23_9_6,
}
#[derive(Debug, Clone, Copy)]
pub struct Template {
    pub category: &'static str,
    pub name: &'static str,
    pub body: &'static str,
}
impl Release {
    pub const ALL: [Self; 2] = [Self::V25_14_1, Self::V23_9_6];
    pub fn version(self) -> (u32, u32, u32) {
        (25, 14, 1)
    }
    pub fn template(self, _c: &str, _n: &str) -> Option<Template> {
        None
    }
    pub fn templates(self, _c: &str) -> impl Iterator<Item = Template> {
        std::iter::empty()
    }
    pub fn default_of(self, _n: &str) -> Option<(&'static str, &'static str)> {
        None
    }
    pub fn subsystem_default(self, _s: &str, _n: &str) -> Option<(&'static str, &'static str)> {
        None
    }
    pub fn defaults(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        std::iter::empty()
    }
}
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("25.14.1")
    }
}
