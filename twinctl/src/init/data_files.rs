//! Detection of the data files of an existing twin.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::terraform;

/// Possible folders of the data files. The first one that contains any is used.
const PLACES: [&str; 10] = [
    "backend/data",
    "backend/personal_data",
    "data",
    "personal_data",
    "me",
    "backend/me",
    "backend/data-encrypted",
    "data-encrypted",
    "api/data",
    "backend",
];
/// A subfolder that the backend reads too.
const INSIDE: &str = "personal_data";
/// The names of files, without endings, that do not describe the owner.
const NOT_KNOWLEDGE: [&str; 7] =
    ["README", "critical_rules", "requirements", "requirements-dev", "robots", "style", "system_prompt"];
/// The endings of encrypted files. Files that are not encrypted have none.
const ENCRYPTED: [&str; 3] = ["", ".age", ".encrypted"];
/// The file names that the backend reads.
const ABOUT_THE_OWNER: [&str; 16] = [
    "cv.pdf",
    "cv.txt",
    "education.yml",
    "experience.yml",
    "facts.json",
    "linkedin.pdf",
    "linkedin.txt",
    "me.pdf",
    "me.txt",
    "qna.yaml",
    "qna.yml",
    "resume.md",
    "resume.pdf",
    "resume.txt",
    "skills.yml",
    "summary.txt",
];
/// A file that the backend reads, but that does not describe the owner.
const STYLE: &str = "style.txt";

/// Existing data files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Data {
    pub folder: PathBuf,
    pub files: Vec<String>,
    /// Other texts in the folder, which become notes.
    pub notes: Vec<(String, String)>,
    /// The folder from which the twin reads notes.
    pub notes_folder: PathBuf,
    /// Other files in the folder, which are not taken over.
    pub unread: Vec<String>,
    /// Files with known names in other folders, which are not taken over.
    pub elsewhere: Vec<PathBuf>,
    /// The owner's name, if `facts.json` contains it.
    pub name: Option<String>,
}

impl Data {
    /// `used` is the data folder of an environment file, if there is one already.
    pub(super) fn find(root: &Path, used: Option<&Path>) -> Option<Self> {
        let found = PLACES.iter().find_map(|folder| Self::read(root, Path::new(folder)))?;
        let joined = found.with_files_above(root);
        let mut data = joined.filter(|data| used.is_none_or(|used| used == data.folder)).unwrap_or(found);
        data.elsewhere = data.files_elsewhere(root);
        Some(data)
    }

    fn read(root: &Path, folder: &Path) -> Option<Self> {
        let files = known(root, folder, &ABOUT_THE_OWNER);
        if files.is_empty() {
            return None;
        }
        let facts = files.iter().find(|file| file.ends_with("facts.json"));
        let name = facts.and_then(|facts| name_in(&root.join(folder).join(facts)));
        let has_program = persona::contains_program(&root.join(folder));
        let (notes, unread) = notes(&root.join(folder), has_program);
        Some(Self {
            folder: folder.to_owned(),
            files: files.iter().map(|file| file.display().to_string()).collect(),
            notes,
            // Beside a program, only some subfolders are read.
            notes_folder: folder.join(if has_program { "personal_data/notes" } else { "notes" }),
            unread,
            elsewhere: Vec::new(),
            name,
        })
    }

    /// Returns the folder above instead, if the twin reads data files from both: `backend/facts.json` and
    /// `backend/data/linkedin.pdf`. `None` if it does not, or if one file is in both.
    fn with_files_above(&self, root: &Path) -> Option<Self> {
        let above = self.folder.parent().filter(|above| !above.as_os_str().is_empty())?;
        let inside = self.folder.strip_prefix(above).ok()?;
        let folder = root.join(above);
        let mut own = Self::read(root, above)?;
        own.files.retain(|file| !Path::new(file).starts_with(inside));
        let is_in_both =
            self.files.iter().any(|file| own.files.iter().any(|other| plain_name(other) == plain_name(file)));
        // The twin reads one subfolder, but not a subfolder of it.
        let is_nested = self.files.iter().any(|file| Path::new(file).components().count() > 1);
        if own.files.is_empty()
            || is_in_both
            || is_nested
            || !persona::contains_program(&folder)
            || !persona::reads_from(&folder, inside)
        {
            return None;
        }
        let below = |name: &String| inside.join(name).display().to_string();
        Some(Self {
            files: own.files.into_iter().chain(self.files.iter().map(below)).collect(),
            notes: self.notes.clone(),
            notes_folder: self.notes_folder.clone(),
            unread: own.unread.into_iter().chain(self.unread.iter().map(below)).collect(),
            name: self.name.clone().or(own.name),
            ..own
        })
    }

