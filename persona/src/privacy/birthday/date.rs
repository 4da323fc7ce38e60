//! Dates in the forms of many countries.

use std::sync::LazyLock;

pub(in crate::privacy) const MONTH: &str = r"(?:jan|feb|fev|fév|mar|mär|mrt|apr|avr|abr|may|mai|maj|mei|mag|jun|juin|giu|cze|jul|juil|lug|lip|aug|aoû|ago|sie|sep|set|wrz|oct|okt|out|ott|paź|nov|lis|dec|dez|déc|dic|des|gru|gen|ene|jän|sty|lut|kwi|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек)\p{L}*\.?";

/// A month or a year.
pub(super) static ROUGH: LazyLock<String> =
    LazyLock::new(|| [r"(?:", MONTH, r" )?(?:[0-9]{1,2}[./-])?(?:19|20)[0-9]{2}\b"].concat());

/// A day, with or without a year.
pub(super) static DATE: LazyLock<String> = LazyLock::new(|| {
    [
        r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}",
        r"|[0-9]{1,2} ?[./-] ?[0-9]{1,2} ?[./-] ?(?:[0-9]{4}|[0-9]{2})\b",
        r"|[0-9]{1,2}\. ?[0-9]{1,2}\.",
        r"|[0-9]{1,2}(?:st|nd|rd|th|er|º|ª|°|\.º|\.|-го)?[ \-./]?(?:of |de |d['’]|del |di )?",
        MONTH,
        r"(?:,? (?:de |del )?[0-9]{4}\b|[0-9]{4}\b|[\-./][0-9]{2,4}\b| (?:del |de )?['’][0-9]{2}\b| del [0-9]{2}\b)?",
        r"|\b",
        MONTH,
        r" (?:the )?[0-9]{1,2}(?:st|nd|rd|th)?\b(?:,? (?:de |del )?[0-9]{4}\b)?",
        r"|[0-9]{4},? ",
        MONTH,
        r" [0-9]{1,2}(?:st|nd|rd|th)?\b",
        r"|(?:昭和|平成|令和|\b[SHR])\.? ?(?:[0-9]{1,2}|元)[年./][0-9]{1,2}[月./][0-9]{1,2}日?",
        r"|[0-9]{1,2}[-./ ][ivx]{1,4}[-./ ](?:[0-9]{4}|[0-9]{2})\b",
        r"|[0-9]{1,2}月 ?[0-9]{1,2}日",
        r"|[0-9]{4}年 ?[0-9]{1,2}月 ?[0-9]{1,2}日?|[0-9]{4}년 ?[0-9]{1,2}월 ?[0-9]{1,2}일?)",
    ]
    .concat()
});

/// A date after a label, which can be a day and a month in digits alone, or eight digits.
pub(super) static LABELLED: LazyLock<String> = LazyLock::new(|| {
    [
        r"(?:",
        &DATE,
        r"|[0-9]{1,2}/[0-9]{1,2}\b|[0-9]{1,2}\.[0-9]{2}\b|[0-9]{1,2} [0-9]{1,2} (?:19|20)[0-9]{2}\b",
        r"|[0-3][0-9][01][0-9](?:19|20)[0-9]{2}\b|(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]\b)",
    ]
    .concat()
});
