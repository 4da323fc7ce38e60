//! Errors in environment files, and how they are printed.

use std::iter;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::ui::Location;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// The text of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    pub path: PathBuf,
    pub text: String,
}

/// A range of text in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub source: Arc<Source>,
    /// Byte offsets in the text.
    pub range: Range<usize>,
}

impl Place {
    /// Creates the place of a text that is not from a file. `origin` names its source.
    pub(super) fn of_text(origin: &str, text: &str) -> Self {
        let source = Source { path: PathBuf::from(origin), text: text.to_owned() };
        Self { source: Arc::new(source), range: 0..text.len() }
    }
}

/// An error in an environment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// A lowercase fragment.
    pub message: String,
    /// `None` if the error is not about a place in a file.
    pub place: Option<Place>,
    /// Printed next to the underlined text.
    pub label: String,
    pub help: Option<String>,
    /// Whether only commands that deploy refuse the file. The others must work with a twin that an earlier file deployed.
    pub(super) concerns_deploys_only: bool,
}

impl SpecError {
    /// Returns the line and column, if the error is in a file.
    fn location(&self) -> Option<Location> {
        let Place { source, range } = self.place.as_ref()?;
        let before = source.text.get(..range.start).filter(|_| source.path.is_file())?;
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let texts = [self.message.as_str(), &self.label, self.help.as_deref().unwrap_or_default()];
        Some(Location {
            path: source.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n"),
        })
    }

    pub(super) fn at(place: &Place, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { place: Some(place.clone()), label: label.into(), ..Self::without_place(message) }
    }

    pub(super) fn without_place(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            label: String::new(),
            help: None,
            concerns_deploys_only: false,
        }
    }

    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

/// Renders all errors with their lines of the file.
pub fn render(errors: &[SpecError], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let one = |error| {
        let groups = groups(error).into_iter().map(|group| renderer.render(&[group]));
        groups.collect::<Vec<_>>().join("\n")
    };
    errors.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// Returns the lines and columns of the errors that are in a file.
pub fn locations(errors: &[SpecError]) -> Box<[Location]> {
    errors.iter().filter_map(SpecError::location).collect()
}

fn groups(error: &SpecError) -> Vec<Group<'_>> {
    let title = Level::ERROR.primary_title(error.message.as_str());
    let help = error.help.as_deref();
    let Some(place) = &error.place else {
        let help = help.map(|help| Group::with_title(Level::HELP.secondary_title(help)));
        return iter::once(Group::with_title(title)).chain(help).collect();
    };
    let underline = AnnotationKind::Primary.span(place.range.clone()).label(error.label.as_str());
    let snippet = Snippet::source(place.source.text.as_str())
        .path(place.source.path.to_string_lossy())
        .annotation(underline);
    vec![title.element(snippet).elements(help.map(|help| Level::HELP.message(help)))]
}
