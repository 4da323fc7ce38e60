//! Encrypted files, among them files of Debian's `age` and `openssl enc` in `tests/vectors`.

use persona::{DecryptError, Encryption, Key, KeyPair, Recipients};
use proptest::prelude::*;

use super::project::{PASSPHRASE, Project, key, listing, printed, vector};

fn read(text: &str) -> Key {
    Key::from_text(text.to_owned().into()).unwrap()
}

#[test]
fn files_of_other_programs_are_decrypted() {
    let (identity, passphrase) = (read(&key()), read(PASSPHRASE));
    for (file, encryption, plain, key) in [
        ("facts.json.age", Encryption::Age, "facts.json", &identity),
        ("summary.txt.age", Encryption::Age, "summary.txt", &identity),
        ("facts.json.passphrase.age", Encryption::Age, "facts.json", &passphrase),
        ("facts.json.encrypted", Encryption::Openssl, "facts.json", &passphrase),
        ("summary.txt.encrypted", Encryption::Openssl, "summary.txt", &passphrase),
    ] {
        assert_eq!(
            encryption.decrypt(&vector(file), plain, key).as_deref(),
            Ok(vector(plain).as_slice()),
            "{file}"
        );
    }
}

#[test]
fn wrong_keys_and_damaged_files_are_distinguished() {
    let (identity, passphrase) = (read(&key()), read(PASSPHRASE));
    let (other, wrong) = (read(&KeyPair::generate().file()), read("wrong"));
    let error = |encryption: Encryption, bytes: &[u8], key: &Key| {
        encryption.decrypt(bytes, "facts.json", key).unwrap_err()
    };
    let (age, armored, openssl) =
        (vector("facts.json.age"), vector("summary.txt.age"), vector("facts.json.encrypted"));
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    assert_eq!(error(Encryption::Age, &age, &other), DecryptError::WrongKey);
    assert_eq!(error(Encryption::Age, &age, &passphrase), DecryptError::NeedsIdentity);
    let by_passphrase = vector("facts.json.passphrase.age");
    assert_eq!(error(Encryption::Age, &by_passphrase, &identity), DecryptError::NeedsPassphrase);
    assert_eq!(
        error(Encryption::Age, &by_passphrase, &wrong),
        DecryptError::WrongPassphraseOrDamaged(Encryption::Age)
    );
    assert_eq!(error(Encryption::Age, &flipped(&age, age.len() - 1), &identity), DecryptError::Damaged);
    assert_eq!(error(Encryption::Age, &age[..100], &identity), DecryptError::Truncated);
    assert_eq!(error(Encryption::Age, &armored[..armored.len() - 40], &identity), DecryptError::Truncated);
    assert_eq!(
        error(Encryption::Age, b"{\"name\": \"a plain file that was only renamed\"}", &identity),
        DecryptError::NotAge
    );
    assert_eq!(
        error(Encryption::Openssl, &openssl, &wrong),
        DecryptError::WrongPassphraseOrDamaged(Encryption::Openssl)
    );
    assert_eq!(
        error(Encryption::Openssl, &openssl[..openssl.len() - 3], &passphrase),
        DecryptError::Truncated
    );
    assert_eq!(error(Encryption::Openssl, &openssl[..16], &passphrase), DecryptError::Truncated);
    assert_eq!(error(Encryption::Openssl, b"{}", &passphrase), DecryptError::NotOpenssl);
}

#[test]
fn the_hint_for_a_wrong_passphrase_depends_on_the_encryption() {
    let hint = |encryption| DecryptError::WrongPassphraseOrDamaged(encryption).hint();
    assert!(!hint(Encryption::Age).contains("openssl") && hint(Encryption::Openssl).contains("-pbkdf2"));
}

#[test]
fn every_truncation_and_every_flipped_bit_is_detected() {
    let key = read(&key());
    let whole = vector("facts.json.age");
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        assert!(Encryption::Age.decrypt(&flipped, "facts.json", &key).is_err(), "flipped {at}");
        assert!(Encryption::Age.decrypt(&whole[..at], "facts.json", &key).is_err(), "truncated at {at}");
    }
}

