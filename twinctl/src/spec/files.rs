//! The files behind an environment: its own, and what it extends, merged into one tree.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mistake::{Mistake, Place, Source};
use super::nearest::nearest;
use super::shape;
use super::tree::{self, Entry, Node, Value};

/// Where an environment file ends and an accident begins.
const LARGEST: u64 = 256 * 1024;

/// The tree of `path` over all that it extends. Every value keeps the place it is written at.
pub(super) fn read(path: &Path) -> Result<Node, Mistake> {
    let mut tree = read_one(path, None)?;
    let mut chain = vec![path.to_owned()];
    let mut extends = extends_of(&tree);
    while let Some(written) = extends {
        let base_path = extended(&written, &chain)?;
        let base = read_one(&base_path, Some(&written.place))?;
        chain.push(base_path);
        extends = extends_of(&base);
        tree = merge(base, tree);
    }
    Ok(tree)
}

fn extends_of(tree: &Node) -> Option<Node> {
    let Value::Map(entries) = &tree.value else {
        return None;
    };
    let entry = entries.iter().find(|entry| entry.key == "extends")?;
    (!matches!(entry.node.value, Value::Null)).then(|| entry.node.clone())
}

/// The file that `extends` names, seen from the last of `chain`.
fn extended(extends: &Node, chain: &[PathBuf]) -> Result<PathBuf, Mistake> {
    let mut wrong = Vec::new();
    let Some(name) = shape::text(extends, &mut wrong) else {
        return Err(wrong.remove(0));
    };
    let folder = chain.last().and_then(|path| path.parent()).unwrap_or(Path::new(""));
    // Without the `.` of `./base.yaml`.
    let path: PathBuf = folder.join(name).components().collect();
    let Some(first) = chain.iter().position(|seen| is_same(seen, &path)) else {
        return Ok(path);
    };
    let circle: Vec<String> = chain[first..].iter().chain([&path]).map(|path| shown(path)).collect();
    let message = format!("{} extends itself", shown(&path));
    Err(Mistake::at(&extends.place, message, "this closes a circle")
        .help(format!("{}; one of them has to stop extending", circle.join(" → "))))
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// `wanted` is where another file asks for this one.
fn read_one(path: &Path, wanted: Option<&Place>) -> Result<Node, Mistake> {
    let bytes = contents(path).map_err(|error| unreadable(path, &error, wanted))?;
    match String::from_utf8(bytes) {
        Ok(text) => tree::parse(path, &text),
        Err(error) => Err(not_utf8(path, &error)),
    }
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(io::Error::other("it is larger than 256 KiB"));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error, wanted: Option<&Place>) -> Mistake {
    let message = match error.kind() {
        io::ErrorKind::NotFound => format!("{} does not exist", path.display()),
        _ => format!("{} cannot be read: {error}", path.display()),
    };
    let Some(place) = wanted else {
        return Mistake::nowhere(message);
    };
    let siblings = yaml_files(path.parent().unwrap_or(Path::new("")));
    Mistake::at(place, message, "wanted here").help(
        nearest(&shown(path), siblings.iter().map(String::as_str))
            .map(|name| format!("did you mean `{name}`?")),
    )
}

/// The names of the YAML files of a folder, sorted; none when it cannot be read.
pub(super) fn yaml_files(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "yaml"))
        .collect();
    names.sort();
    names
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Mistake {
    let start = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let range = start..start + char::REPLACEMENT_CHARACTER.len_utf8();
    let place = Place { source: Arc::new(Source { path: path.to_owned(), text }), range };
    Mistake::at(&place, "not readable as text", "not UTF-8")
        .help("save the file with the encoding UTF-8".to_owned())
}

/// `top` over `base`: maps are merged, anything else is replaced.
fn merge(base: Node, top: Node) -> Node {
    match (base.value, top.value) {
        (Value::Map(base), Value::Map(entries)) => {
            Node { place: top.place, value: Value::Map(merge_entries(base, entries)) }
        }
        (_, value) => Node { place: top.place, value },
    }
}

fn merge_entries(mut base: Vec<Entry>, top: Vec<Entry>) -> Vec<Entry> {
    for entry in top {
        match base.iter_mut().find(|known| known.key == entry.key) {
            Some(known) => {
                let below = std::mem::replace(known, entry);
                known.node = merge(below.node, known.node.clone());
            }
            None => base.push(entry),
        }
    }
    base
}
