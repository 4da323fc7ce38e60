//! Keys of JSON and YAML that indicate private values.

use super::{PrivateKind, phone};

/// Returns the kind of private data that a value of this key can be. See [`fits`].
pub(super) fn kind(key: &str) -> Option<PrivateKind> {
    let words = words(key);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if has(&[
        "email", "mail", "ip", "web", "mac", "url", "place", "city", "country", "ort", "lieu", "lugar",
        "luogo",
    ]) {
        return None;
    }
    let joined = words.concat();
    if has(&PHONE) || ["phone", "telefon", "téléphone", "teléfono"].iter().any(|word| joined.contains(word))
    {
        Some(PrivateKind::Phone)
    } else if has(&BIRTHDAY) || joined.contains("birth") || joined.contains("geburt") {
        Some(PrivateKind::Birthday)
    } else if has(&ADDRESS) || joined.contains("address") || joined.contains("anschrift") {
        Some(PrivateKind::Address)
    } else {
        None
    }
}

const PHONE: [&str; 16] = [
    "phone",
    "phones",
    "tel",
    "telephone",
    "mobile",
    "cell",
    "cellphone",
    "fax",
    "whatsapp",
    "signal",
    "handy",
    "mobil",
    "celular",
    "móvil",
    "movil",
    "cellulare",
];
const BIRTHDAY: [&str; 7] = ["dob", "born", "naissance", "nacimiento", "nascimento", "nascita", "birthday"];
const ADDRESS: [&str; 22] = [
    "address",
    "street",
    "adresse",
    "dirección",
    "direccion",
    "endereço",
    "endereco",
    "morada",
    "indirizzo",
    "adres",
    "adress",
    "strasse",
    "straße",
    "hausnummer",
    "zip",
    "zipcode",
    "postcode",
    "postal",
    "plz",
    "cap",
    "domicilio",
    "codepostal",
];

/// Returns whether the value has the form of its kind: `mobile: Swift` is not a phone number.
pub(super) fn fits(kind: PrivateKind, value: &str) -> bool {
    let has_digit = value.contains(|letter: char| letter.is_ascii_digit());
    match kind {
        PrivateKind::Phone => {
            let is_written = |letter: char| letter.is_ascii_digit() || " +-()./\u{a0}".contains(letter);
            value.chars().all(is_written) && phone::is_labelled(value)
        }
        PrivateKind::Address => has_digit && !value.contains('@') && !value.contains("//"),
        PrivateKind::Birthday => has_digit,
    }
}

/// Splits a key into words: `dateOfBirth`, `date_of_birth` and `Date of birth` have the same three.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in key.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_keys_and_values() {
        let cases = [
            ("phone", "5550199", Some(PrivateKind::Phone)),
            ("phoneNumber", "+44 20 7946 0958", Some(PrivateKind::Phone)),
            ("work_phone", "555 01 99", Some(PrivateKind::Phone)),
            ("mobile", "Swift, Kotlin", None),
            ("mobile", "2019 - 2021", None),
            ("mobile_experience_years", "5", None),
            ("dateOfBirth", "3 May", Some(PrivateKind::Birthday)),
            ("dob", "1980", Some(PrivateKind::Birthday)),
            ("place_of_birth", "Leeds 1", None),
            ("born", "in Leeds", None),
            ("birthplace", "Leeds", None),
            ("address", "The Old Mill 3", Some(PrivateKind::Address)),
            ("address", "London", None),
            ("home-address", "12 High Street", Some(PrivateKind::Address)),
            ("zip", "10115", Some(PrivateKind::Address)),
            ("email_address", "a1@b.example", None),
            ("city", "Berlin 1", None),
            ("hotel", "5550199", None),
            ("excellent", "5550199", None),
        ];
        for (key, value, expected) in cases {
            assert_eq!(kind(key).filter(|kind| fits(*kind, value)), expected, "{key}: {value}");
        }
    }
}
