//! The files of the repository, and what the checks report about them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use testbed::workspace;

use crate::command::{program, read};

/// The line, from 1, and what is wrong there.
pub(super) type Complaint = (usize, String);

/// Which files to check, and how to report complaints.
#[derive(clap::Args, Debug)]
pub(super) struct Scope {
    /// Check only these files and folders
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Print the number of complaints per folder instead of each complaint
    #[arg(long, requires = "rule")]
    pub(super) summary: bool,
}

impl Scope {
    /// Whether a crate, named by its folder, is among the paths.
    pub(super) fn includes(&self, name: &str) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|path| path.starts_with(name))
    }

    /// Lists the files that git tracks or would track.
    fn files(&self) -> Result<Vec<String>> {
        let mut list = program("git", &["ls-files", "--cached", "--others", "--exclude-standard", "--"]);
        let listed = read(list.args(&self.paths))?;
        // Git still lists a file that was just removed.
        let exists = |path: &&str| workspace::root().join(path).is_file();
        Ok(listed.lines().filter(exists).map(str::to_owned).collect())
    }

    /// Checks every selected file. Fails if there was a complaint, after all of them were printed.
    pub(super) fn check(
        &self,
        is_selected: impl Fn(&str) -> bool,
        rule: impl Fn(&str, &str) -> Vec<Complaint>,
    ) -> Result<()> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for path in self.files()?.into_iter().filter(|path| is_selected(path)) {
            let file = workspace::root().join(&path);
            let bytes = fs::read(&file).with_context(|| format!("failed to read {path}"))?;
            let complaints = rule(&path, &String::from_utf8_lossy(&bytes));
            if !complaints.is_empty() {
                *counts.entry(folder(&path)).or_default() += complaints.len();
            }
            if !self.summary {
                for (line, complaint) in &complaints {
                    eprintln!("{path}:{line}: {complaint}");
                }
            }
        }
        let total: usize = counts.values().sum();
        if self.summary {
            for (folder, count) in &counts {
                eprintln!("{count:>6}  {folder}");
            }
        }
        if total > 0 {
            bail!("{total} complaints");
        }
        Ok(())
    }
}

/// The extension of a file, without the dot; empty if it has none.
pub(super) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The first three folders of a path.
fn folder(path: &str) -> String {
    let folders: Vec<_> = path.split('/').collect();
    let depth = folders.len().saturating_sub(1).min(3);
    if depth == 0 { ".".to_owned() } else { folders[..depth].join("/") }
}
