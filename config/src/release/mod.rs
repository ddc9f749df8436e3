//! What differs from release to release: the compiled-in defaults, the templates, and what `version` means.
//!
//! The tables in the folder `releases` are written by `releases/update` from what each release's own tools print.

mod defaults;
mod templates;

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::sync::OnceLock;

use thiserror::Error;

use defaults::Defaults;
pub(crate) use defaults::compare;
use templates::Templates;

/// A release of HTCondor, as packaged by Debian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Release {
    /// 25.14.1.
    #[default]
    V25_14_1,
    /// 23.9.6.
    V23_9_6,
}

/// A release that is not known here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the HTCondor release {text:?} is not known here; known are 25.14.1 and 23.9.6")]
pub struct UnknownRelease {
    /// What was asked for.
    pub text: String,
}

/// A configuration template, for `use CATEGORY : NAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// ROLE, FEATURE, POLICY or SECURITY.
    pub category: &'static str,
    /// Its name as HTCondor spells it.
    pub name: &'static str,
    /// Its statements, a line each; of comments, only the `#`.
    pub body: &'static str,
}

impl Release {
    /// All that are known, the newest first.
    pub const ALL: [Self; 2] = [Self::V25_14_1, Self::V23_9_6];

    /// The version: major, minor, patch.
    #[must_use]
    pub fn version(self) -> (u32, u32, u32) {
        match self {
            Self::V25_14_1 => (25, 14, 1),
            Self::V23_9_6 => (23, 9, 6),
        }
    }

    /// Whether `NAME += value` adds to a value; 23.9.6 takes it for `NAME = value`.
    pub(crate) fn has_append(self) -> bool {
        self != Self::V23_9_6
    }

    /// Whether `$BASENAME(NAME, suffix)` has a second argument.
    pub(crate) fn has_basename_suffix(self) -> bool {
        self != Self::V23_9_6
    }

    /// The default of a setting, with its name as HTCondor spells it. Some defaults are empty.
    #[must_use]
    pub fn default_of(self, name: &str) -> Option<(&'static str, &'static str)> {
        self.table().default_of(name)
    }

    /// The default that a setting has in one subsystem only; its name has the subsystem in front.
    #[must_use]
    pub fn subsystem_default(
        self,
        subsystem: &str,
        name: &str,
    ) -> Option<(&'static str, &'static str)> {
        self.table().subsystem_default(subsystem, name)
    }

    /// The names that HTCondor knows, and the defaults that count in all subsystems, by name without regard to case.
    pub fn defaults(self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        self.table().all()
    }

    /// A template; case does not matter.
    #[must_use]
    pub fn template(self, category: &str, name: &str) -> Option<Template> {
        self.templates(category)
            .find(|template| template.name.eq_ignore_ascii_case(name))
    }

    /// The templates of a category; none if there is no such category.
    pub fn templates(self, category: &str) -> impl Iterator<Item = Template> {
        self.collections()
            .iter()
            .filter(move |collection| collection.category.eq_ignore_ascii_case(category))
            .flat_map(Templates::all)
    }

    fn table(self) -> &'static Defaults {
        static NEWEST: OnceLock<Defaults> = OnceLock::new();
        static OLDER: OnceLock<Defaults> = OnceLock::new();
        match self {
            Self::V25_14_1 => NEWEST
                .get_or_init(|| Defaults::parse(include_str!("../../releases/25.14.1/defaults"))),
            Self::V23_9_6 => OLDER
                .get_or_init(|| Defaults::parse(include_str!("../../releases/23.9.6/defaults"))),
        }
    }

    fn collections(self) -> &'static [Templates; 4] {
        macro_rules! collections {
            ($release:literal) => {{
                const ALL: [Templates; 4] = [
                    Templates {
                        category: "ROLE",
                        text: include_str!(concat!("../../releases/", $release, "/ROLE")),
                    },
                    Templates {
                        category: "FEATURE",
                        text: include_str!(concat!("../../releases/", $release, "/FEATURE")),
                    },
                    Templates {
                        category: "POLICY",
                        text: include_str!(concat!("../../releases/", $release, "/POLICY")),
                    },
                    Templates {
                        category: "SECURITY",
                        text: include_str!(concat!("../../releases/", $release, "/SECURITY")),
                    },
                ];
                &ALL
            }};
        }
        match self {
            Self::V25_14_1 => collections!("25.14.1"),
            Self::V23_9_6 => collections!("23.9.6"),
        }
    }
}

impl Display for Release {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.version();
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        let known = Self::ALL
            .into_iter()
            .find(|release| release.to_string() == text);
        known.ok_or_else(|| UnknownRelease {
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_apart() {
        assert_eq!("23.9.6".parse(), Ok(Release::V23_9_6));
        assert!("25".parse::<Release>().is_err());
        for release in Release::ALL {
            assert_eq!(release.to_string().parse(), Ok(release));
            assert!(release.defaults().count() > 1000);
            assert_eq!(
                release.default_of("sec_password_directory"),
                Some(("SEC_PASSWORD_DIRECTORY", "$(ETC)/passwords.d"))
            );
            assert_eq!(release.default_of("NOPE"), None);
            assert_eq!(
                release.subsystem_default("schedd", "isschedd"),
                Some(("SCHEDD.IsSchedd", "true"))
            );
            assert_eq!(release.subsystem_default("schedd", "LOG"), None);
            let image = release.subsystem_default("us_east_1", "annex_default_odi_image_id");
            assert_eq!(
                image.map(|(name, _)| name),
                Some("US_EAST_1.ANNEX_DEFAULT_ODI_IMAGE_ID")
            );
            // No setting of the table has a dot: what stands in front of one is a subsystem.
            assert!(release.defaults().all(|(name, _)| !name.contains('.')));
            let strong = release.template("security", "strong").unwrap();
            assert_eq!((strong.category, strong.name), ("SECURITY", "STRONG"));
            assert!(strong.body.contains("SEC_DEFAULT_AUTHENTICATION"));
            assert_eq!(release.templates("nope").count(), 0);
        }
        let recommended = |release: Release| release.template("SECURITY", "recommended").is_some();
        assert!(recommended(Release::V25_14_1) && !recommended(Release::V23_9_6));
        let long = Release::V25_14_1.default_of("SUM_OF_CATALOGS").unwrap().1;
        assert_eq!(long.lines().count(), 11);
    }
}
