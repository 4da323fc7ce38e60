//! The sample persona, which answers until there are data files.

use persona::{Collected, Files};

macro_rules! shipped {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../../../data/sample/", $name)))),+]
    };
}

/// Names and contents of its files.
pub(crate) const SAMPLE: [(&str, &str); 6] =
    shipped!("experience.yml", "facts.json", "qna.yml", "skills.yml", "style.txt", "summary.txt");

/// Returns the sample persona as if it were the owner, for a preview.
pub(super) fn collected() -> Collected {
    let files = SAMPLE.into_iter().fold(Files::default(), |mut files, (name, text)| {
        files.insert(name, text.as_bytes().to_vec());
        files
    });
    let (decrypted, hashes) = Default::default();
    Collected { files, from: "the sample persona".to_owned(), is_sample: false, decrypted, hashes }
}

/// Adds the sample persona if there are no files, not even a sample persona in the folder.
pub(super) fn complete(mut collected: Collected) -> Collected {
    if collected.is_sample && collected.files.is_empty() {
        "twinctl".clone_into(&mut collected.from);
        for (name, text) in SAMPLE {
            collected.files.insert(name, text.as_bytes().to_vec());
        }
    }
    collected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_file_is_included() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/sample");
        let found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut found: Vec<String> = found.map(|name| name.into_string().unwrap()).collect();
        found.sort();
        assert_eq!(found, SAMPLE.map(|(name, _)| name));
    }
}
