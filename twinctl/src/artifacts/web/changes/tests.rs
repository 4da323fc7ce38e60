//! A bucket in memory goes through releases, hand edits and crashes, and must always end as it should.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::{KEPT_RELEASES, Listing, SiteChanges, diff};
use crate::artifacts::web::{Content, Manifest, ManifestEntry, WebBundle, WebFile, headers};

fn bundle<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> WebBundle {
    let file = |(key, md5): (&str, &str)| WebFile {
        key: key.to_owned(),
        content: Content::OnDisk(key.into()),
        size: 1,
        md5_hex: md5.to_owned(),
        content_type: headers::content_type(key),
        cache_control: headers::cache_control(key).to_owned(),
    };
    WebBundle { files: files.into_iter().map(file).collect(), inline_scripts: BTreeMap::new() }
}

fn keys(files: &[WebFile]) -> Vec<&str> {
    files.iter().map(|file| file.key.as_str()).collect()
}

#[test]
fn a_fresh_bucket_gets_everything_and_forgets_nothing() {
    let bundle = bundle([("assets/a-BbHh1234.js", "1"), ("index.html", "2")]);
    let changes = diff(&Listing::default(), &[], &bundle);
    assert_eq!(keys(&changes.upload), ["assets/a-BbHh1234.js", "index.html"]);
    assert_eq!((changes.keep, changes.invalidate, changes.expire), (0, vec![], vec![]));
}

#[test]
fn only_what_differs_goes_up_and_only_its_unhashed_addresses_are_forgotten() {
    let old = bundle([("assets/a-BbHh1234.js", "1"), ("about.html", "2"), ("index.html", "3")]);
    let listing = [
        ("assets/a-BbHh1234.js", "\"1\""),
        ("about.html", "\"2\""),
        ("index.html", "\"3\""),
        (".twinctl/releases/1.json", "\"x\""),
    ];
    let new = bundle([("assets/b-CcHh1234.js", "4"), ("about.html", "2"), ("index.html", "5")]);
    let changes = diff(&listing.into_iter().collect(), &[old.manifest()], &new);
    assert_eq!(keys(&changes.upload), ["assets/b-CcHh1234.js", "index.html"]);
    assert_eq!(changes.keep, 1);
    assert_eq!(changes.invalidate, ["/", "/index.html"]);
    assert_eq!(changes.expire, [""; 0]);
}

#[test]
fn a_changed_header_rule_is_seen() {
    let bundle = bundle([("index.html", "1")]);
    let mut written = bundle.clone();
    written.files[0].cache_control = "max-age=60".to_owned();
    let listing = Listing::from_iter([("index.html", "1")]);
    let changes = diff(&listing, &[written.manifest()], &bundle);
    assert_eq!(keys(&changes.upload), ["index.html"]);
    assert_eq!(changes.invalidate, ["/", "/index.html"]);
}

#[test]
fn a_large_file_put_in_parts_by_hand_is_put_again() {
    let bundle = bundle([("cv.pdf", "1")]);
    let listing = Listing::from_iter([("cv.pdf", "\"1-2\"")]);
    assert_eq!(keys(&diff(&listing, &[bundle.manifest()], &bundle).upload), ["cv.pdf"]);
}

#[test]
fn pages_go_up_after_what_they_use_and_index_last() {
    let bundle = bundle([
        ("404.html", "1"),
        ("assets/a-BbHh1234.js", "1"),
        ("blog/index.html", "1"),
        ("config.json", "1"),
        ("index.html", "1"),
    ]);
    let stages: Vec<Vec<_>> =
        bundle.stages().iter().map(|stage| stage.iter().map(|file| file.key.as_str()).collect()).collect();
    assert_eq!(
        stages,
        [
            vec!["assets/a-BbHh1234.js"],
            vec!["config.json"],
            vec!["404.html", "blog/index.html"],
            vec!["index.html"],
        ]
    );
}

/// A bucket as S3 keeps it, with the manifests newest first.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, ManifestEntry>,
    manifests: VecDeque<Manifest>,
}

impl Bucket {
    fn diff(&mut self, bundle: &WebBundle) -> SiteChanges {
        let listing =
            self.objects.iter().map(|(key, object)| (key.clone(), format!("\"{}\"", object.md5))).collect();
        diff(&listing, self.manifests.make_contiguous(), bundle)
    }

