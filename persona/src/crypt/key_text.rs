//! Recognizes texts that were given as a key but are something else.

use std::path::Path;

/// The minimum length of a public key. A shorter word that starts with `age1` may be part of a passphrase.
const MIN_PUBLIC_KEY: usize = 30;
/// Top folders that contain home folders, even if they do not exist on this machine.
const HOMES: [&str; 3] = ["home", "Users", "root"];
/// Beginnings of keys of other programs, of age keys that are not supported, and of encrypted keys.
const OTHER_KEYS: [&str; 6] =
    ["-----BEGIN ", "ssh-ed25519 ", "ssh-rsa ", "AGE-PLUGIN-", "AGE-SECRET-KEY-PQ-", "age-encryption.org/"];

/// Returns whether the text contains a public age key, even in a comment.
pub(super) fn contains_public_key(text: &str) -> bool {
    let is_key_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_public = |word: &str| {
        word.len() >= MIN_PUBLIC_KEY && word.starts_with("age1") && word.chars().all(is_key_letter)
    };
    text.split_whitespace().any(is_public)
}

pub(super) fn is_other_key(text: &str) -> bool {
    text.lines().any(|line| OTHER_KEYS.iter().any(|start| line.trim_start().starts_with(start)))
}

/// Returns whether a shell would have expanded the text to a path.
pub(super) fn has_tilde(text: &str) -> bool {
    text == "~" || text.starts_with("~/")
}

/// Returns whether the text is a path. A passphrase in base64 may also start with `/` and contain more of them, but
/// its first part is not an existing folder.
pub(super) fn is_path(text: &str) -> bool {
    let first = text.strip_prefix('/').and_then(|rest| rest.split_once('/')).map(|(first, _)| first);
    let is_folder =
        |first: &str| HOMES.contains(&first) || !first.is_empty() && Path::new("/").join(first).is_dir();
    ["./", "../"].iter().any(|start| text.starts_with(start))
        || [".key", ".txt"].iter().any(|end| text.ends_with(end))
        || first.is_some_and(is_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_distinguished_from_passphrases() {
        for path in [
            "/home/ada/data-key",
            "/Users/ada/my key",
            "/tmp/nowhere/key",
            "/data.key",
            "./k",
            "../k",
            "a/b.txt",
        ] {
            assert!(is_path(path), "{path}");
        }
        for passphrase in [
            "/correct/horse+battery=",
            "/q8Zk/3x==",
            "/",
            "//x/y",
            "/k",
            "correct/horse",
            ".x",
            "~",
            "a.b",
            "keys",
            "",
        ] {
            assert!(!is_path(passphrase), "{passphrase}");
        }
        assert!(has_tilde("~/data.key") && !has_tilde("~x/y"));
    }

    #[test]
    fn other_keys_are_distinguished_from_passphrases() {
        let public = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        for text in
            [public, &public[..40], &format!("# public key: {public}\n"), &format!(" {public}\n{public}")]
        {
            assert!(contains_public_key(text), "{text}");
        }
        for text in [
            "age1",
            "age1 is a word",
            "my age1234567890",
            "Age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w",
            "age1-ql3z7hjy54pw3hyww5ayyfg7zqg",
        ] {
            assert!(!contains_public_key(text), "{text}");
        }
        for text in [
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl",
            "# mine\nAGE-PLUGIN-YUBIKEY-1Q",
            "age-encryption.org/v1\n",
        ] {
            assert!(is_other_key(text), "{text}");
        }
        assert!(!is_other_key("ssh-password") && !is_other_key("a -----BEGIN of all"));
    }
}
