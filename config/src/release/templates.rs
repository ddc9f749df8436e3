//! The templates of one category: `% NAME` on a line, and its statements below.

use super::Template;

/// A category and the text of its templates.
pub(super) struct Templates {
    pub(super) category: &'static str,
    pub(super) text: &'static str,
}

impl Templates {
    pub(super) fn all(&self) -> impl Iterator<Item = Template> {
        let category = self.category;
        let parts = self.text.split("% ").skip(1);
        parts.map(move |part| {
            let (name, body) = part.split_once('\n').unwrap_or((part, ""));
            Template {
                category,
                name,
                body,
            }
        })
    }
}
