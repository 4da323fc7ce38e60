//! What a text that should be a key or a passphrase looks like, where it is neither.

use std::path::Path;

/// Shorter, it is a word that begins so.
const SHORTEST_PUBLIC: usize = 30;
/// Where people's folders are, also on a machine where this one is missing.
const HOMES: [&str; 3] = ["home", "Users", "root"];
/// How keys of other programs begin, keys of age that this one cannot use, and a key that is encrypted itself.
const OTHER_KEYS: [&str; 6] =
    ["-----BEGIN ", "ssh-ed25519 ", "ssh-rsa ", "AGE-PLUGIN-", "AGE-SECRET-KEY-PQ-", "age-encryption.org/"];

/// A public key of age, also in the comment of a file that has lost its secret one.
pub(super) fn has_public(text: &str) -> bool {
    let is_sign = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_public =
        |word: &str| word.len() >= SHORTEST_PUBLIC && word.starts_with("age1") && word.chars().all(is_sign);
    text.split_whitespace().any(is_public)
}

pub(super) fn is_other_key(text: &str) -> bool {
    text.lines().any(|line| OTHER_KEYS.iter().any(|start| line.trim_start().starts_with(start)))
}

/// What a shell would have made a path of.
pub(super) fn has_tilde(text: &str) -> bool {
    text == "~" || text.starts_with("~/")
}

/// A passphrase in base64 may begin with `/` and have more of them, but names no folder of a machine.
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
    fn paths_are_told_from_passphrases() {
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
    fn keys_of_another_kind_are_told_from_passphrases() {
        let public = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        for text in
            [public, &public[..40], &format!("# public key: {public}\n"), &format!(" {public}\n{public}")]
        {
            assert!(has_public(text), "{text}");
        }
        for text in [
            "age1",
            "age1 is a word",
            "my age1234567890",
            "Age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w",
            "age1-ql3z7hjy54pw3hyww5ayyfg7zqg",
        ] {
            assert!(!has_public(text), "{text}");
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
