//! Spanish and Portuguese addresses without a street name or a house number: `Calle 45 # 12-34`, `Camino del Sol s/n`.

use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

const NUMBERED: &str =
    r"(?:Calle|Cl\.?|Carrera|Cra\.?|Kr\.?|Avenida|Av\.?|Transversal|Tv\.?|Diagonal|Dg\.?|Circular)";
const NAMED: &str = r"(?:Calle|C/|Avenida|Avda?\.|Camino|Carretera|Ctra\.|Paseo|Plaza|Urbanización|Urb\.|Rua|R\.|Travessa|Estrada|Rodovia|Quinta|Sítio|Praceta|Lugar)";
const WORDS: &str = r"(?: (?:de|del|la|las|los|el|da|do|das|dos|e|y)){0,3}(?: \p{Lu}[\p{L}.'’\-]*(?: (?:de|del|la|da|do|dos|das|e|y))*){1,4}";
const UNIT: &str =
    r"(?:,? ?(?:casa|lote|km|bloco|bloque|parcela|manzana|mz\.?|lt\.?) ?[0-9]{1,4}[A-Za-z]?\b)";

pub(super) static WITHOUT_NAME: Pattern = LazyLock::new(|| {
    pattern(&[
        // The grid of Colombian towns.
        r"\b(?i:",
        NUMBERED,
        r") ?[0-9]{1,3} ?[A-Za-z]?(?: (?i:bis|sur|norte|este|oeste|[A-D]))? ?(?i:#|n[°ºo]\.?) ?[0-9]{1,3} ?[A-Za-z]? ?[\-–] ?[0-9]{1,3}\b",
        // No number, or only a kilometer or a plot.
        r"|\b",
        NAMED,
        WORDS,
        r",? (?i:s/n\.?º?",
        UNIT,
        r"?|km\.? ?[0-9]{1,4}(?:[.,][0-9])?",
        UNIT,
        r"?|(?:lote|casa) ?[0-9]{1,4}\b)",
        // The blocks of Brasília.
        r"|\b(?:SQN|SQS|SHIS|CLN|CLS|QI|QL|Quadra|Qd\.?) ?[0-9]{1,3},? (?i:bloco|bl\.?|conjunto|conj\.?|casa|lote) ?[0-9A-Z]{1,3}\b",
        // `R.` is also an initial.
        r"|\bR\.",
        WORDS,
        r", (?:(?i:n[º°o]\.?|n\.º) ?[0-9]{1,5}|[0-9]{1,3})\b",
    ])
});
