//! Finds PDFs whose parts hold themselves. The reader would follow them until the stack is full, and that ends the
//! program: nothing can catch it.

use std::collections::{HashMap, HashSet};

use pdf_extract::{Dictionary, Document, Object, ObjectId};

/// No real page lies this deep.
const DEPTH: usize = 64;

pub(super) fn any(document: &Document) -> bool {
    document.page_iter().any(|page| has_endless_parents(document, page)) || has_endless_forms(document)
}

fn has_endless_parents(document: &Document, page: ObjectId) -> bool {
    let parent = |id: &ObjectId| document.get_dictionary(*id).ok()?.get(b"Parent").ok()?.as_reference().ok();
    std::iter::successors(Some(page), parent).take(DEPTH).count() == DEPTH
}

/// A drawing can be made of drawings. What is not on any way in a circle is taken away until nothing, or a circle, is left.
fn has_endless_forms(document: &Document) -> bool {
    let mut parts: HashMap<ObjectId, HashSet<ObjectId>> = HashMap::new();
    for (id, object) in &document.objects {
        if let Ok(stream) = object.as_stream() {
            parts.insert(*id, drawings(document, &stream.dict).unwrap_or_default());
        }
    }
    loop {
        let before = parts.len();
        let left: HashSet<ObjectId> = parts.keys().copied().collect();
        parts.retain(|_, inner| inner.iter().any(|id| left.contains(id)));
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
