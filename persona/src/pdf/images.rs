//! Images on the pages of a PDF.

use pdf_extract::{Dictionary, Document, Object, ObjectId};

/// How many levels of nested drawings are searched. PDFs with cycles are refused before.
const MAX_DEPTH: usize = 4;

/// Returns whether the page shows an image.
pub(super) fn has_image(document: &Document, page: ObjectId) -> bool {
    let Ok((own, shared)) = document.get_page_resources(page) else { return false };
    let shared = shared.into_iter().filter_map(|id| document.get_dictionary(id).ok());
    own.into_iter().chain(shared).any(|resources| in_resources(document, resources, MAX_DEPTH))
}

fn in_resources(document: &Document, resources: &Dictionary, depth: usize) -> bool {
    let drawings = resources.get(b"XObject").and_then(|drawings| document.dereference(drawings));
    let Ok(drawings) = drawings.and_then(|(_, drawings)| drawings.as_dict()) else { return false };
    depth > 0 && drawings.iter().any(|(_, drawing)| is_image(document, drawing, depth))
}

fn is_image(document: &Document, drawing: &Object, depth: usize) -> bool {
    let Ok(drawing) = document.dereference(drawing).and_then(|(_, drawing)| drawing.as_stream()) else {
        return false;
    };
    let kind = drawing.dict.get(b"Subtype").and_then(Object::as_name);
    let inner = drawing.dict.get(b"Resources").and_then(|inner| document.dereference(inner));
    kind.is_ok_and(|kind| kind == b"Image")
        || inner
            .and_then(|(_, inner)| inner.as_dict())
            .is_ok_and(|inner| in_resources(document, inner, depth - 1))
}
