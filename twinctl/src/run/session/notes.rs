//! Notes about the environment of a run, and DNS records that are missing.

use jiff::Timestamp;
use reconcile::Plan;

use super::Session;
use crate::{
    system::clock,
    targets::{
        Target,
        missing_record::{self, MissingRecord},
        record::{Release, ReleasePart},
    },
    ui::Ui,
};

impl<T: Target> Session<T> {
    /// Returns a note about a rotation of the origin secret that has not finished.
    pub(crate) fn rotation_note(&self) -> Option<String> {
        self.seen.as_ref()?.next_origin_secret.as_ref()?;
        let name = &self.environment.name;
        Some(format!(
            "a rotation of the origin secret has not finished, and the function accepts both secrets; run \
             `twinctl secret rotate {name} origin` to finish it"
        ))
    }

    /// Returns a note about the rollback that a deploy of `next` would undo.
    pub(crate) fn rollback_note(&self, next: &Release, plan: &Plan, uploads_files: bool) -> Option<String> {
        let [last, replaced, ..] = self.record()?.releases.as_slice() else { return None };
        let restored = last.restores.as_ref()?;
        let has_data = uploads_files && last.changed_since(replaced).contains(&ReleasePart::Data);
        // `next` has the bundle that would be uploaded, but not yet the page that would be made of it with the settings.
        let has_page = plan.nodes.iter().any(T::changes_page);
        let changed = next.changed_since(last);
        let is_undone = |part: &ReleasePart| match part {
            ReleasePart::Data => has_data,
            ReleasePart::Page => has_page || changed.contains(part),
            ReleasePart::Code | ReleasePart::Settings | ReleasePart::Model => changed.contains(part),
        };
        let parts = ReleasePart::ALL.iter().filter(|part| is_undone(part));
        let parts: Vec<_> = parts.map(ToString::to_string).collect();
        let (ago, by, parts) = (clock::ago(last.at), &last.by, parts.join(", "));
        (!parts.is_empty())
            .then(|| format!("this deploy undoes the rollback to {restored} ({ago}, by {by}): {parts}"))
    }

    /// Returns notes about the environment, for plans.
    pub(crate) fn notes(&self) -> Vec<String> {
        let notes = self.rotation_note().into_iter().chain(self.canary_note()).chain(self.pause_note());
        notes.chain(self.target.resource_notes(&self.engine)).collect()
    }

    /// Returns when the owner paused the chat, if it is paused.
    pub(crate) fn paused(&self) -> Option<Timestamp> {
        self.target.data_files(&self.engine)?.paused
    }

    /// Returns a note about a paused chat.
    pub(crate) fn pause_note(&self) -> Option<String> {
        let (ago, name) = (clock::ago(self.paused()?), &self.environment.name);
        Some(format!("the chat was paused {ago} and stays paused; run `twinctl resume {name}` to open it"))
    }

    /// Returns a note about the end of the environment's life.
    pub(crate) fn expiry_note(&self) -> Option<String> {
        let at = self.expiry()?.at;
        Some(if self.expiry()?.is_over() {
            format!("expired {}: `twinctl sweep` deletes it; a deploy renews it", clock::ago(at))
        } else {
            format!(
                "expires {} ({at}): then `twinctl sweep` deletes it; each deploy renews it",
                clock::until(at)
            )
        })
    }

    /// Returns the DNS records that the user still has to create at another DNS provider.
    pub(crate) async fn missing_records(&self) -> Vec<MissingRecord> {
        self.target.missing_records(&self.environment, &self.engine).await
    }

    pub(crate) async fn print_missing_records(&self, ui: &Ui) {
        let missing_records = self.missing_records().await;
        for line in missing_record::describe(&missing_records) {
            ui.say(&line);
        }
        if !missing_records.is_empty() {
            ui.object("records", serde_json::json!({ "missing": missing_records }));
        }
    }
}
