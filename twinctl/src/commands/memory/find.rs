//! Reads conversations, and finds one by the beginning of its ID.

use reconcile::Fault;

use crate::{
    twin::{
        chat::SessionId,
        conversations::{ConversationEntry, ConversationList},
        store::Store,
    },
    ui::{Diagnostic, Exit},
};

pub(super) async fn load(store: &dyn Store, environment: &str) -> Result<ConversationList, Diagnostic> {
    let loaded = ConversationList::load(store).await.map_err(|fault| read_error(&fault))?;
    loaded.ok_or_else(|| not_deployed(environment))
}

/// Error for an environment that is not deployed. It must not look like an empty list: a user who deletes a visitor's
/// conversations would conclude that there are none.
pub(in crate::commands) fn not_deployed(environment: &str) -> Diagnostic {
    let message = format!("`{environment}` is not deployed and stores no conversations");
    Diagnostic::new(Exit::Unhealthy, message)
        .hint(format!("run `twinctl deploy {environment}`; if it is online, check the account, the region and `--environments`"))
}

pub(super) fn read_error(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("could not read the conversations", fault)
}

/// Returns the conversation whose ID begins with `id`, if there is exactly one.
pub(super) fn one<'c>(
    list: &'c ConversationList,
    id: &SessionId,
    environment: &str,
) -> Result<&'c ConversationEntry, Diagnostic> {
    let hint = format!("`twinctl memory ls {environment} --all` lists them");
    match list.matching(id).as_slice() {
        [one] => Ok(one),
        [] => Err(Diagnostic::new(Exit::Usage, format!("there is no conversation `{id}`")).hint(hint)),
        several => {
            let message = format!("{} conversations begin with `{id}`", several.len());
            Err(Diagnostic::new(Exit::Usage, message).hint("give more characters of its ID").hint(hint))
        }
    }
}
