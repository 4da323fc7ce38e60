//! Cycles in PDFs. The reader would follow them until the stack overflows, which ends the process and cannot be caught.

use std::collections::{HashMap, HashSet};

use pdf_extract::{Dictionary, Document, Object, ObjectId};

/// More levels than any real page tree has.
const MAX_DEPTH: usize = 64;

/// Returns whether the page tree or the drawings contain a cycle.
pub(super) fn contains_cycle(document: &Document) -> bool {
    document.page_iter().any(|page| has_parent_cycle(document, page)) || has_form_cycle(document)
}

fn has_parent_cycle(document: &Document, page: ObjectId) -> bool {
    let parent = |id: &ObjectId| document.get_dictionary(*id).ok()?.get(b"Parent").ok()?.as_reference().ok();
    std::iter::successors(Some(page), parent).take(MAX_DEPTH).count() == MAX_DEPTH
}

/// Returns whether drawings contain each other in a cycle. Repeatedly removes those that contain none of the remaining
/// ones: only cycles, and drawings that contain one, are left.
fn has_form_cycle(document: &Document) -> bool {
    let mut parts: HashMap<ObjectId, HashSet<ObjectId>> = HashMap::new();
    for (id, object) in &document.objects {
        if let Ok(stream) = object.as_stream() {
            parts.insert(*id, drawings(document, &stream.dict).unwrap_or_default());
        }
    }
    loop {
        let before = parts.len();
        let remaining: HashSet<ObjectId> = parts.keys().copied().collect();
        parts.retain(|_, inner| inner.iter().any(|id| remaining.contains(id)));
        if parts.len() == before {
            return before > 0;
        }
    }
}

fn drawings(document: &Document, form: &Dictionary) -> Option<HashSet<ObjectId>> {
    let resources = dictionary(document, form.get(b"Resources").ok()?)?;
    let drawings = dictionary(document, resources.get(b"XObject").ok()?)?;
    Some(drawings.iter().filter_map(|(_, drawing)| drawing.as_reference().ok()).collect())
}

fn dictionary<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Dictionary> {
    document.dereference(object).ok()?.1.as_dict().ok()
}
