//! Tests with zips of twinctl and of other tools.

use std::io::{Cursor, Write};
use std::path::Path;

use object::elf::EM_AARCH64;
use zip::write::SimpleFileOptions;
use zip::{System, ZipWriter};

use super::{MAX_UNPACKED, MAX_ZIP, pack, refuse_large_content, refuse_large_zip, validate_zip};
use crate::artifacts::lambda::elf::sample::elf;
use crate::artifacts::{Architecture, BundleError};

fn binary() -> Vec<u8> {
    elf(EM_AARCH64, "/lib/ld-linux-aarch64.so.1", &[("GLIBC_2.28", false)])
}

fn zipped(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(mode);
    zip.start_file(name, options.system(System::Unix)).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}

fn validate(zip: &[u8]) -> Result<Architecture, String> {
    validate_zip(Path::new("my.zip"), zip, None)
        .map(|binary| binary.architecture)
        .map_err(|error| error.to_string())
}

#[test]
fn a_packed_zip_is_valid() {
    assert_eq!(validate(&pack(&binary()).unwrap()), Ok(Architecture::Arm64));
}

#[test]
fn the_same_binary_gives_the_same_zip_on_every_machine_and_day() {
    let zip = pack(b"hello hello hello hello").unwrap();
    insta::assert_snapshot!(zip.escape_ascii(), @r"PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00!\x00\xe3Q=\x8d\n\x00\x00\x00\x17\x00\x00\x00\t\x00\x00\x00bootstrap\xcbH\xcd\xc9\xc9W\xc8@\'\x01PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00\x00\x00!\x00\xe3Q=\x8d\n\x00\x00\x00\x17\x00\x00\x00\t\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xed\x81\x00\x00\x00\x00bootstrapPK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x007\x00\x00\x001\x00\x00\x00\x00\x00");
}

#[test]
fn a_zip_that_lambda_cannot_start_is_an_error() {
    let error = |zip: &[u8]| validate(zip).unwrap_err();
    insta::assert_snapshot!(error(b"PK and nothing else"), @"my.zip is not a valid zip");
    insta::assert_snapshot!(
        error(&zipped("build/bootstrap", 0o755, &binary())),
        @"my.zip has no `bootstrap` at its top level"
    );
    insta::assert_snapshot!(
        error(&zipped("bootstrap", 0o700, &binary())),
        @"`bootstrap` in my.zip is not executable"
    );
    insta::assert_snapshot!(
        error(&zipped("bootstrap", 0o755, b"#!/bin/sh")),
        @"`bootstrap` in my.zip cannot run on Lambda: it is a script"
    );
}

#[test]
fn sizes_up_to_the_limits_of_lambda_are_accepted() {
    assert!(refuse_large_zip(MAX_ZIP).is_ok());
    insta::assert_snapshot!(
        refuse_large_zip(MAX_ZIP + 1).unwrap_err(),
        @"the Lambda zip is 51 MB, but Lambda accepts at most 50 MB"
    );
    assert!(refuse_large_content(MAX_UNPACKED).is_ok());
    insta::assert_snapshot!(
        refuse_large_content(MAX_UNPACKED + 1).unwrap_err(),
        @"the unpacked Lambda zip is 251 MB, but Lambda accepts at most 250 MB"
    );
}

#[test]
fn a_zip_bomb_is_rejected_before_it_is_unpacked() {
    let bomb = zipped("bootstrap", 0o755, &vec![0; 1 + usize::try_from(MAX_UNPACKED).unwrap()]);
    let error = validate_zip(Path::new("my.zip"), &bomb, None).unwrap_err();
    assert!(matches!(error, BundleError::UnpackedTooLarge { .. }), "{error}");
}
