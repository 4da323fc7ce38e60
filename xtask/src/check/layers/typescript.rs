//! The imports between the files of the chat page.

use std::fs;
use std::path::Path as FilePath;

use anyhow::{Context, Result};
use testbed::workspace;

use super::import::{Import, Imports, Path};

const SOURCES: &str = "twin-web/src";

/// The keywords that the specifier of an import follows.
const KEYWORDS: [&str; 3] = ["from ", "import ", "import("];

pub(super) fn imports() -> Result<Imports> {
    let root = workspace::root().join(SOURCES);
    let mut imports = Vec::new();
    read_folder(&root, &[], &mut imports)?;
    imports.sort();
    Ok(Imports { name: SOURCES.to_owned(), imports })
}

fn read_folder(folder: &FilePath, path: &[String], imports: &mut Vec<Import>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("failed to read {}", folder.display()))?;
    for entry in entries {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let inside = [path, std::slice::from_ref(&name)].concat();
        if file.is_dir() {
            read_folder(&file, &inside, imports)?;
        } else if is_source(&name) {
            imports.extend(imports_of(&inside, &fs::read_to_string(&file)?));
        }
    }
    Ok(())
}

fn is_source(name: &str) -> bool {
    let has = |ending: &str| name.ends_with(ending);
    (has(".ts") || has(".tsx")) && !has(".test.ts") && !has(".test.tsx")
}

/// The imports of other TypeScript files. A path is the folders and the name of a file.
pub(super) fn imports_of(path: &[String], text: &str) -> Vec<Import> {
    let import = |(line, specifier): (usize, &str)| {
        let to = resolve(path, specifier)?;
        is_source(specifier).then(|| Import {
            file: format!("{SOURCES}/{}", path.join("/")),
            line,
            written: specifier.to_owned(),
            from: path.to_vec(),
            to,
        })
    };
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter_map(|(line, text)| Some((line, specifier(text)?))).filter_map(import).collect()
}

/// The relative path that a line imports, if any.
fn specifier(line: &str) -> Option<&str> {
    let quoted = |keyword: &str| {
        let (_, rest) = line.split_once(keyword)?;
        let quote = rest.chars().next().filter(|letter| ['\'', '"'].contains(letter))?;
        rest[1..].split_once(quote).map(|(specifier, _)| specifier)
    };
    KEYWORDS.into_iter().find_map(quoted).filter(|specifier| specifier.starts_with('.'))
}

fn resolve(from: &[String], specifier: &str) -> Option<Path> {
    let mut path = from.split_last()?.1.to_vec();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop()?),
            name => path.push(name.to_owned()),
        }
    }
    Some(path)
}
