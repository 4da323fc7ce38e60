//! Files that only their owner may read: conversations, personal data and keys.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// The permissions of such a file.
pub const MODE: u32 = 0o600;

/// Sets the permissions with which a new file is created. On Windows, a file has the permissions of its folder, and those of
/// a user's folders exclude other users.
pub fn create(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, MODE);
    options
}

/// Returns the permissions of a file, if it exists. On Windows, they are always [`MODE`], which has no effect there.
pub fn mode_of(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    return std::fs::metadata(path)
        .ok()
        .map(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()));
    #[cfg(not(unix))]
    return path.exists().then_some(MODE);
}

/// Sets the permissions of an open file, which the umask does not restrict. Does nothing on Windows.
#[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "it can fail on Unix"))]
pub fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    #[cfg(not(unix))]
    let _ = (file, mode);
    Ok(())
}
