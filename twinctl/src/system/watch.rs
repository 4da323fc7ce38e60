//! Sees changes of files by looking at them again and again: a look at what a twin is made of costs next to nothing.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::Metadata,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use ignore::{DirEntry, WalkBuilder};

use crate::system::clock;

const BETWEEN_LOOKS: Duration = Duration::from_millis(300);
/// Editors and builds write several files, one after the other.
const QUIET: Duration = Duration::from_millis(200);

/// Files and folders, and how they were when they were last looked at.
#[derive(Debug)]
pub(crate) struct Watch {
    paths: Vec<PathBuf>,
    seen: Look,
}

/// What there was.
type Look = BTreeMap<PathBuf, Stamp>;

/// Differs when a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
}

impl Watch {
    /// What changes from now on. A path that is not there may come.
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        let seen = look(&paths);
        Self { paths, seen }
    }

    /// Watches other paths. Of those that stay, nothing is missed.
    pub(crate) fn turn_to(&mut self, paths: Vec<PathBuf>) {
        let (stay, new): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| self.paths.contains(path));
        self.seen.retain(|path, _| stay.iter().any(|above| path.starts_with(above)));
        self.seen.extend(look(&new));
        self.paths = paths;
    }

    /// What changed there is known.
    pub(crate) fn pass_over(&mut self, folder: &Path) {
        self.seen.retain(|path, _| !path.starts_with(folder));
        self.seen.extend(look(&[folder.to_owned()]));
    }

    /// Waits for a change, then until nothing changed for a moment. What was changed back did not change.
    pub(crate) async fn changed(&mut self) -> Vec<PathBuf> {
        loop {
            clock::sleep(BETWEEN_LOOKS).await;
            let mut now = look(&self.paths);
            if now == self.seen {
                continue;
            }
            loop {
                clock::sleep(QUIET).await;
                let later = look(&self.paths);
                if later == now {
                    break;
                }
                now = later;
            }
            let changed = differing(&self.seen, &now);
            self.seen = now;
            if !changed.is_empty() {
                return changed;
            }
        }
    }
}

fn look(paths: &[PathBuf]) -> Look {
    let mut seen = Look::new();
    for path in paths {
        let walk =
            WalkBuilder::new(path).standard_filters(false).follow_links(true).filter_entry(counts).build();
        // What cannot be looked at is as if it were not there.
        for entry in walk.flatten() {
            if let Some(stamp) = entry.metadata().ok().and_then(|metadata| stamp(&metadata)) {
                seen.insert(entry.into_path(), stamp);
            }
        }
    }
    seen
}

/// Hidden files are those of editors and tools; what a tool has loaded is not anybody's source.
fn counts(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let hidden = name.as_encoded_bytes().starts_with(b".") && name != OsStr::new(".well-known");
    entry.depth() == 0 || !(hidden || name == OsStr::new("node_modules"))
}

fn stamp(metadata: &Metadata) -> Option<Stamp> {
    let stamp = || Stamp { modified: metadata.modified().ok(), size: metadata.len() };
    metadata.is_file().then(stamp)
}

/// What came, went or was written.
fn differing(before: &Look, after: &Look) -> Vec<PathBuf> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let new = after.iter().filter(|(path, stamp)| before.get(*path) != Some(stamp)).map(|(path, _)| path);
    let mut differing: Vec<_> = gone.chain(new).cloned().collect();
    differing.sort();
    differing
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Desk(tempfile::TempDir);

    impl Desk {
        fn new() -> Self {
            let desk = Self(tempfile::tempdir().unwrap());
            desk.write("data/facts.json", "{}");
            desk.write("data/.swap", "");
            desk.write("environments/local.yaml", "");
            desk
        }

        fn path(&self, inside: &str) -> PathBuf {
            self.0.path().join(inside)
        }

        fn write(&self, inside: &str, text: &str) {
            fs::create_dir_all(self.path(inside).parent().unwrap()).unwrap();
            fs::write(self.path(inside), text).unwrap();
        }

        /// What is seen of what happens: `None` when nothing.
        async fn sees(&self, watch: &mut Watch) -> Option<Vec<String>> {
            let changed = tokio::time::timeout(BETWEEN_LOOKS * 4, watch.changed()).await.ok()?;
            let inside = |path: &PathBuf| path.strip_prefix(self.0.path()).unwrap().display().to_string();
            Some(changed.iter().map(inside).collect())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_went_or_was_written_is_seen_once() {
        let desk = Desk::new();
        let mut watch = Watch::new(vec![desk.path("data"), desk.path("dist"), desk.path("Cargo.lock")]);
        assert_eq!(desk.sees(&mut watch).await, None);
        desk.write("data/facts.json", "{\"a\": 1}");
        desk.write("data/new/me.txt", "me");
        desk.write("data/.swap", "an editor's own");
        desk.write("environments/local.yaml", "nobody looks there");
        assert_eq!(desk.sees(&mut watch).await.unwrap(), ["data/facts.json", "data/new/me.txt"]);
        assert_eq!(desk.sees(&mut watch).await, None);
        fs::remove_file(desk.path("data/facts.json")).unwrap();
        desk.write("dist/index.html", "a page");
        desk.write("Cargo.lock", "a file");
        let seen = desk.sees(&mut watch).await.unwrap();
        assert_eq!(seen, ["Cargo.lock", "data/facts.json", "dist/index.html"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_told_when_it_is_over() {
        let desk = Desk::new();
        let mut watch = Watch::new(vec![desk.path("data")]);
        let writing = async {
            for number in 0..10 {
                desk.write(&format!("data/{number}.txt"), "x");
                clock::sleep(QUIET / 2).await;
            }
        };
        let (changed, ()) = tokio::join!(watch.changed(), writing);
        assert_eq!(changed.len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_missed_by_turning_and_what_was_made_here_is_passed_over() {
        let desk = Desk::new();
        let mut watch = Watch::new(vec![desk.path("data")]);
        desk.write("data/facts.json", "[1, 2]");
        watch.turn_to(vec![desk.path("data"), desk.path("dist")]);
        assert_eq!(desk.sees(&mut watch).await.unwrap(), ["data/facts.json"]);
        desk.write("dist/index.html", "built");
        desk.write("data/me.txt", "me");
        watch.pass_over(&desk.path("dist"));
        assert_eq!(desk.sees(&mut watch).await.unwrap(), ["data/me.txt"]);
    }
}
