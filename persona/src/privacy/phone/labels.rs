//! Words around a number that decide whether it is a phone number.

use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

/// A label before a phone number.
pub(super) static BEFORE: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(?:(?:\b(?:(?:tele)?phones?|telephone|tel|t[ée]l|mobile|cell(?:phone|ular)?|ph|fax|landline|whats?app|signal|",
        r"sms|hotline|(?:call|ring|dial|text|reach|contact) (?:me|us)(?: (?:in|from) \p{L}{1,20})?|(?:call|ring|dial|text|contact) ?:|(?:my|mein\p{L}*|mon|mi|il mio|meu|o meu) (?:number|nummer|num[ée]ro|n[úu]mero)|telefon|handy|mobil|mobiltelefon|festnetz|natel|viber|wpp|whats|",
        r"(?:handy|mobil|telefon|ruf|festnetz)(?:nummer|nr)|(?:erreich|ruf|anruf|kontakt)\p{L}*(?: \p{L}+){0,4} unter(?: der)?|t[ée]l[ée]phone|appel(?:er|ez|le[sz]?)?(?:-moi)?(?: au)?|joi(?:gn|nd)\p{L}+(?: au)?|",
        r"ll[aá]m\p{L}+(?: al?)?|chiam\p{L}+(?: al)?|ligu\p{L}+(?:-me)?(?: para)?|ligar(?: para)?|",
        r"portable|gsm|port\.|composez(?: le)?|marc\p{L}+ (?:el|al)|to(?:que|car) para|disque(?: para)?|wähl\p{L}*|n[uú]m\b|neue nr|(?:neue|nouveau|nuevo|novo|nuovo|new) n[uú\p{L}]{2,6}|(?:cambi\p{L}+|troquei|mudei) (?:de )?n[uú]m\p{L}*|tel[ée]fono|tfno|tlf|telef|telem|contact[oe]?|contato|contatti|fisso|m[óo]vil|celular|cel|fijo|centralita|casa|telefone|fones?|telem[óo]vel|tl?m|telm|telem|fixo|fixe|recados?|zap|",
        r"cellulare|recapit[oi](?: telefonic[oi])?|centralino|numero verde|telefono fisso|telefoon|mobiel|telefonnr|",
        r"komórka|telefoni|puhelin|matkapuhelin)|телефоны?|тел|сотов\p{L}+|мобильн\p{L}+|\bмоб|\bдом|\bраб|\bт\.|факс|\bгор\.|ватсап|вацап|вайбер|трубка|тлф|звони\p{L}+(?: по)?|набира\p{L}+|городско\p{L}+|(?:мой|новый|наш|по) номер\p{L}*|номер\p{L}* телефона|номер\p{L}*:|",
        r"电话|手机|電話|電話番号|携帯|携帯番号|スマホ|ケータイ|直通|代表|連絡先|전화|휴대폰|wa\.me/|tel:|[☎☏✆℡📞📱📲])",
        r"(?:\s+(?:number|no|n|nr|n[°º]|nummer|n[úu]mero|is|at|on|under|via|me|it|home|work|mobile|private|office|fisso|fijo|fixo|fixe|c|agora|now|jetzt|теперь|é|es|ist|è|",
        r"privat|dienstlich|abends|büro|perso|pro|bureau|domicile|oficina|ufficio|casa|trabajo|trabalho|any ?time|evenings))*",
        r#"[\s.:：()#\-–—|"'=\x{fe0f}はも、]*(?:[(（][\p{L} ]{1,12}[)）][\s:：]*)?|(?:^|[|·•,;]\s*|\s{2})[TMPCF]:\s*"#,
        r"|\b(?:landline|festnetz|fixe|fijo|fixo|fisso|celular|cellulare|móvil|городско\p{L}+),\s)$",
    ])
});

/// A label behind a phone number, as in an exported profile.
pub(super) static BEHIND: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)^[ \t]*(?:[(（\[][ \t]*|[–—\-|][ \t]+)(?:[mhcwtp]|mobile|mobil|home|work|office|cell|cellphone|cellular|landline|private?|privat|dienstlich|gesch[äa]ftlich|büro|handy|whats?app|signal|telegram|",
        r"perso|pro|fixe|fijo|fisso|fixo|",
        r"portable|domicile|bureau|travail|m[óo]vil|celular|casa|trabajo|cellulare|ufficio|telem[óo]vel|trabalho|",
        r"домашний|сотовый|мобильный|рабочий|дом|моб|携帯|自宅|職場)(?:[ \t]*[)）\],/]|[ \t.]*(?:\n|$))",
    ])
});

