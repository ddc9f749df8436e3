//! Templates: what `use` brings in (`read_meta_config` and `Parse_config_string` in `config.cpp`).

use std::sync::Arc;

use crate::arguments::{self, calls};
use crate::conditions::Conditions;
use crate::error::{ConfigError, TemplateError, excerpt};
use crate::origin::{OddLine, Origin};
use crate::read::{Heredoc, MAX_DEPTH, Reader, expansion, too_deep, unclosed};
use crate::release::{Release, Template};
use crate::statement::{self, Statement};
use crate::table::is_setting_name;
use crate::template;

impl Reader {
    /// `use CATEGORY : TEMPLATES`, which stands `depth` deep.
    pub(crate) fn use_templates(
        &mut self,
        category: &str,
        list: &str,
        origin: &Origin,
        depth: usize,
    ) -> Result<(), ConfigError> {
        let release = self.table.release();
        let refuse = |cause| ConfigError::Template {
            origin: origin.clone(),
            cause: Box::new(cause),
        };
        if depth > MAX_DEPTH {
            return Err(too_deep(origin));
        }
        let Some(first) = release.templates(category).next() else {
            return Err(refuse(TemplateError::Category {
                category: excerpt(category),
            }));
        };
        if calls(list).next().is_none() {
            let category = excerpt(category);
            let message = format!("`use {category}:` names no template, so that nothing is used");
            self.warn_of(origin, message, Some(OddLine::NoTemplate { category }));
        }
        for call in calls(list) {
            let Some(template) = release.template(category, call.name) else {
                return Err(refuse(TemplateError::Name {
                    category: first.category.to_owned(),
                    name: excerpt(call.name),
                    release: release.to_string(),
                    similar: similar(release, category, call.name),
                }));
            };
            self.use_template(template, call.arguments, origin, depth)?;
        }
        Ok(())
    }

    /// Reads one template.
    pub(crate) fn use_template(
        &mut self,
        template: Template,
        given: &str,
        used_at: &Origin,
        depth: usize,
    ) -> Result<(), ConfigError> {
        let body = self
            .budget
            .one_value(|budget| arguments::substitute(template.body, given, budget))
            .map_err(|cause| expansion(template.name, used_at, cause))?;
        self.count(body.len(), used_at)?;
        let used_at = Arc::new(used_at.clone());
        let place = |line: usize| Origin::Template {
            category: template.category,
            name: template.name,
            line,
            used_at: Arc::clone(&used_at),
        };
        let mut conditions = Conditions::default();
        let mut heredoc: Option<Heredoc> = None;
        for (number, line) in template::lines(&body) {
            let origin = place(number);
            if let Some(open) = &mut heredoc {
                if line.strip_prefix('@') != Some(open.tag.as_str()) {
                    open.push(line);
                } else if let Some(open) = heredoc.take() {
                    self.assign(&open.name, &open.body, origin)?;
                }
                continue;
            }
            if let Some(conditional) = statement::conditional(line) {
                self.step(&mut conditions, conditional, &origin)?;
                continue;
            }
            if !conditions.active() {
                continue;
            }
            let no_statement = || ConfigError::Template {
                origin: (*used_at).clone(),
                cause: Box::new(TemplateError::Line {
                    category: template.category,
                    name: template.name,
                    line: number,
                }),
            };
            match template::parse(line).ok_or_else(no_statement)? {
                Statement::Use {
                    category,
                    templates,
                } => {
                    if depth >= MAX_DEPTH {
                        return Err(too_deep(&origin));
                    }
                    self.use_templates(category, templates, &origin, depth + 1)?;
                }
                Statement::Assign { name, .. }
                | Statement::Append { name, .. }
                | Statement::Heredoc { name, .. }
                    if !is_setting_name(name) =>
                {
                    return Err(no_statement());
                }
                Statement::Assign { name, value } => self.assign(name, value, origin)?,
                Statement::Append {
                    name,
                    separator,
                    value,
                } => self.append(name, &separator, value, &origin)?,
                Statement::Heredoc { name, tag } => {
                    heredoc = Some(Heredoc {
                        name: name.to_owned(),
                        tag: tag.to_owned(),
                        body: String::new(),
                        start: origin,
                    });
                }
                Statement::Warning { message } => {
                    self.obey(Statement::Warning { message }, &origin, false, depth)?;
                    // HTCondor goes on to take it for a setting of that name.
                    self.assign("warning", message, origin)?;
                }
                statement => self.obey(statement, &origin, false, depth)?,
            }
        }
        if let Some(open) = heredoc {
            return Err(unclosed(&open));
        }
        Ok(())
    }
}

/// Where else a template of that name is to be found, or one that is called nearly so.
fn similar(release: Release, category: &str, name: &str) -> Option<String> {
    let elsewhere = Release::ALL
        .into_iter()
        .find(|other| *other != release && other.template(category, name).is_some());
    if let Some(other) = elsewhere {
        return Some(format!("{other} has it"));
    }
    let names: Vec<_> = release.templates(category).map(|t| t.name).collect();
    Some(format!("there are {}", names.join(", ")))
}
