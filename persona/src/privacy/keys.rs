//! Keys of JSON and YAML that say what their values are.

use super::{Private, phone};

/// `Some` where a value under this key is private, if it looks like it.
pub(super) fn kind(key: &str) -> Option<Private> {
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
        Some(Private::Phone)
    } else if has(&BIRTHDAY) || joined.contains("birth") || joined.contains("geburt") {
        Some(Private::Birthday)
    } else if has(&ADDRESS) || joined.contains("address") || joined.contains("anschrift") {
        Some(Private::Address)
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

/// Whether the value is what its key says: `mobile: Swift` is no number.
pub(super) fn fits(kind: Private, value: &str) -> bool {
    let has_digit = value.contains(|letter: char| letter.is_ascii_digit());
    match kind {
        Private::Phone => {
            let is_written = |letter: char| letter.is_ascii_digit() || " +-()./\u{a0}".contains(letter);
            value.chars().all(is_written) && phone::is_labelled(value)
        }
        Private::Address => has_digit && !value.contains('@') && !value.contains("//"),
        Private::Birthday => has_digit,
    }
}

/// `dateOfBirth`, `date_of_birth` and `Date of birth` are the same three words.
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
    fn keys_and_their_values() {
        let cases = [
            ("phone", "5550199", Some(Private::Phone)),
            ("phoneNumber", "+44 20 7946 0958", Some(Private::Phone)),
            ("work_phone", "555 01 99", Some(Private::Phone)),
            ("mobile", "Swift, Kotlin", None),
            ("mobile", "2019 - 2021", None),
            ("mobile_experience_years", "5", None),
            ("dateOfBirth", "3 May", Some(Private::Birthday)),
            ("dob", "1980", Some(Private::Birthday)),
            ("place_of_birth", "Leeds 1", None),
            ("born", "in Leeds", None),
            ("birthplace", "Leeds", None),
            ("address", "The Old Mill 3", Some(Private::Address)),
            ("address", "London", None),
            ("home-address", "12 High Street", Some(Private::Address)),
            ("zip", "10115", Some(Private::Address)),
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
