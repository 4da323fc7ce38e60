//! Validates a binary before the upload. Lambda itself reports an unusable binary only at the first invocation.

use object::Endianness;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64, VER_FLG_WEAK};
use object::read::elf::{FileHeader, ProgramHeader, SectionTable};

use super::Glibc;
use crate::artifacts::{Architecture, BundleError};

type Header = FileHeader64<Endianness>;

/// The properties of a binary that can run on Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binary {
    pub(super) architecture: Architecture,
    pub(super) glibc: Option<Glibc>,
}

/// Returns an error for a binary that Lambda cannot start. The error message calls the binary `name`.
pub(super) fn inspect(
    name: &str,
    bytes: &[u8],
    required: Option<Architecture>,
) -> Result<Binary, BundleError> {
    let wrong_kind = |found| BundleError::WrongKind { name: name.to_owned(), found };
    let broken = |source| BundleError::BrokenElf { name: name.to_owned(), source };
    kind(bytes).map_err(wrong_kind)?;
    let (header, endian) =
        Header::parse(bytes).and_then(|header| Ok((header, header.endian()?))).map_err(broken)?;
    let architecture = match header.e_machine(endian) {
        EM_AARCH64 => Architecture::Arm64,
        EM_X86_64 => Architecture::X86_64,
        _ => return Err(wrong_kind("for a processor that Lambda does not support")),
    };
    refuse_other_architecture(name, architecture, required)?;
    let loader = loader(header, endian, bytes).map_err(broken)?;
    refuse_other_loader(name, loader, architecture)?;
    let glibc = newest_glibc(header, endian, bytes).map_err(broken)?;
    match glibc {
        Some(found) if found > Glibc::LAMBDA => Err(BundleError::NewGlibc { name: name.to_owned(), found }),
        glibc => Ok(Binary { architecture, glibc }),
    }
}

/// Detects by the first bytes what the file is, if it is not a 64-bit ELF file.
fn kind(bytes: &[u8]) -> Result<(), &'static str> {
    match bytes {
        [0x7f, b'E', b'L', b'F', 2, ..] => Ok(()),
        [0x7f, b'E', b'L', b'F', ..] => Err("a 32-bit binary"),
        [] => Err("empty"),
        [b'#', b'!', ..] => Err("a script"),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => Err("a macOS binary"),
        [b'M', b'Z', ..] => Err("a Windows binary"),
        [b'P', b'K', ..] => Err("a zip (use `--lambda-zip`)"),
        _ => Err("not a Linux binary"),
    }
}

fn refuse_other_architecture(
    name: &str,
    found: Architecture,
    required: Option<Architecture>,
) -> Result<(), BundleError> {
    match required {
        Some(required) if required != found => {
            Err(BundleError::WrongArchitecture { name: name.to_owned(), found, required })
        }
        _ => Ok(()),
    }
}

/// Returns the dynamic loader; `None` for a static binary.
fn loader<'data>(
    header: &Header,
    endian: Endianness,
    bytes: &'data [u8],
) -> object::read::Result<Option<&'data [u8]>> {
    for segment in header.program_headers(endian, bytes)? {
        if let Some(loader) = segment.interpreter(endian, bytes)? {
            return Ok(Some(loader));
        }
    }
    Ok(None)
}

/// Binaries for musl and from Nix use loaders that Amazon Linux does not have: every invocation would fail with "no
/// such file".
fn refuse_other_loader(
    name: &str,
    loader: Option<&[u8]>,
    architecture: Architecture,
) -> Result<(), BundleError> {
    let expected: &[u8] = match architecture {
        Architecture::Arm64 => b"/lib/ld-linux-aarch64.so.1",
        Architecture::X86_64 => b"/lib64/ld-linux-x86-64.so.2",
    };
    match loader {
        Some(found) if found != expected => Err(BundleError::WrongLoader {
            name: name.to_owned(),
            found: String::from_utf8_lossy(found).into_owned(),
        }),
        _ => Ok(()),
    }
}

/// Returns the newest `GLIBC_x.y` that the binary requires. Weak version needs are optional for the loader.
fn newest_glibc(header: &Header, endian: Endianness, bytes: &[u8]) -> object::read::Result<Option<Glibc>> {
    let sections: SectionTable<'_, Header> = header.sections(endian, bytes)?;
    let Some((mut needs, strings)) = sections.gnu_verneed(endian, bytes)? else {
        return Ok(None);
    };
    let strings = sections.strings(endian, bytes, strings)?;
    let mut newest = None;
    while let Some((_, mut versions)) = needs.next()? {
        while let Some(version) = versions.next()? {
            if version.vna_flags.get(endian).contains(VER_FLG_WEAK) {
                continue;
            }
            newest = newest.max(glibc(version.name(endian, strings)?));
        }
    }
    Ok(newest)
}

fn glibc(symbol_version: &[u8]) -> Option<Glibc> {
    let version = symbol_version.strip_prefix(b"GLIBC_")?;
    Glibc::parse(std::str::from_utf8(version).ok()?)
}

#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod tests;
