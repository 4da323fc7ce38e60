//! Tests with handmade binaries, and with the test's own.

use object::elf::{EM_386, EM_AARCH64, EM_RISCV, EM_X86_64};

use super::sample::elf;
use super::{Binary, inspect};
use crate::artifacts::lambda::Glibc;
use crate::artifacts::{
    Architecture::{self, Arm64, X86_64},
    BundleError,
};

const ARM_LOADER: &str = "/lib/ld-linux-aarch64.so.1";
const X86_LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

fn error_text(bytes: &[u8], required: Option<Architecture>) -> String {
    let error = inspect("twin-lambda", bytes, required).unwrap_err();
    let hint = error.hint().expect("each error has a hint");
    format!("{error}\nhint: {hint}")
}

#[test]
fn a_binary_for_lambda_is_accepted() {
    let arm = elf(EM_AARCH64, ARM_LOADER, &[("GLIBC_2.17", false), ("GLIBC_2.34", false)]);
    for required in [None, Some(Arm64)] {
        let expected = Binary { architecture: Arm64, glibc: Some(Glibc::new(2, 34)) };
        assert_eq!(inspect("twin-lambda", &arm, required).unwrap(), expected);
    }
}

#[test]
fn glibc_versions_are_compared_by_number_and_private_ones_are_ignored() {
    let needs = ["GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.28", "GLIBC_PRIVATE", "GCC_3.0"];
    let x86 = elf(EM_X86_64, X86_LOADER, &needs.map(|name| (name, false)));
    let binary = inspect("twin-lambda", &x86, None).unwrap();
    assert_eq!((binary.architecture, binary.glibc), (X86_64, Some(Glibc::new(2, 28))));
}

#[test]
fn weak_version_needs_are_ignored() {
    let x86 = elf(EM_X86_64, X86_LOADER, &[("GLIBC_2.39", true), ("GLIBC_2.30", false)]);
    let binary = inspect("twin-lambda", &x86, None).unwrap();
    assert_eq!(binary.glibc, Some(Glibc::new(2, 30)));
}

#[test]
fn a_glibc_newer_than_that_of_lambda_is_an_error() {
    let arm = elf(EM_AARCH64, ARM_LOADER, &[("GLIBC_2.34", false), ("GLIBC_2.38", false)]);
    insta::assert_snapshot!(error_text(&arm, Some(Arm64)), @"
    twin-lambda needs glibc 2.38, but Lambda's Amazon Linux 2023 has 2.34
    hint: run `cargo install cargo-zigbuild` and `pip install ziglang` to build for glibc 2.34, or use a prebuilt binary: `--lambda-binary`
    ");
}

#[test]
fn another_architecture_is_an_error() {
    let x86 = elf(EM_X86_64, X86_LOADER, &[("GLIBC_2.17", false)]);
    insta::assert_snapshot!(error_text(&x86, Some(Arm64)), @"
    twin-lambda is built for x86_64, but arm64 is required
    hint: use a binary built for aarch64-unknown-linux-gnu, or set `lambda.architecture: x86_64`
    ");
    let riscv = elf(EM_RISCV, "/lib/ld.so", &[]);
    insta::assert_snapshot!(error_text(&riscv, None), @"
    twin-lambda cannot run on Lambda: it is for a processor that Lambda does not support
    hint: use a `twin-lambda` binary built for aarch64-unknown-linux-gnu or x86_64-unknown-linux-gnu
    ");
}

#[test]
fn another_loader_is_an_error() {
    let musl = elf(EM_X86_64, "/lib/ld-musl-x86_64.so.1", &[]);
    insta::assert_snapshot!(error_text(&musl, None), @"
    twin-lambda requires the dynamic loader `/lib/ld-musl-x86_64.so.1`, which Lambda does not have
    hint: use a `twin-lambda` binary built for aarch64-unknown-linux-gnu or x86_64-unknown-linux-gnu
    ");
}

#[test]
fn files_that_are_not_linux_binaries_are_identified() {
    let mut small = elf(EM_386, "/lib/ld-linux.so.2", &[]);
    small[4] = 1;
    for (bytes, expected) in [
        (&b"#!/bin/sh\nexec python3 main.py\n"[..], "a script"),
        (b"", "empty"),
        (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", "a macOS binary"),
        (b"\xca\xfe\xba\xbe", "a macOS binary"),
        (b"MZ\x90\0", "a Windows binary"),
        (b"PK\x03\x04", "a zip (use `--lambda-zip`)"),
        (b"hello", "not a Linux binary"),
        (&small, "a 32-bit binary"),
    ] {
        match inspect("x", bytes, None) {
            Err(BundleError::WrongKind { found, .. }) => assert_eq!(found, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn a_truncated_file_is_an_error() {
    let whole = elf(EM_AARCH64, ARM_LOADER, &[("GLIBC_2.34", false)]);
    for end in 5..whole.len() {
        let cut = inspect("x", &whole[..end], None);
        assert!(matches!(cut, Err(BundleError::BrokenElf { .. })), "{end}: {cut:?}");
    }
}

#[test]
fn reads_a_real_binary() {
    let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    match inspect("this test", &this, None) {
        Ok(binary) => assert!(binary.glibc >= Some(Glibc::new(2, 2))),
        Err(error) => assert!(matches!(error, BundleError::NewGlibc { .. }), "{error}"),
    }
}
