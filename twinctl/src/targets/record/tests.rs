//! Comparisons of releases, and the choice of the one that a rollback restores.

use jiff::Timestamp;
use serde_json::Value;

use super::{KnownIds, Record, Release, ReleaseParts};
use crate::artifacts::web::PageSettings;

fn release(change: impl FnOnce(&mut Release, &mut ReleaseParts)) -> Release {
    let mut parts = ReleaseParts {
        page: "1".to_owned(),
        settings_sha256: "s".to_owned(),
        model: "builtin".to_owned(),
        data: Some("d".to_owned()),
        setup: Value::Null,
    };
    let mut release = Release {
        id: "1".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        by: "ada".to_owned(),
        commit: None,
        version: "1".to_owned(),
        code_sha256: "c".to_owned(),
        web_sha256: "w".to_owned(),
        page: PageSettings::default(),
        found: KnownIds::default(),
        parts: None,
        restores: None,
        rolled_back: false,
        unverified: false,
    };
    change(&mut release, &mut parts);
    Release { parts: Some(parts), ..release }
}

#[test]
fn each_part_that_differs_from_the_release_before_has_changed() {
    let old = release(|_, _| ());
    let changed = |change: fn(&mut Release, &mut ReleaseParts)| {
        let changed: Vec<_> = release(change).changed_since(&old).iter().map(ToString::to_string).collect();
        changed.join(" ")
    };
    assert_eq!(changed(|release, _| "2".clone_into(&mut release.id)), "");
    assert_eq!(changed(|release, _| "d".clone_into(&mut release.code_sha256)), "code");
    assert_eq!(changed(|release, _| "x".clone_into(&mut release.web_sha256)), "page");
    assert_eq!(changed(|_, parts| "2".clone_into(&mut parts.page)), "page");
    assert_eq!(changed(|_, parts| parts.model.push('2')), "model");
    assert_eq!(changed(|_, parts| parts.data = None), "", "unknown");
    let both = changed(|_, parts| {
        parts.settings_sha256.push('2');
        parts.data = Some("e".to_owned());
    });
    assert_eq!(both, "settings data");
}

/// Releases of earlier versions of twinctl have no parts.
#[test]
fn a_release_without_parts_can_be_read_and_compared() {
    let now = release(|release, _| release.commit = Some("4f8c2cd".to_owned()));
    let mut json = serde_json::to_value(&now).unwrap();
    for field in ["parts", "commit"] {
        json.as_object_mut().unwrap().remove(field);
    }
    let old: Release = serde_json::from_value(json).unwrap();
    assert_eq!(old.parts, None);
    assert!(old.describes(&now) && now.describes(&now));
    assert_eq!(now.changed_since(&old), []);
    assert!(!old.describes(&release(|release, _| release.version.push('2'))));
    assert!(!now.describes(&release(|_, parts| parts.settings_sha256.push('2'))));
    assert!(now.describes(&release(|_, parts| parts.data = None)), "uploads make no release");
}

/// Returns a record of these releases, newest first: the id, the version, the restored release, and whether it was rolled
/// back.
fn record(releases: &[(&str, &str, Option<&str>, bool)]) -> Record {
    let releases = releases.iter().map(|(id, version, restores, rolled_back)| {
        release(|release, parts| {
            (*id).clone_into(&mut release.id);
            (*version).clone_into(&mut release.version);
            (*version).clone_into(&mut parts.page);
            (release.restores, release.rolled_back) = (restores.map(ToOwned::to_owned), *rolled_back);
        })
    });
    Record { releases: releases.collect(), ..Record::initial() }
}

fn restored(record: &Record, id: Option<&str>) -> String {
    record.to_restore(id).map_or_else(|error| error.to_string(), |release| release.id.clone())
}

