//! Finds a question by the beginning of its ID, and deletes questions.

use reconcile::Fault;
use serde_json::json;

use crate::{
    twin::{
        conversations::headline,
        questions::{Question, Unanswered},
        store::Store,
    },
    ui::{Diagnostic, Exit, Ui},
};

/// Maximum number of characters of a listed question.
const LONGEST: usize = 400;

pub(super) fn shown(question: &Question) -> String {
    match question.text.as_str() {
        "" => "(unknown format)".to_owned(),
        question => headline(question, LONGEST),
    }
}

/// Returns the question whose ID begins with `id`, if there is exactly one.
pub(super) fn one<'o>(unanswered: &'o Unanswered, id: &str, name: &str) -> Result<&'o Question, Diagnostic> {
    let message = match unanswered.matching(id).as_slice() {
        [one] => return Ok(one),
        [] => format!("there is no question `{id}`, and nothing was changed"),
        several => format!("{} questions begin with `{id}`, and nothing was changed", several.len()),
    };
    Err(Diagnostic::new(Exit::Usage, message).hint(format!("`twinctl questions {name}` lists them")))
}

pub(super) async fn dismiss(store: &dyn Store, question: &Question, ui: &Ui) -> Result<(), Diagnostic> {
    delete_versions(store, question)
        .await
        .map_err(|fault| Diagnostic::fault("could not delete the question", &fault))?;
    ui.say(&format!("dismissed: {}", shown(question)));
    ui.object("dismissed", json!({ "id": question.id }));
    Ok(())
}

/// Deletes every version of a question, because visitors may have typed personal data.
pub(super) async fn delete_versions(store: &dyn Store, question: &Question) -> Result<(), Fault> {
    for key in &question.keys {
        store.erase(key).await?;
    }
    Ok(())
}
