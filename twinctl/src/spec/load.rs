//! Finding an environment's file, reading it, and saying everything that is wrong with it.

use std::path::{Path, PathBuf};

use super::environment::{DataSource, Environment};
use super::fields::read_section;
use super::files;
use super::mistake::{Mistake, Place};
use super::nearest::nearest;
use super::tree::{Entry, Node, Value};

/// The options of the command line that concern every command.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Directory of environment files.
    pub environments: PathBuf,
    pub overrides: Overrides,
    pub port: Option<u16>,
    pub endpoint_url: Option<String>,
}

/// Values of the command line that override the environment file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub project: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
}

/// The environment `name` of the folder `dir`, or all that is wrong with it.
pub fn load(dir: &Path, name: &str, overrides: &Overrides) -> Result<Environment, Vec<Mistake>> {
    if !available(dir).iter().any(|known| known == name) {
        return Err(vec![unknown(dir, name)]);
    }
    let mut tree = files::read(&dir.join(format!("{name}.yaml"))).map_err(|mistake| vec![mistake])?;
    overrides.apply(&mut tree);
    let mut mistakes: Vec<Mistake> = misnamed(&tree, name).into_iter().collect();
    match read_section::<Environment>(&tree, &mut mistakes) {
        Some(environment) if mistakes.is_empty() => Ok(below(dir, environment)),
        _ => Err(in_reading_order(mistakes)),
    }
}

/// The environments that have a file in `dir`. `base.yaml` is what others extend.
pub fn available(dir: &Path) -> Vec<String> {
    files::yaml_files(dir)
        .iter()
        .filter_map(|file| file.strip_suffix(".yaml"))
        .filter(|name| *name != "base")
        .map(str::to_owned)
        .collect()
}

fn unknown(dir: &Path, name: &str) -> Mistake {
    let known = available(dir);
    let mistake = Mistake::nowhere(format!("there is no environment `{name}` in {}", dir.display()));
    if known.is_empty() {
        return mistake.help(format!("run twinctl in the folder that holds {}", dir.display()));
    }
    let listed = format!("there is: {}", known.join(", "));
    mistake.help(match nearest(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`? {listed}"),
        None => listed,
    })
}

impl Overrides {
    fn apply(&self, tree: &mut Node) {
        let Value::Map(entries) = &mut tree.value else {
            return;
        };
        let said = [("project", &self.project), ("region", &self.region), ("profile", &self.profile)];
        for (key, value) in said {
            let Some(value) = value else { continue };
            let place = Place::of_text(&format!("--{key}"), value);
            let node = Node { place: place.clone(), value: Value::Text(value.clone()) };
            entries.retain(|entry| entry.key != key);
            entries.push(Entry { key: key.to_owned(), key_place: place, node });
        }
    }
}

/// A file that was copied and not changed would act on the environment it was copied from.
fn misnamed(tree: &Node, name: &str) -> Option<Mistake> {
    let Value::Map(entries) = &tree.value else {
        return None;
    };
    let written = &entries.iter().find(|entry| entry.key == "environment")?.node;
    let Value::Text(text) = &written.value else {
        return None;
    };
    let message = format!("`{name}.yaml` says that it is the environment `{text}`");
    (text != name).then(|| Mistake::at(&written.place, message, format!("should be `{name}`, like the file")))
}

/// Paths in the file are seen from the folder that holds the environments' folder.
fn below(dir: &Path, mut environment: Environment) -> Environment {
    let root = dir.parent().unwrap_or(dir);
    environment.web.bundle = root.join(&environment.web.bundle);
    if let DataSource::Usual(folder) | DataSource::Folder(folder) = &mut environment.data.from {
        *folder = root.join(&folder);
    }
    let (web, local) = (&mut environment.web, &mut environment.local);
    let further = [&mut web.avatar, &mut local.data, &mut local.memory, &mut environment.data.key_file];
    for path in further.into_iter().flatten() {
        *path = root.join(&path);
    }
    environment
}

fn in_reading_order(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.sort_by_key(|mistake| {
        mistake.place.as_ref().map(|place| (place.source.path.clone(), place.range.start))
    });
    mistakes
}
