//! Spanish and Portuguese addresses without a street name or a house number: `Calle 45 # 12-34`, `Camino del Sol s/n`.

use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

const NUMBERED: &str =
    r"(?:Calle|Cl\.?|Carrera|Cra\.?|Kr\.?|Avenida|Av\.?|Transversal|Tv\.?|Diagonal|Dg\.?|Circular)";
const NAMED: &str = r"(?:Calle|C/|Avenida|Avda?\.|Av\.|Camino|Carretera|Ctra\.|Paseo|Plaza|Urbanización|Urb\.|Rua|R\.|Travessa|Estrada|Rodovia|Quinta|Sítio|Praceta|Lugar|Urbanização|camino|Servidão|Caminho|Contrada|Strada|Via|Loc\.|Località|Barrio|Bairro|Rod\.|Priv\.|Av|Largo|Praça|Alameda|Beco|Viela|Vereda|Ladeira|Calçada|Conjunto|Condomínio|Cond\.|Loteamento|Lot\.|Residencial|Jardim|Parque|Vila|Chácara|Fazenda|Herdade|Monte|Casal|Aldeia|Colonia|Col\.|Fracc\.|Qta\.|B[ºo]|Comunidade|Assentamento|Colônia|Núcleo|Povoado)";
const WORDS: &str = r"(?: (?:a|de|del|la|las|los|el|da|do|das|dos|e|y)){0,3}(?: \p{Lu}[\p{L}0-9.'’\-]*(?: (?:de|del|la|da|do|dos|das|e|y))*){1,4}";
const UNIT: &str = r"(?:,? ?(?:casa|lott?[eo]|km|bloco|bloque|parcela|manzana|mza?\.?|lt\.?|porta|entrada|chácara|sítio|quadra|qd\.?|rua) ?[0-9]{1,4}[A-Za-z]?\b)";

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
        r",? (?i:(?:s/n\.?º?|s\.?n\.?c\.?)",
        UNIT,
        r"?|km\.? ?[0-9]{1,4}(?:[.,][0-9])?",
        UNIT,
        r"?|(?:lote|lt\.?|bloco|casa|mza?\.?|porta|entrada|quadra|qd\.?|rua|n\.?[º°]) ?[0-9]{1,4}[A-Z]?\b",
        UNIT,
        r"{0,2})",
        // Streets with a number as their name: `rua 12, casa 80`.
        r"|\b(?i:rua|avenida|av\.|travessa|alameda|quadra|calle|carrer) [0-9]{1,3}-?[A-Z]?,? (?i:n[º°o.]{1,2} ?|casa |lote |bloco |nº )[0-9]{1,4}\b",
        // A house with a name: `Av. Principal, Qta. Rosalba, Nro. 18`.
        r"|\b",
        NAMED,
        WORDS,
        r", (?:Qta\.|Quinta|Edif\.|Edificio|Res\.)",
        WORDS,
        r", (?i:nro?\.?|n[º°]) ?[0-9]{1,4}\b",
        // A house on a state road.
        r"|\b(?:S\.[SP]\.|Estrada Nacional|EN|Carretera Nacional) ?[0-9]{1,3},? km ?[0-9]{1,3}(?:[.,][0-9]{1,3})?",
        // The blocks of Brasília.
        r"|\b(?:SQN|SQS|SHIS|CLN|CLS|QI|QL|Quadra|Qd\.?) ?[0-9]{1,3},? (?i:bloco|bl\.?|conjunto|conj\.?|casa|lote|lt\.?) ?[0-9A-Z]{1,3}\b",
        r"|\b(?:Rua|Avenida|Av\.|Travessa|Alameda) [0-9]{1,3}(?:-[A-Z])?, ?[0-9]{1,4}\b|\bR\. (?i:d[ao]s?)",
        WORDS,
        r",? [0-9]{1,4}\b",
        // `R.` is also an initial.
        r"|\bR\.",
        WORDS,
        r", (?:(?i:n[º°o]\.?|n\.º) ?[0-9]{1,5}|[0-9]{1,3})\b",
    ])
});
