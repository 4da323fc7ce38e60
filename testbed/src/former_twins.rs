//! Repositories of existing twins, in the shapes in which their owners have them. All persons in them are fictional.

mod shapes;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Folder;

pub use shapes::{CONTEXT, all, course, monorepo};

/// The ID of the conversation in each repository.
pub const SESSION: &str = "session-1700000000000-old";

/// The repository of an existing twin.
#[derive(Clone, Debug)]
pub struct FormerTwin {
    pub name: &'static str,
    /// The folder of the twin in its repository: empty, or with a slash at its end.
    pub folder: &'static str,
    pub files: BTreeMap<String, Vec<u8>>,
    /// The folder of the conversations.
    pub memory: &'static str,
    pub form: Form,
    pub has_terraform: bool,
    /// The passphrase of encrypted data files.
    pub passphrase: Option<&'static str>,
    /// A question about the owner, and a word of its answer.
    pub question: [&'static str; 2],
    /// Texts that `init` prints.
    pub printed: &'static [&'static str],
    /// Settings in the `base.yaml` that `init` writes.
    pub settings: &'static [&'static str],
}

/// How a twin stores a conversation.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// `ID.json`, an array of messages.
    Array,
    /// `ID.json`, an object.
    Object,
    /// `conversations/ID.json`, an object.
    InFolder,
}

impl FormerTwin {
    fn new(name: &'static str, memory: &'static str, form: Form, question: [&'static str; 2]) -> Self {
        Self {
            name,
            folder: "",
            files: BTreeMap::new(),
            memory,
            form,
            has_terraform: false,
            passphrase: None,
            question,
            printed: &[],
            settings: &[],
        }
        .file(&format!("{memory}/{}", form.key()), form.content())
    }

    fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.to_owned(), content.as_ref().to_vec());
        self
    }

    /// Moves everything into a folder of the repository.
    fn inside(mut self, folder: &'static str) -> Self {
        self.files = self.files.into_iter().map(|(path, bytes)| (format!("{folder}{path}"), bytes)).collect();
        Self { folder, ..self }
    }

    pub fn write(&self, folder: &Folder) {
        for (path, bytes) in &self.files {
            folder.write(path, bytes);
        }
    }

    /// Asserts that the repository is as it was, without the files that `init` created and the lines that it added, but with a
    /// further turn of the conversation if the twin stored it there.
    #[track_caller]
    pub fn assert_restored(&self, folder: &Folder, [written, added_to]: [Vec<String>; 2]) {
        let mut after = folder.bytes();
        for path in &written {
            assert!(after.remove(path).is_some(), "{}: {path} was not written", self.name);
        }
        for path in added_to {
            let (before, now) = (&self.files[&path], &after[&path]);
            assert!(now.starts_with(before) && now.len() > before.len(), "{}: {path}", self.name);
            after.insert(path, before.clone());
        }
        let conversation = self.conversation();
        let before = &self.files[&conversation];
        if let Some(stored) = after.insert(conversation, before.clone()).filter(|stored| stored != before) {
            self.assert_continued(&stored);
        }
        let changed = after.iter().filter(|(path, bytes)| self.files.get(*path) != Some(bytes));
        let lost = self.files.keys().filter(|path| !after.contains_key(*path));
        let paths: Vec<_> = changed.map(|(path, _)| path).chain(lost).collect();
        assert!(paths.is_empty(), "{}: {paths:?}", self.name);
    }

    /// Asserts that a conversation has its old content and one more turn.
    #[track_caller]
    pub fn assert_continued(&self, stored: &[u8]) {
        let read = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
        let (old, new) = (read(self.form.content().as_bytes()), read(stored));
        let messages = |conversation: &Value| match self.form {
            Form::Array => conversation.as_array().unwrap().clone(),
            _ => conversation["messages"].as_array().unwrap().clone(),
        };
        let (before, after) = (messages(&old), messages(&new));
        assert_eq!((after.len(), &after[..2]), (4, &before[..]), "{}: {new}", self.name);
        assert_eq!(old.get("owner"), new.get("owner"), "{}", self.name);
    }

    /// Returns the path of the conversation in the repository.
    pub fn conversation(&self) -> String {
        format!("{}{}/{}", self.folder, self.memory, self.form.key())
    }

    /// Returns the folder of the environment files.
    pub fn environments(&self) -> String {
        format!("{}environments", self.folder)
    }
}

impl Form {
    /// Returns the path of the conversation in its folder or bucket.
    pub fn key(self) -> String {
        let folder = if matches!(self, Self::InFolder) { "conversations/" } else { "" };
        format!("{folder}{SESSION}.json")
    }

    pub fn content(self) -> String {
        let messages = json!([
            { "role": "user", "content": "Do you weave?", "timestamp": "2024-05-01T10:00:00.123" },
            { "role": "assistant", "content": "Yes, on a loom.", "timestamp": "2024-05-01T10:00:01.123" },
        ]);
        let object = |messages: &Value| json!({ "session_id": SESSION, "messages": messages, "created_at": "2024-05-01T10:00:00", "owner": "kept" });
        if matches!(self, Self::Array) { messages } else { object(&messages) }.to_string()
    }
}
