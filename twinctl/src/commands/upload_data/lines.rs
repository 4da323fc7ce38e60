//! Line-by-line diffs of data files.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use similar::{ChangeTag, TextDiff};

use crate::{
    artifacts::data::{DesiredFiles, FileChanges, StoredFiles},
    run::session::Session,
    targets::Target,
    ui::{Diagnostic, Ui},
};

const AT_ONCE: usize = 32;
/// Number of unchanged lines around a change.
const CONTEXT: usize = 2;
/// Maximum number of lines per file.
const MOST_LINES: usize = 200;

const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// Prints the differences between the uploaded files and those to upload or restore.
pub(super) async fn show<T: Target>(
    session: &Session<T>,
    there: &StoredFiles,
    wanted: &DesiredFiles,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let unread = |fault| Diagnostic::fault("could not read the uploaded files", &fault);
    let Some(resolved) = wanted.resolve(there) else { return Ok(()) };
    let FileChanges { write: changed, remove, .. } = FileChanges::new(&resolved.files, there);
    let kept = match wanted {
        DesiredFiles::Set(_) => {
            let files = changed.iter().map(|key| (key.clone(), resolved.files[key].clone())).collect();
            session.target.read_old_data_files(&files).await.map_err(unread)?
        }
        _ => BTreeMap::new(),
    };
    let new = |key: &str| match wanted {
        DesiredFiles::Files(brought) => resolved.names.get(key).and_then(|name| brought.bytes(name)),
        _ => kept.get(key).map(Vec::as_slice),
    };
    let read = async |key: String| {
        let old = match there.files.get(&key) {
            Some(_) => session.target.read_data_file(&key).await.map_err(unread)?.unwrap_or_default(),
            None => Vec::new(),
        };
        Ok::<_, Diagnostic>((key, old))
    };
    let olds: Vec<_> =
        stream::iter(changed.into_iter().chain(remove).map(read)).buffered(AT_ONCE).try_collect().await?;
    for (key, old) in olds {
        let new = std::str::from_utf8(new(&key).unwrap_or_default());
        if let (Ok(old), Ok(new)) = (std::str::from_utf8(&old), new) {
            ui.say(&text(&key, old, new));
            ui.object("diff", json!({ "key": key, "old": old, "new": new }));
        }
    }
    Ok(())
}

fn text(key: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = vec![format!("\n{key}")];
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push("    …".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = shown(change.value());
            lines.push(match change.tag() {
                ChangeTag::Equal => format!("     {line}"),
                ChangeTag::Delete => format!("    {OLD}-{line}{OLD:#}"),
                ChangeTag::Insert => format!("    {NEW}+{line}{NEW:#}"),
            });
        }
    }
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    if more > 0 {
        lines.push(format!("    and {more} lines more"));
    }
    lines.join("\n")
}

/// Removes control characters, which could be terminal escape sequences.
fn shown(line: &str) -> String {
    line.trim_end_matches(['\n', '\r']).chars().filter(|c| *c == '\t' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_changed_lines_with_context() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
        let new = "a\nb\nc\nD\ne\nf\ng\nh\ni\nj\n\u{1b}[31mk";
        let text = anstream::adapter::strip_str(&text("me.txt", old, new)).to_string();
        insta::assert_snapshot!(text, @r"
        me.txt
             b
             c
            -d
            +D
             e
             f
            …
             i
             j
            +[31mk
        ");
    }
}