    /// Does the first `steps` writes of a release and says whether those were all.
    fn apply(&mut self, bundle: &WebBundle, changes: &SiteChanges, steps: usize) -> bool {
        let mut steps = 0..steps;
        for file in changes.stages().into_iter().flatten() {
            if steps.next().is_none() {
                return false;
            }
            self.objects.insert(file.key.clone(), file.into());
        }
        if steps.next().is_none() {
            return false;
        }
        if self.manifests.front() != Some(&bundle.manifest()) {
            self.manifests.push_front(bundle.manifest());
        }
        changes.expire.iter().all(|key| {
            let goes_on = steps.next().is_some();
            if goes_on {
                self.objects.remove(key);
            }
            goes_on
        })
    }

    /// What must be there after `bundle`: its files as they are, and those of the releases before that are left.
    fn assert_holds(&self, bundle: &WebBundle) {
        for file in bundle.files() {
            assert_eq!(self.objects.get(&file.key), Some(&file.into()), "{}", file.key);
        }
        let recent = self.manifests.iter().take(1 + KEPT_RELEASES);
        let recent: BTreeSet<_> = recent.flat_map(|manifest| manifest.files.keys()).collect();
        for key in self.objects.keys() {
            assert!(recent.contains(key), "{key} should be gone");
        }
    }
}

const KEYS: [&str; 7] = [
    "assets/a-BbHh1234.js",
    "assets/b-CcHh1234.js",
    "about.html",
    "docs/index.html",
    "config.json",
    "robots.txt",
    "by-hand.txt",
];

#[derive(Clone, Debug)]
enum Event {
    /// A release: which keys with which content, whether its header rule is another one, and after how many writes
    /// the machine dies (then it runs once more).
    Release {
        files: BTreeMap<usize, u8>,
        old_rule: bool,
        dies_after: usize,
    },
    Delete(usize),
    Overwrite(usize, u8),
}

fn event() -> impl Strategy<Value = Event> {
    let files = prop::collection::btree_map(0..KEYS.len(), 0..3_u8, 0..KEYS.len());
    prop_oneof![
        4 => (files, any::<bool>(), 0..20_usize).prop_map(|(files, old_rule, dies_after)| Event::Release {
            files,
            old_rule,
            dies_after,
        }),
        1 => (0..KEYS.len()).prop_map(Event::Delete),
        1 => (0..KEYS.len(), 0..5_u8).prop_map(|(key, content)| Event::Overwrite(key, content)),
    ]
}

fn release(files: &BTreeMap<usize, u8>, old_rule: bool) -> WebBundle {
    let md5s: Vec<_> = files.iter().map(|(&at, content)| (KEYS[at], content.to_string())).collect();
    let files = md5s.iter().map(|(key, md5)| (*key, md5.as_str()));
    let mut bundle = bundle(files.chain([("index.html", "0")]));
    if old_rule {
        bundle.files[0].cache_control = "max-age=60".to_owned();
    }
    bundle
}

proptest! {
    #[test]
    fn every_history_ends_in_the_bucket_that_was_asked_for(events in prop::collection::vec(event(), 1..12)) {
        let mut bucket = Bucket::default();
        for event in events {
            match event {
                Event::Release { files, old_rule, dies_after } => {
                    let bundle = release(&files, old_rule);
                    let changes = bucket.diff(&bundle);
                    if !bucket.apply(&bundle, &changes, dies_after) {
                        let changes = bucket.diff(&bundle);
                        prop_assert!(bucket.apply(&bundle, &changes, usize::MAX));
                    }
                    bucket.assert_holds(&bundle);
                    let again = bucket.diff(&bundle);
                    prop_assert!(again.is_empty(), "{again:?}");
                    prop_assert!(again.invalidate.is_empty());
                }
                Event::Delete(key) => {
                    bucket.objects.remove(KEYS[key]);
                }
                Event::Overwrite(key, content) => {
                    let by_hand = bundle([(KEYS[key], format!("h{content}").as_str())]);
                    bucket.objects.insert(KEYS[key].to_owned(), (&by_hand.files[0]).into());
                }
            }
        }
    }
}
