//! Applies random uploads and crashes to simulated stored files.

use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::artifacts::data::{DesiredFiles, Fingerprint, PreparedFiles, Set};

const KEYS: [&str; 8] = [
    "facts.json",
    "personal_data/facts.json",
    "data/style.txt",
    "style.txt",
    "me.txt",
    "notes.md",
    "data/holiday.jpg",
    "prompts/system_prompt.txt",
];

fn files(contents: &BTreeMap<usize, u8>) -> Files {
    contents.iter().map(|(key, content)| (KEYS[*key].to_owned(), Fingerprint::of(&[*content]))).collect()
}

fn prepared(contents: &BTreeMap<usize, u8>) -> DesiredFiles {
    let mut files = persona::Files::default();
    for (key, content) in contents {
        files.insert(KEYS[*key], vec![*content]);
    }
    DesiredFiles::Files(Arc::new(PreparedFiles::new(files, String::new(), false)))
}

/// Performs the first `steps` writes of a run. Returns whether the run is complete.
fn apply(stored: &mut StoredFiles, desired: &DesiredFiles, id: &str, mut steps: usize) -> bool {
    let Some(resolved) = desired.resolve(stored) else { return true };
    let work = FileChanges::new(&resolved.files, stored);
    let mut step = || {
        let continues = steps > 0;
        steps = steps.saturating_sub(1);
        continues
    };
    if work.is_new {
        if !step() {
            return false;
        }
        let set = Set {
            id: id.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            by: String::new(),
            files: resolved.files.clone(),
            back_to: None,
            is_sample: false,
        };
        stored.history = stored.history.with(set, stored.managed());
    }
    for key in work.write {
        if !step() {
            return false;
        }
        stored.files.insert(key.clone(), resolved.files[&key].clone());
    }
    work.remove.iter().all(|key| {
        let continues = step();
        if continues {
            stored.files.remove(key);
        }
        continues
    })
}

/// Returns the files that the twin reads, by their names without folders.
fn read_by_the_twin(files: &Files) -> BTreeMap<String, Fingerprint> {
    let mut keys: Vec<_> = files.iter().collect();
    keys.sort_by_key(|(key, _)| crate::artifacts::data::layout::folder_rank(key));
    let mut read = BTreeMap::new();
    for (key, print) in keys.into_iter().filter(|(key, _)| is_persona_file(key)) {
        read.entry(persona::without_folder(key).to_owned()).or_insert(print.clone());
    }
    read
}

fn contents() -> impl Strategy<Value = BTreeMap<usize, u8>> {
    prop::collection::btree_map(0..KEYS.len(), 0..3_u8, 1..KEYS.len())
}

proptest! {
    #[test]
    fn after_crashes_an_upload_stores_the_desired_files(
        found in contents(),
        runs in prop::collection::vec((contents(), 0..12_usize), 1..6),
    ) {
        let mut stored = StoredFiles { files: files(&found), ..StoredFiles::default() };
        let unmanaged: Vec<_> = stored.files.keys().filter(|key| !stored.is_managed(key)).cloned().collect();
        let mut touched = std::collections::BTreeSet::new();
        for (number, (desired, crashes_after)) in runs.iter().enumerate() {
            touched.extend(desired.keys().map(|key| KEYS[*key]));
            let (desired, id) = (prepared(desired), number.to_string());
            apply(&mut stored, &desired, &id, *crashes_after);
        }
        let (last, _) = runs.last().expect("at least one run");
        let desired = prepared(last);
        prop_assert!(apply(&mut stored, &desired, "last", usize::MAX));
        prop_assert_eq!(read_by_the_twin(&stored.files), read_by_the_twin(&files(last)));
        let resolved = desired.resolve(&stored).expect("desired files");
        prop_assert_eq!(FileChanges::new(&resolved.files, &stored), FileChanges::default());
        for key in unmanaged.iter().filter(|key| !touched.contains(key.as_str())) {
            prop_assert!(stored.files.contains_key(key), "{} is not managed by twinctl", key);
        }
    }

    #[test]
    fn a_rollback_and_a_second_rollback_restore_the_files(first in contents(), second in contents()) {
        let mut stored = StoredFiles::default();
        for (id, desired) in [("1", &first), ("2", &second)] {
            apply(&mut stored, &prepared(desired), id, usize::MAX);
        }
        let before = stored.clone();
        prop_assume!(before.history.sets.len() == 2);
        apply(&mut stored, &DesiredFiles::Set("1".to_owned()), "3", usize::MAX);
        prop_assert_eq!(&stored.files, &before.history.sets[1].files);
        let after = DesiredFiles::Set(stored.history.sets[1].id.clone());
        apply(&mut stored, &after, "4", usize::MAX);
        prop_assert_eq!(&stored.files, &before.files);
    }
}