    /// Returns files with the names of data files, in folders from which the twin does not read them.
    fn files_elsewhere(&self, root: &Path) -> Vec<PathBuf> {
        let names = [&ABOUT_THE_OWNER[..], &[STYLE]].concat();
        let folders = PLACES.iter().chain([&""]).map(Path::new);
        let mut files: Vec<PathBuf> = folders
            .flat_map(|folder| known(root, folder, &names).into_iter().map(move |file| folder.join(file)))
            .filter(|file| !self.reads(root, file) && !self.has_copy(root, file))
            .collect();
        files.sort();
        files.dedup();
        files
    }

    /// Whether the twin reads the data file at this path.
    fn reads(&self, root: &Path, file: &Path) -> bool {
        let inside = file.strip_prefix(&self.folder).ok().and_then(Path::parent);
        inside.is_some_and(|inside| persona::reads_from(&root.join(&self.folder), inside))
    }

    /// Whether the twin reads the same file in its own folder, or a file that this one is the encrypted form of.
    fn has_copy(&self, root: &Path, file: &Path) -> bool {
        let path = file.to_string_lossy();
        let plain = plain_name(&path);
        let is_encrypted = !path.ends_with(plain);
        let own = self.files.iter().map(String::as_str).chain([STYLE]).filter(|own| plain_name(own) == plain);
        let mut own = own.map(|own| root.join(&self.folder).join(own)).filter(|own| own.is_file());
        let content = fs::read(root.join(file)).ok();
        own.any(|own| is_encrypted || fs::read(own).ok() == content)
    }

    /// Whether this is the default folder of data files.
    pub(crate) fn is_default_folder(&self) -> bool {
        self.folder == Path::new("data")
    }
}

/// Returns the files with these names in a folder, encrypted or not, relative to it.
fn known(root: &Path, folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    let places = [PathBuf::from(INSIDE), PathBuf::new()];
    let files = places.iter().flat_map(|place| names.iter().map(move |name| (place, name)));
    let files = files.flat_map(|(place, name)| ENCRYPTED.map(|ending| place.join(format!("{name}{ending}"))));
    files.filter(|name| root.join(folder).join(name).is_file()).collect()
}

/// Returns the file name in a path, without the ending of encrypted files.
fn plain_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let mut endings = ENCRYPTED.iter().filter(|ending| !ending.is_empty());
    endings.find_map(|ending| name.strip_suffix(*ending)).unwrap_or(name)
}

/// Separates the texts that become notes from other files. Texts beside a program may belong to it.
fn notes(folder: &Path, has_program: bool) -> (Vec<(String, String)>, Vec<String>) {
    let (mut notes, mut others) = (Vec::new(), Vec::new());
    for name in unread(folder) {
        let is_text = !has_program && Path::new(&name).extension().is_none_or(|ending| ending != "pdf");
        match is_text.then(|| terraform::text(&folder.join(&name))).flatten() {
            Some(text) => notes.push((name, text)),
            None => others.push(name),
        }
    }
    (notes, others)
}

/// Returns the texts in a folder whose names a twin does not read.
fn unread(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten();
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_unread = |name: &String| {
        let (stem, ending) = name.rsplit_once('.').unwrap_or_default();
        let is_known = ABOUT_THE_OWNER.contains(&name.as_str()) || NOT_KNOWLEDGE.contains(&stem);
        ["txt", "md", "pdf"].contains(&ending) && !is_known && !stem.ends_with("_template")
    };
    let mut unread: Vec<String> = names.filter(is_unread).collect();
    unread.sort();
    unread
}

