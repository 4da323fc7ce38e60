//! Files that Debian's `age` and `openssl enc` made, kept in `tests/vectors`.

use persona::{Key, KeyPair, Recipients, Seal, Undecryptable};
use proptest::prelude::*;

use super::desk::{Desk, PASSPHRASE, key, listing, told, vector};

fn read(text: &str) -> Key {
    Key::from_text(text.to_owned().into()).unwrap()
}

#[test]
fn files_of_other_programs_are_opened() {
    let (identity, passphrase) = (read(&key()), read(PASSPHRASE));
    for (file, seal, plain, key) in [
        ("facts.json.age", Seal::Age, "facts.json", &identity),
        ("summary.txt.age", Seal::Age, "summary.txt", &identity),
        ("facts.json.passphrase.age", Seal::Age, "facts.json", &passphrase),
        ("facts.json.encrypted", Seal::Openssl, "facts.json", &passphrase),
        ("summary.txt.encrypted", Seal::Openssl, "summary.txt", &passphrase),
    ] {
        assert_eq!(seal.open(&vector(file), plain, key).as_deref(), Ok(vector(plain).as_slice()), "{file}");
    }
}

#[test]
fn a_wrong_key_and_a_damaged_file_are_told_apart() {
    let (identity, passphrase) = (read(&key()), read(PASSPHRASE));
    let (other, wrong) = (read(&KeyPair::generate().file()), read("wrong"));
    let open = |seal: Seal, bytes: &[u8], key: &Key| seal.open(bytes, "facts.json", key).unwrap_err();
    let (age, armored, openssl) =
        (vector("facts.json.age"), vector("summary.txt.age"), vector("facts.json.encrypted"));
    let turned = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    assert_eq!(open(Seal::Age, &age, &other), Undecryptable::OtherKey);
    assert_eq!(open(Seal::Age, &age, &passphrase), Undecryptable::NeedsIdentity);
    let by_passphrase = vector("facts.json.passphrase.age");
    assert_eq!(open(Seal::Age, &by_passphrase, &identity), Undecryptable::NeedsPassphrase);
    assert_eq!(open(Seal::Age, &by_passphrase, &wrong), Undecryptable::OtherPassphraseOrDamaged(Seal::Age));
    assert_eq!(open(Seal::Age, &turned(&age, age.len() - 1), &identity), Undecryptable::Damaged);
    assert_eq!(open(Seal::Age, &age[..100], &identity), Undecryptable::CutOff);
    assert_eq!(open(Seal::Age, &armored[..armored.len() - 40], &identity), Undecryptable::CutOff);
    assert_eq!(
        open(Seal::Age, b"{\"name\": \"a plain file that was only renamed\"}", &identity),
        Undecryptable::NotAge
    );
    assert_eq!(open(Seal::Openssl, &openssl, &wrong), Undecryptable::OtherPassphraseOrDamaged(Seal::Openssl));
    assert_eq!(open(Seal::Openssl, &openssl[..openssl.len() - 3], &passphrase), Undecryptable::CutOff);
    assert_eq!(open(Seal::Openssl, &openssl[..16], &passphrase), Undecryptable::CutOff);
    assert_eq!(open(Seal::Openssl, b"{}", &passphrase), Undecryptable::NotOpenssl);
}

#[test]
fn a_wrong_passphrase_is_told_with_what_made_the_file() {
    let hint = |seal| Undecryptable::OtherPassphraseOrDamaged(seal).hint();
    assert!(!hint(Seal::Age).contains("openssl") && hint(Seal::Openssl).contains("-pbkdf2"));
}

#[test]
fn every_cut_and_every_turned_bit_is_seen() {
    let key = read(&key());
    let whole = vector("facts.json.age");
    for at in 0..whole.len() {
        let mut turned = whole.clone();
        turned[at] ^= 0x10;
        assert!(Seal::Age.open(&turned, "facts.json", &key).is_err(), "turned {at}");
        assert!(Seal::Age.open(&whole[..at], "facts.json", &key).is_err(), "cut {at}");
    }
}

