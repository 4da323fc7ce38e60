//! Minimal ELF files, for processors and C libraries that the test machine does not have.

use object::elf::Machine;

const HEADER: usize = 64;
const SEGMENT: usize = 56;
const SECTION: usize = 64;

/// A symbol version, and whether the version need is weak.
type Need<'a> = (&'a str, bool);

/// Returns a 64-bit ELF file with one segment (the path of the loader) and two sections (strings, version needs).
pub(in crate::artifacts::lambda) fn elf(machine: Machine, loader: &str, needs: &[Need]) -> Vec<u8> {
    let loader = [loader.as_bytes(), b"\0"].concat();
    let (strings, verneed) = version_needs(needs);
    let loader_at = HEADER + SEGMENT;
    let strings_at = loader_at + loader.len();
    let verneed_at = strings_at + strings.len();
    let sections = [
        vec![0; SECTION],
        section(3, strings_at, &strings, 0),
        section(0x6fff_fffe, verneed_at, &verneed, 1),
    ];
    let header = header(machine, verneed_at + verneed.len());
    let segment = loader_segment(loader_at, &loader);
    [header, segment, loader, strings, verneed, sections.concat()].concat()
}

fn header(machine: Machine, sections_at: usize) -> Vec<u8> {
    let identity = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let (kind, version, entry) = (half(3), word(1), long(0));
    let tables = [long(HEADER), long(sections_at), word(0)].concat();
    let sizes = [HEADER, SEGMENT, 1, SECTION, 3, 1].map(half).concat();
    let machine = half(machine.0.into());
    [identity, kind, machine, version, entry, tables, sizes].concat()
}

fn loader_segment(at: usize, loader: &[u8]) -> Vec<u8> {
    let places = [at, 0, 0, loader.len(), loader.len(), 1].map(long).concat();
    [word(3), word(4), places].concat()
}

fn section(kind: usize, at: usize, bytes: &[u8], strings: usize) -> Vec<u8> {
    let places = [0, 0, at, bytes.len()].map(long).concat();
    let end = [word(strings), word(1), long(1), long(0)].concat();
    [word(0), word(kind), places, end].concat()
}

/// Returns the string table, and the version needs, which contain offsets into it.
fn version_needs(needs: &[Need]) -> (Vec<u8>, Vec<u8>) {
    let mut strings = b"\0libc.so.6\0".to_vec();
    let mut verneed = [half(1), half(needs.len()), word(1), word(16), word(0)].concat();
    for (at, (name, weak)) in needs.iter().enumerate() {
        let next = if at + 1 == needs.len() { 0 } else { 16 };
        let flags = half(usize::from(*weak) * 2);
        verneed.extend([word(0), flags, half(2), word(strings.len()), word(next)].concat());
        strings.extend([name.as_bytes(), b"\0"].concat());
    }
    (strings, verneed)
}

fn half(number: usize) -> Vec<u8> {
    number.to_le_bytes()[..2].to_vec()
}

fn word(number: usize) -> Vec<u8> {
    number.to_le_bytes()[..4].to_vec()
}

fn long(number: usize) -> Vec<u8> {
    number.to_le_bytes()[..8].to_vec()
}
