//! Detects file changes by polling, which is cheap for the few files of a twin.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::Metadata,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use ignore::{DirEntry, WalkBuilder};

use crate::system::clock;

/// The time between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(300);
/// The time without changes after which a change is reported, because editors and builds write several files.
const QUIET_PERIOD: Duration = Duration::from_millis(200);

/// Watched files and folders, with their last known modification times and sizes.
#[derive(Debug)]
pub(crate) struct Watch {
    paths: Vec<PathBuf>,
    /// A folder inside one of the paths that is not watched.
    without: Option<PathBuf>,
    known: Snapshot,
}

type Snapshot = BTreeMap<PathBuf, Stamp>;

/// Changes when a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
}

impl Watch {
    /// Watches the paths from now on. They need not exist.
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        let known = snapshot(&paths, None);
        Self { paths, without: None, known }
    }

    /// Does not watch a folder inside one of the paths, such as the folder of the conversations.
    #[must_use]
    pub(crate) fn without(self, folder: Option<PathBuf>) -> Self {
        let known = snapshot(&self.paths, folder.as_deref());
        Self { without: folder, known, ..self }
    }

    /// Replaces the watched paths. Changes of paths that were watched before are not missed.
    pub(crate) fn set_paths(&mut self, paths: Vec<PathBuf>) {
        let (kept, new): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| self.paths.contains(path));
        self.known.retain(|path, _| kept.iter().any(|above| path.starts_with(above)));
        self.known.extend(snapshot(&new, self.without.as_deref()));
        self.paths = paths;
    }

    /// Ignores the changes so far in a folder, for example changes by twinctl itself.
    pub(crate) fn ignore_changes_in(&mut self, folder: &Path) {
        self.known.retain(|path, _| !path.starts_with(folder));
        self.known.extend(snapshot(&[folder.to_owned()], self.without.as_deref()));
    }

    /// Waits for changes, then for the quiet period. Returns the changed paths, without those that were changed back.
    pub(crate) async fn changed(&mut self) -> Vec<PathBuf> {
        loop {
            clock::sleep(POLL_INTERVAL).await;
            let mut now = snapshot(&self.paths, self.without.as_deref());
            if now == self.known {
                continue;
            }
            loop {
                clock::sleep(QUIET_PERIOD).await;
                let later = snapshot(&self.paths, self.without.as_deref());
                if later == now {
                    break;
                }
                now = later;
            }
            let changed = changed_paths(&self.known, &now);
            self.known = now;
            if !changed.is_empty() {
                return changed;
            }
        }
    }
}

fn snapshot(paths: &[PathBuf], without: Option<&Path>) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for path in paths {
        let walk = WalkBuilder::new(path)
            .standard_filters(false)
            .follow_links(true)
            .filter_entry({
                let without = without.map(Path::to_owned);
                move |entry| is_watched(entry) && without.as_deref() != Some(entry.path())
            })
            .build();
        // Paths that cannot be read are treated as nonexistent.
        for entry in walk.flatten() {
            if let Some(stamp) = entry.metadata().ok().and_then(|metadata| stamp(&metadata)) {
                snapshot.insert(entry.into_path(), stamp);
            }
        }
    }
    snapshot
}

/// Excludes hidden files, which belong to editors and tools, and downloaded packages.
fn is_watched(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let hidden = name.as_encoded_bytes().starts_with(b".") && name != OsStr::new(".well-known");
    entry.depth() == 0 || !(hidden || name == OsStr::new("node_modules"))
}

fn stamp(metadata: &Metadata) -> Option<Stamp> {
    let stamp = || Stamp { modified: metadata.modified().ok(), size: metadata.len() };
    metadata.is_file().then(stamp)
}

/// Returns the paths that were created, deleted or written.
fn changed_paths(before: &Snapshot, after: &Snapshot) -> Vec<PathBuf> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let new = after.iter().filter(|(path, stamp)| before.get(*path) != Some(stamp)).map(|(path, _)| path);
    let mut changed: Vec<_> = gone.chain(new).cloned().collect();
    changed.sort();
    changed
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Project(tempfile::TempDir);

    impl Project {
        fn new() -> Self {
            let project = Self(tempfile::tempdir().unwrap());
            project.write("data/facts.json", "{}");
            project.write("data/.swap", "");
            project.write("environments/local.yaml", "");
            project
        }

        fn path(&self, inside: &str) -> PathBuf {
            self.0.path().join(inside)
        }

        fn write(&self, inside: &str, text: &str) {
            fs::create_dir_all(self.path(inside).parent().unwrap()).unwrap();
            fs::write(self.path(inside), text).unwrap();
        }

        /// Returns the changes that the watch reports, if any.
        async fn changes(&self, watch: &mut Watch) -> Option<Vec<String>> {
            let changed = tokio::time::timeout(POLL_INTERVAL * 4, watch.changed()).await.ok()?;
            let inside = |path: &PathBuf| path.strip_prefix(self.0.path()).unwrap().display().to_string();
            Some(changed.iter().map(inside).collect())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn created_deleted_and_written_files_are_reported_once() {
        let project = Project::new();
        let mut watch =
            Watch::new(vec![project.path("data"), project.path("dist"), project.path("Cargo.lock")]);
        assert_eq!(project.changes(&mut watch).await, None);
        project.write("data/facts.json", "{\"a\": 1}");
        project.write("data/new/me.txt", "me");
        project.write("data/.swap", "a file of an editor");
        project.write("environments/local.yaml", "not watched");
        assert_eq!(project.changes(&mut watch).await.unwrap(), ["data/facts.json", "data/new/me.txt"]);
        assert_eq!(project.changes(&mut watch).await, None);
        fs::remove_file(project.path("data/facts.json")).unwrap();
        project.write("dist/index.html", "a page");
        project.write("Cargo.lock", "a file");
        let changed = project.changes(&mut watch).await.unwrap();
        assert_eq!(changed, ["Cargo.lock", "data/facts.json", "dist/index.html"]);
    }

    #[tokio::test(start_paused = true)]
    async fn conversations_beside_the_data_files_are_not_watched() {
        let project = Project::new();
        let mut watch =
            Watch::new(vec![project.path("backend")]).without(Some(project.path("backend/memory")));
        project.write("backend/memory/a.json", "[]");
        assert_eq!(project.changes(&mut watch).await, None);
        project.write("backend/me.txt", "I am.");
        assert_eq!(project.changes(&mut watch).await.unwrap(), ["backend/me.txt"]);
    }

    #[tokio::test(start_paused = true)]
    async fn changes_are_reported_after_the_quiet_period() {
        let project = Project::new();
        let mut watch = Watch::new(vec![project.path("data")]);
        let writing = async {
            for number in 0..10 {
                project.write(&format!("data/{number}.txt"), "x");
                clock::sleep(QUIET_PERIOD / 2).await;
            }
        };
        let (changed, ()) = tokio::join!(watch.changed(), writing);
        assert_eq!(changed.len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn new_paths_miss_no_changes_and_ignored_changes_are_not_reported() {
        let project = Project::new();
        let mut watch = Watch::new(vec![project.path("data")]);
        project.write("data/facts.json", "[1, 2]");
        watch.set_paths(vec![project.path("data"), project.path("dist")]);
        assert_eq!(project.changes(&mut watch).await.unwrap(), ["data/facts.json"]);
        project.write("dist/index.html", "built");
        project.write("data/me.txt", "me");
        watch.ignore_changes_in(&project.path("dist"));
        assert_eq!(project.changes(&mut watch).await.unwrap(), ["data/me.txt"]);
    }
}
