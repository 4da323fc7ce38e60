//! Reads an environment file and the files that it extends, and merges them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::built_in;
use super::error::{Place, Source, SpecError};
use super::folder::yaml_files;
use super::nearest::nearest;
use super::shape;
use super::tree::{self, Entry, Node, Value};

/// Maximum size of a file, so that a wrong file is not read into memory.
const LARGEST: u64 = 256 * 1024;

/// Reads `path` and merges it over the files that it extends. Each value keeps its place in its file.
pub(super) fn read(path: &Path) -> Result<Node, SpecError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let is_built_in = built_in::is_built_in(path.parent().unwrap_or(Path::new("")), &name);
    let read_one = |path: &Path, extends: Option<&Place>| match built_in::text(path) {
        Some(text) if is_built_in => tree::parse(path, text),
        _ => read_one(path, extends),
    };
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

/// Returns the path of the file that `extends` names, relative to the last file of `chain`.
fn extended(extends: &Node, chain: &[PathBuf]) -> Result<PathBuf, SpecError> {
    let mut wrong = Vec::new();
    let Some(name) = shape::text(extends, &mut wrong) else {
        return Err(wrong.remove(0));
    };
    let folder = chain.last().and_then(|path| path.parent()).unwrap_or(Path::new(""));
    // Removes the `.` of `./base.yaml`.
    let path: PathBuf = folder.join(name).components().collect();
    let Some(first) = chain.iter().position(|seen| is_same(seen, &path)) else {
        return Ok(path);
    };
    let cycle: Vec<String> = chain[first..].iter().chain([&path]).map(|path| shown(path)).collect();
    let message = format!("{} extends itself", shown(&path));
    Err(SpecError::at(&extends.place, message, "circular `extends`")
        .help(format!("{}; remove one `extends`", cycle.join(" → "))))
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

/// Reads one file. `extends` is the place in another file that names it.
fn read_one(path: &Path, extends: Option<&Place>) -> Result<Node, SpecError> {
    let bytes = contents(path).map_err(|error| unreadable(path, &error, extends))?;
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

fn unreadable(path: &Path, error: &io::Error, extends: Option<&Place>) -> SpecError {
    let message = match error.kind() {
        io::ErrorKind::NotFound => format!("{} does not exist", path.display()),
        _ => format!("could not read {}: {error}", path.display()),
    };
    let Some(place) = extends else {
        return SpecError::without_place(message);
    };
    let siblings = yaml_files(path.parent().unwrap_or(Path::new("")));
    SpecError::at(place, message, "extended here").help(
        nearest(&shown(path), siblings.iter().map(String::as_str))
            .map(|name| format!("did you mean `{name}`?")),
    )
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> SpecError {
    let start = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let range = start..start + char::REPLACEMENT_CHARACTER.len_utf8();
    let place = Place { source: Arc::new(Source { path: path.to_owned(), text }), range };
    SpecError::at(&place, "invalid UTF-8", "invalid byte").help("save the file as UTF-8".to_owned())
}

/// Merges `top` over `base`: maps are merged, other values are replaced.
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
