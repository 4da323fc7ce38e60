//! What is taken and what is refused, on binaries made by hand and on a real one.

use object::elf::{EM_386, EM_AARCH64, EM_RISCV, EM_X86_64};

use super::sample::elf;
use super::{Binary, inspect};
use crate::artifacts::lambda::Glibc;
use crate::artifacts::{
    Architecture::{Arm64, X86_64},
    BundleError, Wanted,
};

const ARM_LOADER: &str = "/lib/ld-linux-aarch64.so.1";
const X86_LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

fn refusal(bytes: &[u8], wanted: Wanted) -> String {
    let error = inspect("twin-lambda", bytes, wanted).unwrap_err();
    let hint = error.hint().expect("each refusal has a next step");
    format!("{error}\nhint: {hint}")
}

#[test]
fn takes_what_lambda_can_run() {
    let arm = elf(EM_AARCH64, ARM_LOADER, &[("GLIBC_2.17", false), ("GLIBC_2.34", false)]);
    for wanted in [Wanted::Auto, Wanted::Only(Arm64)] {
        let expected = Binary { architecture: Arm64, glibc: Some(Glibc::new(2, 34)) };
        assert_eq!(inspect("twin-lambda", &arm, wanted).unwrap(), expected);
    }
}

#[test]
fn the_newest_version_is_by_number_and_private_ones_do_not_count() {
    let needs = ["GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.28", "GLIBC_PRIVATE", "GCC_3.0"];
    let x86 = elf(EM_X86_64, X86_LOADER, &needs.map(|name| (name, false)));
    let binary = inspect("twin-lambda", &x86, Wanted::Auto).unwrap();
    assert_eq!((binary.architecture, binary.glibc), (X86_64, Some(Glibc::new(2, 28))));
}

#[test]
fn a_weak_need_is_forgiven_by_the_loader_and_by_us() {
    let x86 = elf(EM_X86_64, X86_LOADER, &[("GLIBC_2.39", true), ("GLIBC_2.30", false)]);
    let binary = inspect("twin-lambda", &x86, Wanted::Auto).unwrap();
    assert_eq!(binary.glibc, Some(Glibc::new(2, 30)));
}

#[test]
fn a_new_glibc_is_refused() {
    let arm = elf(EM_AARCH64, ARM_LOADER, &[("GLIBC_2.34", false), ("GLIBC_2.38", false)]);
    insta::assert_snapshot!(refusal(&arm, Wanted::Only(Arm64)), @"
    twin-lambda needs glibc 2.38, but Lambda's Amazon Linux 2023 has 2.34
    hint: run `cargo install cargo-zigbuild` and `pip install ziglang`, which build for glibc 2.34, or give a ready binary with `--lambda-binary`
    ");
}

#[test]
fn another_architecture_is_refused() {
    let x86 = elf(EM_X86_64, X86_LOADER, &[("GLIBC_2.17", false)]);
    insta::assert_snapshot!(refusal(&x86, Wanted::Only(Arm64)), @"
    twin-lambda is built for x86_64, but arm64 is wanted
    hint: give a binary built for aarch64-unknown-linux-gnu, or set `lambda.architecture: x86_64`
    ");
    let riscv = elf(EM_RISCV, "/lib/ld.so", &[]);
    insta::assert_snapshot!(refusal(&riscv, Wanted::Auto), @"
    twin-lambda cannot run on Lambda: it is for a processor that Lambda does not have
    hint: give the `twin-lambda` built for aarch64-unknown-linux-gnu or x86_64-unknown-linux-gnu
    ");
}

#[test]
fn another_loader_is_refused() {
    let musl = elf(EM_X86_64, "/lib/ld-musl-x86_64.so.1", &[]);
    insta::assert_snapshot!(refusal(&musl, Wanted::Auto), @"
    twin-lambda asks for the loader `/lib/ld-musl-x86_64.so.1`, which Lambda does not have
    hint: give the `twin-lambda` built for aarch64-unknown-linux-gnu or x86_64-unknown-linux-gnu
    ");
}

#[test]
fn what_is_no_linux_binary_is_called_by_its_name() {
    let mut small = elf(EM_386, "/lib/ld-linux.so.2", &[]);
    small[4] = 1;
    for (bytes, expected) in [
        (&b"#!/bin/sh\nexec python3 main.py\n"[..], "a script"),
        (b"", "empty"),
        (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", "a macOS binary"),
        (b"\xca\xfe\xba\xbe", "a macOS binary"),
        (b"MZ\x90\0", "a Windows binary"),
        (b"PK\x03\x04", "a zip, which `--lambda-zip` would take"),
        (b"hello", "not a Linux binary"),
        (&small, "a 32-bit binary"),
    ] {
        match inspect("x", bytes, Wanted::Auto) {
            Err(BundleError::WrongKind { found, .. }) => assert_eq!(found, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn a_cut_file_is_refused_and_never_panics() {
    let whole = elf(EM_AARCH64, ARM_LOADER, &[("GLIBC_2.34", false)]);
    for end in 5..whole.len() {
        let cut = inspect("x", &whole[..end], Wanted::Auto);
        assert!(matches!(cut, Err(BundleError::BrokenElf { .. })), "{end}: {cut:?}");
    }
}

#[test]
fn reads_a_real_binary() {
    let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    match inspect("this test", &this, Wanted::Auto) {
        Ok(binary) => assert!(binary.glibc >= Some(Glibc::new(2, 2))),
        Err(error) => assert!(matches!(error, BundleError::NewGlibc { .. }), "{error}"),
    }
}
