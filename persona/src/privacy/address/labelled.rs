//! Addresses in a field with a label: in a line, in a cell of a table, or in JSON and YAML.

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

/// Where a field begins.
const START: &str = r#"(?im)(?:^|[|{,;(（·•\t])[ \t>*•\-–#|"'_]*"#;
/// Text with a number, up to the end of the field.
const VALUE: &str = r#"([^\n|"@{}]*[0-9][^\n|"@{}]*)"#;

/// A whole address.
static ADDRESS: Pattern = LazyLock::new(|| {
    pattern(&[
        START,
        r"(?:(?:home|postal|street|mailing|private|my|permanent|present|current|new|neue|nouvelle|nueva|nuova|nova|2e|домашний|новый)[ _])?(?:address|adresse|anschrift|wohnadresse|wohnort|direcci[óo]n|residencia|",
        r"residência|residenza|domicilio|domicile|endere[çc]o|morada|indirizzo|adres|adress|adresa|osoite|адрес|место жительства|проживание|прописан|end\.|現?住所|自宅|所在地|地址|주소)",
        r#"(?:[ _](?:perso\p{L}*|privat\p{L}*|privée?|postal\p{L}*|actual|attuale|atual|residencial|particular|проживания|регистрации))?(?: (?:p/ ?|para |de |di |per (?:la )?|for )(?:a |la )?(?:entregas?|correspond\p{L}+|env[íi]os?|fa[ct]+ura\p{L}+|cobrança|consegn[ae]|spedizion[ei]|livraison|delivery))?(?: ?\([^)\n]{1,40}\))?["'*_]*(?:[ \t]*(?:[:=：|]|\n)|\t|[ ]{2})[ \t|"'*_]*"#,
        VALUE,
    ])
});

/// A street. Its name is a key of JSON or YAML, or a cell of a table.
static STREET: Pattern = LazyLock::new(|| {
    pattern(&[
        START,
        r"(?:(?:street(?:[ _]?address|_?1)?|str\.?|strasse|straße|voie|rue|calle|via|strada|logradouro|rua|улица)(?:[ ,./_]*(?:e|y|et|und|and|&)?[ ,./_]*(?:n\.?|nr\.?|no\.?|número|numero|numéro|nummer|hausnummer|(?:n\. )?civico|дом))?|町?番地|町名|",
        r#"(?:address_?)?line_?1|addr(?:ess)?_?1)["'*_]*[ \t]*[:=：|][ \t|"'*_]*"#,
        VALUE,
    ])
});

/// A street, and the number in the field behind it.
static APART: Pattern = LazyLock::new(|| {
    pattern(&[
        START,
        r#"(?:street|strasse|straße|voie|rue|calle|via|logradouro|rua|улица)["'*_]*[ \t]*[:=：|][ \t|"'*_]*([^\n|"@{}(0-9]{3,60})["',|]*\s*["'*_]*"#,
        r#"(?:number|no|nr|hausnummer|número|numero|numéro|(?:n\. )?civico|дом)\.?["'*_]*[ \t]*[:=：|][ \t|"'*_]*[0-9]"#,
    ])
});

pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let all = ADDRESS.captures_iter(text).chain(STREET.captures_iter(text));
    let all = all.filter_map(|found| found.get(1)).filter(|value| is_address(value.as_str()));
    all.chain(APART.captures_iter(text).filter_map(|found| found.get(1))).map(|value| {
        let length = value.as_str().trim_end_matches([' ', '\t', ',', ';', '\'', '*', '_']).len();
        value.start()..value.start() + length
    })
}

/// Returns whether the value is not a link, and has letters and a number that is not a year. Digits inside an
/// identifier, such as `Ipv4Addr`, do not count.
fn is_address(value: &str) -> bool {
    let mut words = value.split(|letter: char| !letter.is_alphanumeric());
    let has_number = words.any(|word| {
        let number =
            word.trim_start_matches(|letter: char| !letter.is_ascii()).trim_end_matches(char::is_alphabetic);
        number.starts_with(|letter: char| letter.is_ascii_digit()) && !super::parts::is_year(number)
    });
    value.contains(char::is_alphabetic) && !value.contains("//") && has_number
}
