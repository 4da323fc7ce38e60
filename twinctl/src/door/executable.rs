//! Which executable a process is: its hash, even if another file has taken its path meanwhile.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use aws_lc_rs::digest::{Context, SHA256};

const RUNNING: &str = "/proc/self/exe";
const BUFFER: usize = 256 * 1024;

/// The SHA-256 of the executable of this process, in hex. The TLS library's: a debug build of ours takes ten seconds.
pub fn executable_hash() -> io::Result<String> {
    let running = Path::new(RUNNING);
    let file = if running.exists() { File::open(running) } else { File::open(std::env::current_exe()?) };
    hash(file?)
}

fn hash(mut file: File) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => context.update(&buffer[..read]),
        }
    }
    Ok(context.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Text in memory can always be written to.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_hash_that_everybody_computes() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "abc").unwrap();
        let hash = hash(File::open(folder.path().join("a")).unwrap()).unwrap();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