fn name_in(facts: &Path) -> Option<String> {
    let facts: Value = serde_json::from_slice(&fs::read(facts).ok()?).ok()?;
    let name = ["full_name", "name"].into_iter().find_map(|key| facts.get(key)?.as_str())?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(files: &[(&str, &str)]) -> Option<Data> {
        find_beside(files, None)
    }

    fn find_beside(files: &[(&str, &str)], used: Option<&str>) -> Option<Data> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Data::find(root.path(), used.map(Path::new))
    }

    #[test]
    fn data_files_are_found_in_every_supported_folder() {
        for folder in PLACES {
            let found = find(&[(&format!("{folder}/me.txt"), "I am."), ("data/qna_template.yml", "")]);
            assert_eq!(found.unwrap().folder, Path::new(folder));
        }
        let found = find(&[("backend/data/personal_data/facts.json", "{\"name\": \"Ada\"}")]).unwrap();
        assert_eq!((found.folder.as_path(), found.name.as_deref()), (Path::new("backend/data"), Some("Ada")));
        assert_eq!(found.files, ["personal_data/facts.json"]);
        let found = find(&[("data/facts.json", "no JSON")]).unwrap();
        assert!(found.is_default_folder());
        assert_eq!(found.name, None);
    }

    #[test]
    fn data_files_beside_the_program_are_read_with_those_in_its_subfolder() {
        let found = find(&[
            ("backend/server.py", "app = None\n"),
            ("backend/facts.json", "{\"full_name\": \"Ada Example\"}"),
            ("backend/style.txt", "Be brief."),
            ("backend/summary.txt", "I am."),
            ("backend/data/linkedin.pdf", "%PDF"),
            ("backend/data/talks.txt", "In Oslo."),
        ])
        .unwrap();
        assert_eq!(
            (found.folder.as_path(), found.name.as_deref()),
            (Path::new("backend"), Some("Ada Example"))
        );
        assert_eq!(found.files, ["facts.json", "summary.txt", "data/linkedin.pdf"]);
        assert_eq!(found.notes_folder, Path::new("backend/data/notes"));
        assert_eq!(found.notes[0].0, "talks.txt");
        assert!(found.elsewhere.is_empty() && found.unread.is_empty(), "{found:?}");
        let found = find(&[
            ("backend/server.py", "app = None\n"),
            ("backend/facts.json", "{}"),
            ("backend/personal_data/linkedin.pdf", "%PDF"),
        ])
        .unwrap();
        assert_eq!(found.folder, Path::new("backend"));
        assert_eq!(found.files, ["facts.json", "personal_data/linkedin.pdf"]);
        assert_eq!(found.notes_folder, Path::new("backend/personal_data/notes"));
        assert!(found.elsewhere.is_empty(), "{found:?}");
    }

    #[test]
    fn the_data_folder_of_an_environment_file_is_kept() {
        let files = [
            ("backend/server.py", "app = None\n"),
            ("backend/facts.json", "{}"),
            ("backend/data/linkedin.pdf", "%PDF"),
        ];
        for (used, folder) in [
            (None, "backend"),
            (Some("backend"), "backend"),
            (Some("backend/"), "backend"),
            (Some("backend/data"), "backend/data"),
            (Some(""), "backend/data"),
        ] {
            assert_eq!(find_beside(&files, used).unwrap().folder, Path::new(folder), "{used:?}");
        }
    }

    #[test]
    fn data_files_that_the_twin_will_not_read_are_reported() {
        let found = find(&[
            ("backend/server.py", "app = None\n"),
            ("backend/summary.txt", "I was."),
            ("backend/style.txt", "Be brief."),
            ("backend/data/summary.txt", "I am."),
            ("backend/data-encrypted/summary.txt.encrypted", "x"),
            ("data/summary.txt", "I am."),
            ("linkedin.pdf", "%PDF"),
        ])
        .unwrap();
        assert_eq!(found.folder, Path::new("backend/data"));
        let expected = ["backend/style.txt", "backend/summary.txt", "linkedin.pdf"].map(PathBuf::from);
        assert_eq!(found.elsewhere, expected);
    }
}
