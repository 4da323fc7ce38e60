//! Finds and reads the file of an environment, and returns all errors in it.

use std::path::{Path, PathBuf};

use super::built_in::is_built_in;
use super::environment::{DataSource, Environment};
use super::error::{Place, SpecError};
use super::fields::read_section;
use super::files;
use super::folder::yaml_files;
use super::nearest::nearest;
use super::preview;
use super::tree::{Entry, Node, Value};

/// The global options of the command line.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Directory of environment files.
    pub environments: PathBuf,
    pub overrides: Overrides,
    pub port: Option<u16>,
    pub endpoint_url: Option<String>,
}

/// Values from the command line that override the environment file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub project: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
}

/// Loads the environment `name` from the folder `dir`, or returns all errors in its files.
pub fn load(dir: &Path, name: &str, overrides: &Overrides) -> Result<Environment, Vec<SpecError>> {
    read(dir, name, overrides, |_| true)
}

/// Like [`load`], for commands that do not deploy the environment.
pub(crate) fn load_deployed(
    dir: &Path,
    name: &str,
    overrides: &Overrides,
) -> Result<Environment, Vec<SpecError>> {
    read(dir, name, overrides, |error| !error.concerns_deploys_only)
}

fn read(
    dir: &Path,
    name: &str,
    overrides: &Overrides,
    is_error: fn(&SpecError) -> bool,
) -> Result<Environment, Vec<SpecError>> {
    if !is_built_in(dir, name) && !available(dir).iter().any(|known| known == name) {
        return of_preview(dir, name, overrides).ok_or_else(|| vec![unknown(dir, name)]);
    }
    let mut tree = files::read(&dir.join(format!("{name}.yaml"))).map_err(|error| vec![error])?;
    overrides.apply(&mut tree);
    let mut errors: Vec<SpecError> = name_mismatch(&tree, name).into_iter().collect();
    let environment = read_section::<Environment>(&tree, &mut errors);
    errors.retain(is_error);
    match environment {
        Some(environment) if errors.is_empty() => Ok(resolve_paths(dir, environment)),
        _ => Err(sorted_by_place(errors)),
    }
}

/// Returns the environment of a pull request, if a file allows previews.
fn of_preview(dir: &Path, name: &str, overrides: &Overrides) -> Option<Environment> {
    if !preview::is_preview_name(name) {
        return None;
    }
    let files = available(dir).into_iter().filter_map(|name| load_deployed(dir, &name, overrides).ok());
    preview::of_pull_request(files.into_iter().find(|file| file.preview.is_some())?, name)
}

/// Returns the names of the environments in `dir`. `base.yaml` is not one: other files extend it.
pub fn available(dir: &Path) -> Vec<String> {
    yaml_files(dir)
        .iter()
        .filter_map(|file| file.strip_suffix(".yaml"))
        .filter(|name| *name != "base")
        .map(str::to_owned)
        .collect()
}

fn unknown(dir: &Path, name: &str) -> SpecError {
    let known = available(dir);
    let folder = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let error = SpecError::without_place(format!("there is no environment `{name}` in {}", folder.display()));
    if known.is_empty() {
        return error.help(format!(
            "run `twinctl init` to create environments, or run twinctl in the folder that contains {}",
            dir.display()
        ));
    }
    let listed = format!("available: {}", known.join(", "));
    // A path to the file, or its name.
    let meant = Path::new(name.strip_suffix(".yaml").unwrap_or(name)).file_name();
    let meant = meant.and_then(|meant| meant.to_str()).unwrap_or(name);
    error.help(match nearest(meant, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`? ({listed})"),
        None => listed,
    })
}

impl Overrides {
    fn apply(&self, tree: &mut Node) {
        let Value::Map(entries) = &mut tree.value else {
            return;
        };
        let overrides = [("project", &self.project), ("region", &self.region), ("profile", &self.profile)];
        for (key, value) in overrides {
            let Some(value) = value else { continue };
            let place = Place::of_text(&format!("--{key}"), value);
            let node = Node { place: place.clone(), value: Value::Text(value.clone()) };
            entries.retain(|entry| entry.key != key);
            entries.push(Entry { key: key.to_owned(), key_place: place, node });
        }
    }
}

/// Reports an `environment` that differs from the file name: an unchanged copy of a file would change the environment of
/// the original.
fn name_mismatch(tree: &Node, name: &str) -> Option<SpecError> {
    let Value::Map(entries) = &tree.value else {
        return None;
    };
    let written = &entries.iter().find(|entry| entry.key == "environment")?.node;
    let Value::Text(text) = &written.value else {
        return None;
    };
    let message = format!("`environment` is `{text}`, but the file is `{name}.yaml`");
    (text != name).then(|| SpecError::at(&written.place, message, format!("expected `{name}`")))
}

/// Resolves the paths in the file against the parent of the environments folder.
fn resolve_paths(dir: &Path, mut environment: Environment) -> Environment {
    let root = dir.parent().unwrap_or(dir);
    environment.web.bundle = root.join(&environment.web.bundle);
    if let DataSource::Default(folder) | DataSource::Folder(folder) = &mut environment.data.from {
        *folder = root.join(&folder);
    }
    let (web, local) = (&mut environment.web, &mut environment.local);
    let optional = [&mut web.avatar, &mut local.data, &mut local.memory, &mut environment.data.key_file];
    for path in optional.into_iter().flatten() {
        *path = root.join(&path);
    }
    environment
}

fn sorted_by_place(mut errors: Vec<SpecError>) -> Vec<SpecError> {
    errors.sort_by_key(|error| {
        error.place.as_ref().map(|place| (place.source.path.clone(), place.range.start))
    });
    errors
}
