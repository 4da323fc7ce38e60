//! What one turn of a conversation costs with a model, by a dated list of prices.

mod list;

use list::{LISTED, Listed};

/// The day of the newest entry in the list that the prices were taken from: that of `LiteLLM` 1.109.1.
pub const AS_OF: &str = "2026-10-29";

/// Who sends the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seller {
    Bedrock,
    OpenAi,
}

/// In dollars; an estimate, as the tokens are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub usd: f64,
    /// The same while the model still remembers the persona from the turn before.
    pub cached_usd: Option<f64>,
    pub as_of: &'static str,
}

/// What a turn holds beside the persona: a question, some of the conversation, and the twin's own rules are read.
const READ: f64 = 1_200.0;
/// An answer of about two paragraphs.
const WRITTEN: f64 = 200.0;
/// Models remember nothing shorter; some only from four times as much.
const WORTH_KEEPING: usize = 1_024;
/// Whose profiles stay inside a part of the world.
const PARTS: [&str; 7] = ["us.", "eu.", "apac.", "jp.", "au.", "ca.", "us-gov."];

/// `None` where no price is known.
#[expect(clippy::cast_precision_loss, reason = "an estimate of at most some millions")]
pub fn per_turn(seller: Seller, model: &str, persona: usize) -> Option<Price> {
    let (listed, extra) = find(seller, model)?;
    let rate = |per_million: f64| per_million * extra / 1e6;
    let rest = READ * rate(listed.read) + WRITTEN * rate(listed.written);
    let notes = persona as f64;
    let kept = listed.kept.filter(|_| persona >= WORTH_KEEPING);
    Some(Price {
        usd: rest + notes * rate(listed.read),
        cached_usd: kept.map(|kept| rest + notes * rate(kept)),
        as_of: AS_OF,
    })
}

/// The entry of a model, and by how much the chosen profile is dearer.
fn find(seller: Seller, model: &str) -> Option<(&'static Listed, f64)> {
    let exact = |model: &str| LISTED.iter().find(|listed| listed.seller == seller && listed.is(model));
    if let Some(listed) = exact(model) {
        return Some((listed, 1.0));
    }
    if seller == Seller::OpenAi {
        return None;
    }
    if let Some(everywhere) = model.strip_prefix("global.") {
        return exact(everywhere).map(|listed| (listed, 1.0));
    }
    let inside = PARTS.iter().find_map(|part| model.strip_prefix(part))?;
    exact(inside).map(|listed| (listed, listed.inside))
}

impl Listed {
    /// The same model whatever its date and version: `-20250929-v1:0`, `-2025-04-14`, `:0`.
    fn is(&self, model: &str) -> bool {
        model.strip_prefix(self.model).is_some_and(|rest| {
            let mut parts = rest.split(['-', ':']);
            parts.next() == Some("") && parts.all(is_version) || rest.is_empty()
        })
    }
}

/// `v1`, `0`, `20250929`, or a part of `2025-04-14`; but not the `5` of `4-5`, which is another model.
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix('v').unwrap_or(part);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number && (digits.len() != 1 || part.starts_with('v') || part == "0")
}

#[cfg(test)]
mod tests;