#[test]
fn errors_of_all_files_are_reported_together() {
    let project = Project::new(&[("data/style.txt", "Short.")]);
    project.write("data/facts.json.encrypted", vector("facts.json.encrypted"));
    project.write("data/summary.txt.age", vector("summary.txt.age"));
    project.write("data/me.txt.age", &vector("summary.txt.age")[..2000]);
    project.write("data/style.txt.encrypted", vector("summary.txt.encrypted"));
    let without = printed(&project.collect("").unwrap_err());
    let wrong = printed(&project.collect_with("", Some("wrong"), None).unwrap_err());
    let identity = printed(&project.collect_with("", Some(&key()), None).unwrap_err());
    insta::assert_snapshot!(format!(
        "without a key\n{without}\n\na wrong passphrase\n{wrong}\n\na key of age\n{identity}"
    ));
    let both = Project::new(&[("data/facts.json", "{}")]);
    both.write("data/facts.json.encrypted", vector("facts.json.encrypted"));
    insta::assert_snapshot!(printed(&both.collect_with("", Some(PASSPHRASE), None).unwrap_err()), @r"
    facts.json.encrypted: the content differs from facts.json, which also exists
      hint: delete one of the two
    ");
    let broken = printed(&project.collect_with("", Some("AGE-SECRET-KEY-1X"), None).unwrap_err());
    assert!(broken.contains("starts like an age key, but is not valid"), "{broken}");
}

#[test]
fn a_plain_and_an_encrypted_file_may_have_the_same_content() {
    let project = Project::new(&[]);
    project.write("data/facts.json", vector("facts.json"));
    project.write("data/facts.json.age", vector("facts.json.age"));
    let collected = project.collect_with("", Some(&key()), None).unwrap();
    assert_eq!(listing(&collected), "data/: facts.json");
    assert_eq!(collected.decrypted, ["facts.json"]);
}

#[test]
fn the_key_is_only_read_if_it_is_needed() {
    let project = Project::new(&[("data/facts.json", "{}")]);
    project.collect_with("", Some("AGE-SECRET-KEY-1-is-broken"), None).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn decryption_is_inverse_to_encryption(plain in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let pair = KeyPair::generate();
        let key = read(&pair.file());
        let public = pair.public();
        let recipients = Recipients::from_public_keys([public.as_str()]).unwrap();
        for encrypted in [recipients.encrypt(&plain).unwrap(), recipients.encrypt_armored(&plain).unwrap()] {
            prop_assert_eq!(Encryption::Age.decrypt(&encrypted, "x", &key).unwrap(), plain.clone());
        }
    }

    #[test]
    fn an_encrypted_folder_has_the_same_files_as_a_plain_one(files in proptest::collection::btree_map("[a-z]{1,6}(/[a-z]{1,6})?\\.txt", any::<Vec<u8>>(), 0..6)) {
        let pair = KeyPair::generate();
        let recipients = Recipients::from_key(&read(&pair.file()));
        let (plain, encrypted) = (Project::new(&[("data/me.txt", "I")]), Project::new(&[("data/me.txt", "I")]));
        for (name, bytes) in files {
            plain.write(&format!("data/own/{name}"), &bytes);
            encrypted.write(&format!("data/own/{name}.age"), recipients.encrypt(&bytes).unwrap());
        }
        let (plain, encrypted) = (plain.collect(""), encrypted.collect_with("", Some(&pair.file()), None));
        prop_assert_eq!(plain.unwrap().files, encrypted.unwrap().files);
    }

    #[test]
    fn a_wrong_passphrase_never_decrypts_a_text(wrong in "[a-z]{1,12}") {
        let encrypted = vector("summary.txt.encrypted");
        let decrypted = Encryption::Openssl.decrypt(&encrypted, "summary.txt", &read(&wrong));
        prop_assert_eq!(decrypted, Err(DecryptError::WrongPassphraseOrDamaged(Encryption::Openssl)));
    }

    #[test]
    fn no_bytes_cause_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), prefix in "(Salted__|U2FsdGVkX1|age-encryption.org/v1\n|)") {
        let bytes = [prefix.as_bytes(), &bytes].concat();
        let key = read(&key());
        prop_assert!(Encryption::Age.decrypt(&bytes, "x.txt", &key).is_err());
        drop(Encryption::Openssl.decrypt(&bytes, "x.txt", &key));
    }
}
