//! The paths of a CloudFront invalidation.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The maximum number of paths; more become `/*`. CloudFront bills each path, and a wildcard counts as one.
const MOST_PATHS: usize = 15;

/// The unsafe characters of RFC 1738. CloudFront requires that exactly these are encoded.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'<')
    .add(b'>')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'\\')
    .add(b'^')
    .add(b'~')
    .add(b'[')
    .add(b']')
    .add(b'`');

/// Returns the paths at which CloudFront may have cached the files.
pub(super) fn paths<'a>(keys: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let paths: BTreeSet<_> = keys.into_iter().flat_map(paths_of).collect();
    if paths.len() > MOST_PATHS { vec!["/*".to_owned()] } else { paths.into_iter().collect() }
}

/// Returns the paths of a file. A page is also served without `.html` or `index.html`.
fn paths_of(key: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(key, UNSAFE).to_string();
    let pretty = match encoded.strip_suffix(".html") {
        Some("index") => vec!["/".to_owned()],
        Some(page) => {
            let page = page.strip_suffix("/index").unwrap_or(page);
            vec![format!("/{page}"), format!("/{page}/")]
        }
        None => vec![],
    };
    [vec![format!("/{encoded}")], pretty].concat()
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn a_page_is_invalidated_at_each_of_its_paths() {
        for (key, expected) in [
            ("index.html", &["/", "/index.html"][..]),
            ("about.html", &["/about", "/about.html", "/about/"]),
            ("about/index.html", &["/about", "/about/", "/about/index.html"]),
            ("a/reindex.html", &["/a/reindex", "/a/reindex.html", "/a/reindex/"]),
            ("config.json", &["/config.json"]),
            ("my cv.pdf", &["/my%20cv.pdf"]),
            ("50%.txt", &["/50%25.txt"]),
            ("é.txt", &["/%C3%A9.txt"]),
            ("blog/[slug].txt", &["/blog/%5Bslug%5D.txt"]),
            ("a+b(1),c&d=e@f!.txt", &["/a+b(1),c&d=e@f!.txt"]),
        ] {
            assert_eq!(paths([key]), expected, "{key}");
        }
    }

    #[test]
    fn many_paths_become_one_wildcard() {
        let keys: Vec<_> = (0..16).map(|n| format!("{n}.txt")).collect();
        let keys = || keys.iter().map(String::as_str);
        assert_eq!(paths(keys().take(15)).len(), 15);
        assert_eq!(paths(keys()), ["/*"]);
        assert_eq!(paths([]), [""; 0]);
    }
}
