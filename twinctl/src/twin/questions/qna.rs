//! The owner's `qna.yml`: where it lies, and how it is written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reconcile::{Class, Fault};

use super::{
    Asked,
    faqs::{Faq, QnaError, answer_to, with},
};
use crate::system::files;

/// What twin-lambda reads in each folder, in its order.
const NAMES: [&str; 2] = ["qna.yml", "qna.yaml"];

/// The file of one folder of the owner's files.
#[derive(Debug)]
pub(crate) struct Qna {
    pub(crate) path: PathBuf,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Added {
    Now,
    /// The same answer is there already.
    Before,
    /// Another answer to the same question is there; it stays as it is.
    Other(String),
}

/// The owner's file as nobody but they can read it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Encrypted(pub(crate) PathBuf);

impl Qna {
    pub(crate) fn of(data: &Path) -> Result<Self, Encrypted> {
        let [age, openssl] = persona::ENCRYPTED_EXTENSIONS;
        // Beside an encrypted one, or behind it, nobody would read what is written into a plain one.
        let places = persona::FOLDERS.iter().flat_map(|folder| NAMES.map(|name| format!("{folder}{name}")));
        let mut forms =
            places.flat_map(|place| [age, openssl, ""].map(|end| (data.join(format!("{place}{end}")), end)));
        let path = match forms.find(|(path, _)| path.is_file()) {
            Some((path, "")) => path,
            Some((sealed, _)) => return Err(Encrypted(sealed)),
            None => data.join("qna.yml"),
        };
        // A link stays one.
        Ok(Self { path: path.canonicalize().unwrap_or(path) })
    }

    /// Adds the answer behind the others. A crash leaves the old file or the new one.
    pub(crate) fn add(&self, asked: &Asked, answer: &str) -> Result<Added, Fault> {
        let text = files::read(&self.path)?.unwrap_or_default();
        let text = String::from_utf8(text).map_err(|_| refused("it is not UTF-8"))?;
        if let Some(before) = answer_to(&text, &asked.question).map_err(refused)? {
            return Ok(if before == answer.trim() { Added::Before } else { Added::Other(before) });
        }
        let id = format!("asked-{}", asked.id);
        let faq = Faq { id: &id, question: &asked.question, answer: answer.trim() };
        let text = with(&text, &faq).map_err(refused)?;
        let mode = fs::metadata(&self.path).map(|about| about.permissions());
        files::write(&self.path, text.as_bytes())?;
        // Whoever could read it before still can.
        mode.map_or(Ok(()), |mode| {
            fs::set_permissions(&self.path, mode).map_err(files::fault("write", &self.path))
        })
        .map(|()| Added::Now)
    }
}

fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
    Fault::new(Class::Refused, error)
}

/// What to add by hand where twinctl cannot.
pub(crate) fn by_hand(fault: &Fault) -> Option<&str> {
    match fault.cause::<QnaError>()? {
        QnaError::OtherForm { lines } => Some(lines),
        QnaError::NotYaml(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_file_keeps_its_place_and_its_rights_and_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Asked {
            id: "0a1b2c3d".to_owned(),
            question: "Do you ski?".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            keys: vec![],
        };
        assert_eq!(Qna::of(folder.path()).unwrap().path, folder.path().join("qna.yml"));
        let real = folder.path().join("elsewhere.yml");
        fs::write(&real, "# mine\n").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).unwrap();
        fs::create_dir(folder.path().join("personal_data")).unwrap();
        let link = folder.path().join("personal_data/qna.yml");
        symlink(&real, &link).unwrap();

        let qna = Qna::of(folder.path()).unwrap();
        assert_eq!(qna.add(&asked, " No. \n").unwrap(), Added::Now);
        assert_eq!(qna.add(&asked, "No.").unwrap(), Added::Before);
        assert_eq!(qna.add(&asked, "Yes.").unwrap(), Added::Other("No.".to_owned()));
        assert!(link.is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o644);
        let text = fs::read_to_string(&real).unwrap();
        assert_eq!(
            text,
            "# mine\nfaqs:\n  - id: asked-0a1b2c3d\n    question: \"Do you ski?\"\n    answer: \"No.\"\n"
        );

        let sealed = folder.path().join("data/qna.yml.age");
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(&sealed, "").unwrap();
        assert!(Qna::of(folder.path()).is_ok(), "the link is read before");
        fs::remove_file(&link).unwrap();
        for plain in ["qna.yml", "data/qna.yml"] {
            assert_eq!(Qna::of(folder.path()).unwrap_err(), Encrypted(sealed.clone()));
            fs::write(folder.path().join(plain), "").unwrap();
        }
        assert_eq!(Qna::of(folder.path()).unwrap_err(), Encrypted(sealed));

        fs::write(&real, "faqs: [{question: Q, answer: A}]").unwrap();
        let fault = qna.add(&asked, "No.").unwrap_err();
        assert!(by_hand(&fault).unwrap().contains("Do you ski?"));
        assert_eq!(fs::read_to_string(&real).unwrap(), "faqs: [{question: Q, answer: A}]");
    }
}
