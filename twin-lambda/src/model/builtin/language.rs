//! The languages of the page.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Japanese,
    Arabic,
}

impl Language {
    pub(super) const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::Japanese,
        Self::Arabic,
    ];

    /// Returns the language with this two-letter code.
    pub(super) fn named(code: &str) -> Option<Self> {
        const CODES: [&str; 8] = ["en", "de", "fr", "es", "it", "pt", "ja", "ar"];
        CODES.iter().position(|known| *known == code).map(|index| Self::ALL[index])
    }
}
