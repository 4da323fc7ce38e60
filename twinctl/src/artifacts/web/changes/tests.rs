//! Applies releases, manual edits and crashes to a simulated bucket.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::{KEPT_RELEASES, Listing, SiteChanges, diff};
use crate::artifacts::Content;
use crate::artifacts::web::{Manifest, ManifestEntry, PageSources, WebBundle, WebFile, headers};

fn bundle<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> WebBundle {
    let file = |(key, md5): (&str, &str)| WebFile {
        key: key.to_owned(),
        content: Content::OnDisk(key.into()),
        size: 1,
        md5_hex: md5.to_owned(),
        content_type: headers::content_type(key),
        cache_control: headers::cache_control(key).to_owned(),
    };
    WebBundle {
        files: files.into_iter().map(file).collect(),
        inline_scripts: BTreeMap::new(),
        sources: PageSources::default(),
    }
}

fn keys(files: &[WebFile]) -> Vec<&str> {
    files.iter().map(|file| file.key.as_str()).collect()
}

#[test]
fn an_empty_bucket_gets_all_files_without_invalidations() {
    let bundle = bundle([("assets/a-BbHh1234.js", "1"), ("index.html", "2")]);
    let changes = diff(&Listing::default(), &[], &bundle);
    assert_eq!(keys(&changes.upload), ["assets/a-BbHh1234.js", "index.html"]);
    assert_eq!((changes.keep, changes.invalidate, changes.expire), (0, vec![], vec![]));
}

#[test]
fn only_changed_files_are_uploaded_and_only_unhashed_paths_are_invalidated() {
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
fn a_file_with_another_header_is_uploaded_again() {
    let bundle = bundle([("index.html", "1")]);
    let mut written = bundle.clone();
    written.files[0].cache_control = "max-age=60".to_owned();
    let listing = Listing::from_iter([("index.html", "1")]);
    let changes = diff(&listing, &[written.manifest()], &bundle);
    assert_eq!(keys(&changes.upload), ["index.html"]);
    assert_eq!(changes.invalidate, ["/", "/index.html"]);
}

#[test]
fn a_file_from_a_multipart_upload_is_uploaded_again() {
    let bundle = bundle([("cv.pdf", "1")]);
    let listing = Listing::from_iter([("cv.pdf", "\"1-2\"")]);
    assert_eq!(keys(&diff(&listing, &[bundle.manifest()], &bundle).upload), ["cv.pdf"]);
}

#[test]
fn pages_are_uploaded_after_the_files_that_they_use_and_index_html_last() {
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

/// A simulated bucket. The newest manifest is first.
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

    /// Performs the first `steps` writes of a release. Returns whether the release is complete.
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
            let continues = steps.next().is_some();
            if continues {
                self.objects.remove(key);
            }
            continues
        })
    }

    /// Asserts that the bucket contains the files of `bundle`, and otherwise only files of recent releases.
    fn assert_contains(&self, bundle: &WebBundle) {
        for file in bundle.files() {
            assert_eq!(self.objects.get(&file.key), Some(&file.into()), "{}", file.key);
        }
        let recent = self.manifests.iter().take(1 + KEPT_RELEASES);
        let recent: BTreeSet<_> = recent.flat_map(|manifest| manifest.files.keys()).collect();
        let all: BTreeSet<_> = self.manifests.iter().flat_map(|manifest| manifest.files.keys()).collect();
        for key in self.objects.keys() {
            let is_kept = recent.contains(key) || (headers::is_hashed(key) && all.contains(key));
            assert!(is_kept, "{key} should be deleted");
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
    /// A release: the content by key, whether `index.html` has an old header, and the number of writes after which
    /// the process crashes. After a crash it runs again.
    Release {
        files: BTreeMap<usize, u8>,
        old_header: bool,
        crashes_after: usize,
    },
    Delete(usize),
    Overwrite(usize, u8),
}

fn event() -> impl Strategy<Value = Event> {
    let files = prop::collection::btree_map(0..KEYS.len(), 0..3_u8, 0..KEYS.len());
    prop_oneof![
        4 => (files, any::<bool>(), 0..20_usize).prop_map(|(files, old_header, crashes_after)| Event::Release {
            files,
            old_header,
            crashes_after,
        }),
        1 => (0..KEYS.len()).prop_map(Event::Delete),
        1 => (0..KEYS.len(), 0..5_u8).prop_map(|(key, content)| Event::Overwrite(key, content)),
    ]
}

fn release(files: &BTreeMap<usize, u8>, old_header: bool) -> WebBundle {
    let md5s: Vec<_> = files.iter().map(|(&at, content)| (KEYS[at], content.to_string())).collect();
    let files = md5s.iter().map(|(key, md5)| (*key, md5.as_str()));
    let mut bundle = bundle(files.chain([("index.html", "0")]));
    if old_header {
        bundle.files[0].cache_control = "max-age=60".to_owned();
    }
    bundle
}

proptest! {
    #[test]
    fn after_any_events_the_bucket_contains_the_release(events in prop::collection::vec(event(), 1..12)) {
        let mut bucket = Bucket::default();
        for event in events {
            match event {
                Event::Release { files, old_header, crashes_after } => {
                    let bundle = release(&files, old_header);
                    let changes = bucket.diff(&bundle);
                    if !bucket.apply(&bundle, &changes, crashes_after) {
                        let changes = bucket.diff(&bundle);
                        prop_assert!(bucket.apply(&bundle, &changes, usize::MAX));
                    }
                    bucket.assert_contains(&bundle);
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
