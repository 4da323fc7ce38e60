//! Content type and cache header of a file, determined by its key.

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Cached, but revalidated by `ETag` before each use.
pub(super) const REVALIDATE: &str = "no-cache";

/// In these folders, every path contains a hash from the bundler.
const HASHED_FOLDERS: [&str; 2] = ["_next/static/", "_app/immutable/"];
/// The length of the hashes of Vite and Rollup.
const VITE_HASH: usize = 8;

pub(super) fn content_type(key: &str) -> String {
    // Types that `mime_guess` lacks, or has wrong for the web.
    let known = match extension(key) {
        "js" | "mjs" | "cjs" => "text/javascript",
        "webmanifest" => "application/manifest+json",
        "map" => "application/json",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        // Next.js exports have page payloads in `.txt` files, and expect `text/plain`.
        "txt" => "text/plain",
        _ => "",
    };
    let mime = match known {
        "" => mime_guess::from_path(key).first_or_octet_stream().essence_str().to_owned(),
        known => known.to_owned(),
    };
    if is_text(&mime) { format!("{mime}; charset=utf-8") } else { mime }
}

fn is_text(mime: &str) -> bool {
    mime.starts_with("text/") || matches!(mime, "application/json" | "application/manifest+json")
}

pub(super) fn cache_control(key: &str) -> &'static str {
    if is_hashed(key) { IMMUTABLE } else { REVALIDATE }
}

/// Returns whether the name contains a hash of the content, so that caches may keep the file forever.
///
/// Returns `false` when in doubt: revalidation costs a round trip, but a wrong `true` keeps a stale file in caches
/// for a year.
pub(super) fn is_hashed(key: &str) -> bool {
    if matches!(extension(key), "html" | "htm") {
        return false;
    }
    let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
    let in_assets = folder.split('/').any(|part| part == "assets");
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    HASHED_FOLDERS.iter().any(|prefix| key.starts_with(prefix))
        || stem.split('.').any(|part| ends_in_hex_hash(part) || (in_assets && ends_in_vite_hash(part)))
}

/// Matches `main-4f2a9c1b` and `4f2a9c1b`: at least eight hexadecimal characters, with letters (not a date) and
/// digits (not a word).
fn ends_in_hex_hash(part: &str) -> bool {
    let tail = part.rsplit(['-', '_']).next().unwrap_or(part);
    tail.len() >= VITE_HASH
        && tail.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && tail.bytes().any(|b| b.is_ascii_digit())
        && tail.bytes().any(|b| b.is_ascii_lowercase())
}

/// Matches `index-BbHh1234`: eight base64url characters with two of lowercase, uppercase and digits, unlike most
/// words.
fn ends_in_vite_hash(part: &str) -> bool {
    let Some((name, hash)) = part.len().checked_sub(VITE_HASH).and_then(|at| part.split_at_checked(at))
    else {
        return false;
    };
    let kinds: [fn(&u8) -> bool; 3] = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
    name.ends_with('-')
        && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && kinds.iter().filter(|kind| hash.bytes().any(|b| kind(&b))).count() >= 2
        && hash.bytes().any(|b| b.is_ascii_alphabetic())
}

fn extension(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::{IMMUTABLE, REVALIDATE, cache_control, content_type};

    #[test]
    fn content_types_are_those_that_browsers_expect() {
        for (key, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/b.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.js.map", "application/json; charset=utf-8"),
            ("config.json", "application/json; charset=utf-8"),
            ("site.webmanifest", "application/manifest+json; charset=utf-8"),
            ("index.txt", "text/plain; charset=utf-8"),
            ("x.wasm", "application/wasm"),
            ("x.woff2", "font/woff2"),
            ("logo.svg", "image/svg+xml"),
            ("logo.png", "image/png"),
            ("photo.avif", "image/avif"),
            ("favicon.ico", "image/x-icon"),
            ("cv.pdf", "application/pdf"),
            ("v1.2/file", "application/octet-stream"),
            ("LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(content_type(key), expected, "{key}");
        }
    }

    #[test]
    fn only_names_with_a_content_hash_are_immutable() {
        for (key, expected) in [
            ("assets/index-BbHh1234.js", IMMUTABLE),
            ("assets/index-DiwrgTda.css", IMMUTABLE),
            ("assets/index-D-xK3_ab.js.map", IMMUTABLE),
            ("base/assets/index-BbHh1234.js", IMMUTABLE),
            ("_next/static/chunks/main.js", IMMUTABLE),
            ("_next/static/kd9f/_buildManifest.js", IMMUTABLE),
            ("static/js/main.4f2a9c1b.chunk.js", IMMUTABLE),
            ("fonts/inter-4f2a9c1bdeadbeef.woff2", IMMUTABLE),
            ("index.html", REVALIDATE),
            ("assets/page-BbHh1234.html", REVALIDATE),
            ("config.json", REVALIDATE),
            ("sw.js", REVALIDATE),
            ("assets/logo-portrait.svg", REVALIDATE),
            ("assets/index-template.js", REVALIDATE),
            ("assets/photo-20240101.jpg", REVALIDATE),
            ("photo-20240101.jpg", REVALIDATE),
            ("facade.js", REVALIDATE),
            ("assets/ééééé.js", REVALIDATE),
            ("assets/x.js", REVALIDATE),
            ("4f2a9c1b", REVALIDATE),
            ("apple-touch-icon.png", REVALIDATE),
        ] {
            assert_eq!(cache_control(key), expected, "{key}");
        }
    }
}