#[test]
fn a_rollback_restores_the_last_healthy_release_before_the_current_one() {
    let plain = [("r3", "3", None, false), ("r2", "2", None, false), ("r1", "1", None, false)];
    assert_eq!(restored(&record(&plain), None), "r2");
    assert_eq!(restored(&record(&plain), Some("r1")), "r1");
    assert_eq!(restored(&record(&plain), Some("r3")), "r3", "after a failed deploy");
    assert_eq!(restored(&record(&plain), Some("r")), "`r` matches 3 releases");
    assert_eq!(restored(&record(&plain), Some("x")), "there is no release `x`");
    assert_eq!(restored(&record(&plain[..1]), None), "there is no healthy release before the current one");
    assert_eq!(restored(&record(&[]), None), "there is no release yet");
    let mut old = record(&plain);
    old.releases[1].parts = None;
    assert!(restored(&old, None).starts_with("an earlier version of twinctl made the release `r2`"));
    let failed = [plain[0], ("r2", "2", None, true), plain[2]];
    assert_eq!(restored(&record(&failed), None), "r1");
    let only_data = [plain[0], ("r2", "3", None, false), plain[2]];
    assert_eq!(restored(&record(&only_data), None), "r1", "r2 has the same code, page and settings");
}

#[test]
fn a_rollback_prefers_a_release_that_has_answered() {
    let mut releases =
        record(&[("r3", "3", None, false), ("r2", "2", None, false), ("r1", "1", None, false)]);
    releases.releases[1].unverified = true;
    assert_eq!(restored(&releases, None), "r1");
    releases.releases[2].unverified = true;
    assert_eq!(restored(&releases, None), "r2");
}

#[test]
fn a_deploy_that_changes_nothing_of_a_release_makes_none() {
    let old = Record { releases: vec![release(|_, _| ())], ..Record::initial() };
    let ids = |new: Release| {
        let releases = old.releases_deployed(new);
        releases.iter().map(|release| release.id.clone()).collect::<Vec<_>>()
    };
    let new = |change: fn(&mut ReleaseParts)| {
        release(|release, parts| {
            "2".clone_into(&mut release.id);
            change(parts);
        })
    };
    assert_eq!(ids(new(|parts| parts.setup = "a port".into())), ["1"]);
    assert_eq!(ids(new(|parts| parts.data = Some("e".to_owned()))), ["2", "1"]);
    assert_eq!(ids(new(|parts| parts.settings_sha256.push('2'))), ["2", "1"]);
    let port = old.releases_deployed(new(|parts| parts.setup = "a port".into()));
    assert_eq!(port[0].parts.as_ref().unwrap().setup, "a port");
}

#[test]
fn each_rollback_goes_one_release_further_back_and_marks_what_it_replaces() {
    let mut record = record(&[("r3", "3", None, false), ("r2", "2", None, false), ("r1", "1", None, false)]);
    let mut shown = Vec::new();
    for id in ["r4", "r5"] {
        let target = record.to_restore(None).unwrap().clone();
        let rollback = Release { id: id.to_owned(), restores: Some(target.id.clone()), ..target };
        record.releases = record.releases_after(rollback);
        let mark = |release: &Release| if release.rolled_back { "-" } else { "" };
        let marked = record.releases.iter().map(|release| format!("{}{}", release.id, mark(release)));
        shown.push(marked.collect::<Vec<_>>().join(" "));
    }
    assert_eq!(shown, ["r4 r3- r2 r1", "r5 r4- r3- r2- r1"]);
    assert_eq!(restored(&record, None), "there is no healthy release before the current one");
}

#[test]
fn without_an_id_a_rollback_never_restores_a_newer_release_or_the_same_one() {
    let none = "there is no healthy release before the current one";
    let forgotten = [("r5", "1", Some("r1"), false), ("r3", "3", None, false), ("r2", "2", None, false)];
    assert_eq!(restored(&record(&forgotten), None), none, "r3 and r2 are newer than r1");
    let twice = [
        ("r6", "1", Some("r4"), false),
        ("r5", "3", None, true),
        ("r4", "1", Some("r1"), false),
        ("r3", "3", None, true),
        ("r2", "2", None, false),
        ("r1", "1", None, false),
        ("r0", "0", None, false),
    ];
    assert_eq!(restored(&record(&twice), None), "r0", "r4 restored r1");
    assert_eq!(restored(&record(&twice[..6]), None), none);
    let mut again = record(&[("r3", "3", None, false), ("r2", "2", None, false), ("r1", "1", None, false)]);
    let newest = again.releases[0].parts.clone();
    again.releases[1].parts = newest;
    assert_eq!(restored(&again, None), "r1", "r2 has the same code, page and settings in another version");
}