#[test]
fn mistakes_of_all_files_come_together() {
    let desk = Desk::new(&[("data/style.txt", "Short.")]);
    desk.write("data/facts.json.encrypted", vector("facts.json.encrypted"));
    desk.write("data/summary.txt.age", vector("summary.txt.age"));
    desk.write("data/me.txt.age", &vector("summary.txt.age")[..2000]);
    desk.write("data/style.txt.encrypted", vector("summary.txt.encrypted"));
    let without = told(&desk.collect("").unwrap_err());
    let wrong = told(&desk.collect_with("", Some("wrong"), None).unwrap_err());
    let identity = told(&desk.collect_with("", Some(&key()), None).unwrap_err());
    insta::assert_snapshot!(format!(
        "without a key\n{without}\n\na wrong passphrase\n{wrong}\n\na key of age\n{identity}"
    ));
    let both = Desk::new(&[("data/facts.json", "{}")]);
    both.write("data/facts.json.encrypted", vector("facts.json.encrypted"));
    insta::assert_snapshot!(told(&both.collect_with("", Some(PASSPHRASE), None).unwrap_err()), @r"
    facts.json.encrypted: says something else than facts.json, which is here too
      hint: delete the one that is not meant
    ");
    let broken = told(&desk.collect_with("", Some("AGE-SECRET-KEY-1X"), None).unwrap_err());
    assert!(broken.contains("looks like one of age, and is none"), "{broken}");
}

#[test]
fn plain_and_encrypted_may_both_be_there_when_they_say_the_same() {
    let desk = Desk::new(&[]);
    desk.write("data/facts.json", vector("facts.json"));
    desk.write("data/facts.json.age", vector("facts.json.age"));
    let collected = desk.collect_with("", Some(&key()), None).unwrap();
    assert_eq!(listing(&collected), "data/: facts.json");
    assert_eq!(collected.decrypted, ["facts.json"]);
}

#[test]
fn a_key_is_asked_for_only_when_it_is_needed() {
    let desk = Desk::new(&[("data/facts.json", "{}")]);
    desk.collect_with("", Some("AGE-SECRET-KEY-1-is-broken"), None).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_encrypted_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let pair = KeyPair::generate();
        let key = read(&pair.file());
        let public = pair.public();
        let recipients = Recipients::keys([public.as_str()]).unwrap();
        for sealed in [recipients.encrypt(&plain).unwrap(), recipients.encrypt_armored(&plain).unwrap()] {
            prop_assert_eq!(Seal::Age.open(&sealed, "x", &key).unwrap(), plain.clone());
        }
    }

    #[test]
    fn an_encrypted_folder_is_like_the_plain_one(files in proptest::collection::btree_map("[a-z]{1,6}(/[a-z]{1,6})?\\.txt", any::<Vec<u8>>(), 0..6)) {
        let pair = KeyPair::generate();
        let recipients = Recipients::holders_of(&read(&pair.file()));
        let (plain, sealed) = (Desk::new(&[("data/me.txt", "I")]), Desk::new(&[("data/me.txt", "I")]));
        for (name, bytes) in files {
            plain.write(&format!("data/own/{name}"), &bytes);
            sealed.write(&format!("data/own/{name}.age"), recipients.encrypt(&bytes).unwrap());
        }
        let (plain, sealed) = (plain.collect(""), sealed.collect_with("", Some(&pair.file()), None));
        prop_assert_eq!(plain.unwrap().files, sealed.unwrap().files);
    }

    #[test]
    fn garbage_is_never_taken_for_a_file(wrong in "[a-z]{1,12}") {
        let sealed = vector("summary.txt.encrypted");
        let opened = Seal::Openssl.open(&sealed, "summary.txt", &read(&wrong));
        prop_assert_eq!(opened, Err(Undecryptable::OtherPassphraseOrDamaged(Seal::Openssl)));
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..300), prefix in "(Salted__|U2FsdGVkX1|age-encryption.org/v1\n|)") {
        let bytes = [prefix.as_bytes(), &bytes].concat();
        let key = read(&key());
        prop_assert!(Seal::Age.open(&bytes, "x.txt", &key).is_err());
        drop(Seal::Openssl.open(&bytes, "x.txt", &key));
    }
}
