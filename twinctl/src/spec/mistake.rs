//! A mistake in an environment file, and how it is shown.

use std::iter;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::ui::Spot;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// One file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    pub path: PathBuf,
    pub text: String,
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub source: Arc<Source>,
    /// In bytes of the source's text.
    pub range: Range<usize>,
}

impl Place {
    /// A text that is not from a file; `origin` says where it is from.
    pub(super) fn of_text(origin: &str, text: &str) -> Self {
        let source = Source { path: PathBuf::from(origin), text: text.to_owned() };
        Self { source: Arc::new(source), range: 0..text.len() }
    }
}

/// What is wrong, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// A lowercase fragment.
    pub message: String,
    /// None when there is no file to show.
    pub place: Option<Place>,
    /// Stands beside the underlined text.
    pub label: String,
    pub help: Option<String>,
}

impl Mistake {
    /// `None` where there is no file.
    fn spot(&self) -> Option<Spot> {
        let Place { source, range } = self.place.as_ref()?;
        let before = source.text.get(..range.start).filter(|_| source.path.is_file())?;
        let begins = before.rfind('\n').map_or(0, |end| end + 1);
        let said = [self.message.as_str(), &self.label, self.help.as_deref().unwrap_or_default()];
        Some(Spot {
            path: source.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[begins..].chars().count() + 1,
            message: said.into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>().join("\n"),
        })
    }

    pub(super) fn at(place: &Place, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { message: message.into(), place: Some(place.clone()), label: label.into(), help: None }
    }

    pub(super) fn nowhere(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, label: String::new(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

/// Every mistake with its line of the file, ready to be printed.
pub fn render(mistakes: &[Mistake], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let one = |mistake| {
        let groups = groups(mistake).into_iter().map(|group| renderer.render(&[group]));
        groups.collect::<Vec<_>>().join("\n")
    };
    mistakes.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// The places of those that are in a file.
pub fn spots(mistakes: &[Mistake]) -> Box<[Spot]> {
    mistakes.iter().filter_map(Mistake::spot).collect()
}

fn groups(mistake: &Mistake) -> Vec<Group<'_>> {
    let title = Level::ERROR.primary_title(mistake.message.as_str());
    let help = mistake.help.as_deref();
    let Some(place) = &mistake.place else {
        let help = help.map(|help| Group::with_title(Level::HELP.secondary_title(help)));
        return iter::once(Group::with_title(title)).chain(help).collect();
    };
    let underline = AnnotationKind::Primary.span(place.range.clone()).label(mistake.label.as_str());
    let snippet = Snippet::source(place.source.text.as_str())
        .path(place.source.path.to_string_lossy())
        .annotation(underline);
    vec![title.element(snippet).elements(help.map(|help| Level::HELP.message(help)))]
}