/// A label before another kind of number.
pub(super) static OTHER: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(?:\b(?:isbn(?:-1[03])?|issn|doi|orcid(?:-id)?|iban|bic|vat|ust-?id(?:nr)?|siret|siren|nif|cif|nipc|nit|cuit|ruc|patent|ticket|",
        r"order|invoice|id|nr|(?-i:No|NO)|n|num|pmid|arxiv|hrb|ref|version|v|case|issue|pr|rfc|iso|din|serial|build|account|",
        r"license|licence|registration|ein|ssn|zip|plz|cnpj|cpf|usd|eur|gbp|chf|rs|p\.? ?iva|iva|rea|",
        r"(?:bestell|auftrags?|kunden|rechnungs?|artikel|teile|ersatzteil|serien|matrikel|steuer|vertrags?|mitglieds?|akten)(?:-?(?:nummer|nr))?|",
        r"commande|part|pi[èe]ce|repuesto|pieza|ricambio|peça|facture|dossier|brevet|pedido|factura|fatura|patente|expediente|processo|ordine|fattura|brevetto|protocollo|pratica|",
        r"заказа?|сч[её]т|инн|огрн|кпп|окпо|снилс|артикул|деталь|удостоверение|патент|договор|codice|cod|c[óo]digo|refer[eê]nci?a|riferimento|cuenta|cont[ao]|matricola|matr[íi]cula|tessera|protocolo|registro|ean|gtin|sku|commit|lotto|lote)\b|\bno\.|[°º#№$€£¥₹§]|",
        r"(?:注文|登録|法人|会員|受付|伝票|製造|商品|許可|契約|管理|学籍)番号|品番|型番|部品|商品コード)[\s.:：#°º№\-–]*$",
    ])
});

/// A request to call a person: `call the plumber 4155550132`, `call 555-0132`.
pub(super) static CALL: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)\b(?:call|ring|phone|text|anrufen|appeler|rappeler|llamar a|chiamare|ligar|telefonar|звонить|позвонить) [^0-9\n.;:,!?]{0,36}$",
    ])
});

/// Words about calls. After them, other forms of numbers are phone numbers, too.
pub(super) static CUE: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(?:\b(?:call|dial|phone|sms|voicemail|whats?app|ruf\p{L}* an|anruf\p{L}*|erreich\p{L}*|handy|t[eé]l[eéè](?:f|ph)[oó]n\p{L}*|",
        r"appel(?:er|ez|le)\p{L}*|joign\p{L}+|texto|ll[aá]m(?:a|e|o)\p{L}*|m[óo]vil|celular|wasap|mensaje|",
        r"(?:ri)?chiam\p{L}+|cell(?:ulare)?|contatt(?:a|at|e)\p{L}+|messaggio|sim|squill\p{L}+|",
        r"lig(?:a|ar|ue|uem|o)|cham(?:a|ar|e)|chamadas?|telem[óo]vel|mensagem|chips?|ddd|zap|recado|atend(?:o|e|er|emos)|",
        r"(?:по)?звон\p{L}+|наб(?:ира|ер)\p{L}+|телефон\p{L}*|симк\p{L}+|билайн|мегафон|мтс|теле2|трубк\p{L}+|отвеча\p{L}+|сотов\p{L}+|",
        r"(?:my|mein\p{L}*|mon|mi|mio|meu|same|même|mismo|stesso|mesmo|мой|новый) (?:number|nummer|num[ée]ro|n[úu]mero|номер))\b|電話|携帯|スマホ|留守電|ショートメール)",
    ])
});
/// Whom to ask for, behind the number.
pub(super) static ASK: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)^[^\n]{0,30}\b(?:ask for|nach \p{L}+ fragen|demande[rz]|pregunt(?:ar|e|ad|en) por|chiede(?:re|te) di|pergunt(?:ar|e|em) (?:por|pel[oa])|спросить|спрашива\p{L}+)\b",
    ])
});

/// An abbreviation in capitals directly before the digits, for example of an authority that registers companies.
pub(super) static REGISTER: Pattern = LazyLock::new(|| pattern(&[r"(?:^|[^\p{L}])\p{Lu}{2,6}[ :]{1,2}$"]));
/// The letter of a variant behind a part number.
pub(super) static VARIANT: Pattern = LazyLock::new(|| pattern(&[r"^[-/]\p{Lu}\b"]));
