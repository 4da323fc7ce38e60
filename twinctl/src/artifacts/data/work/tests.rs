//! Applies random uploads and crashes to simulated stored files.

use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::artifacts::data::{Brought, Print, Set, Wanted};

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
    contents.iter().map(|(key, content)| (KEYS[*key].to_owned(), Print::of(&[*content]))).collect()
}

fn brought(contents: &BTreeMap<usize, u8>) -> Wanted {
    let mut files = persona::Files::default();
    for (key, content) in contents {
        files.insert(KEYS[*key], vec![*content]);
    }
    Wanted::Files(Arc::new(Brought::new(files, String::new(), false)))
}

/// Performs the first `steps` writes of a run. Returns whether the run is complete.
fn apply(there: &mut There, wanted: &Wanted, id: &str, mut steps: usize) -> bool {
    let Some(aim) = wanted.aim(there) else { return true };
    let work = Work::new(&aim.files, there);
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
            files: aim.files.clone(),
            back_to: None,
            is_sample: false,
        };
        there.history = there.history.with(set, there.ours());
    }
    for key in work.write {
        if !step() {
            return false;
        }
        there.files.insert(key.clone(), aim.files[&key].clone());
    }
    work.remove.iter().all(|key| {
        let continues = step();
        if continues {
            there.files.remove(key);
        }
        continues
    })
}

/// Returns the files that the twin reads, by their names without folders.
fn read_by_the_twin(files: &Files) -> BTreeMap<String, Print> {
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
        let mut there = There { files: files(&found), ..There::default() };
        let unmanaged: Vec<_> = there.files.keys().filter(|key| !there.is_ours(key)).cloned().collect();
        let mut touched = std::collections::BTreeSet::new();
        for (number, (wanted, crashes_after)) in runs.iter().enumerate() {
            touched.extend(wanted.keys().map(|key| KEYS[*key]));
            let (wanted, id) = (brought(wanted), number.to_string());
            apply(&mut there, &wanted, &id, *crashes_after);
        }
        let (last, _) = runs.last().expect("at least one run");
        let wanted = brought(last);
        prop_assert!(apply(&mut there, &wanted, "last", usize::MAX));
        prop_assert_eq!(read_by_the_twin(&there.files), read_by_the_twin(&files(last)));
        let aim = wanted.aim(&there).expect("an aim");
        prop_assert_eq!(Work::new(&aim.files, &there), Work::default());
        for key in unmanaged.iter().filter(|key| !touched.contains(key.as_str())) {
            prop_assert!(there.files.contains_key(key), "{} is not managed by twinctl", key);
        }
    }

    #[test]
    fn a_rollback_and_a_second_rollback_restore_the_files(first in contents(), second in contents()) {
        let mut there = There::default();
        for (id, wanted) in [("1", &first), ("2", &second)] {
            apply(&mut there, &brought(wanted), id, usize::MAX);
        }
        let before = there.clone();
        prop_assume!(before.history.sets.len() == 2);
        apply(&mut there, &Wanted::Set("1".to_owned()), "3", usize::MAX);
        prop_assert_eq!(&there.files, &before.history.sets[1].files);
        let after = Wanted::Set(there.history.sets[1].id.clone());
        apply(&mut there, &after, "4", usize::MAX);
        prop_assert_eq!(&there.files, &before.files);
    }
}
