//! Is this still the file that was read, and may reading go on where it ended?

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use super::find::Version;
use crate::domain::call_log::LogPosition;

/// How much of the beginning and of the end of what was read is looked at again.
const PROBE_BYTES: u64 = 1024;

/// May reading go on at `known.read_to`? Not in a file that was cut, written anew or replaced.
pub(super) fn continues(file: &File, version: &Version, known: &LogPosition) -> io::Result<bool> {
    Ok(version.file() == (known.device, known.inode)
        && version.size >= known.read_to
        && fingerprint(file, known.read_to)? == known.fingerprint)
}

/// Digest of the first and the last bytes before `read_to`.
pub(super) fn fingerprint(file: &File, read_to: u64) -> io::Result<i64> {
    let length = read_to.min(PROBE_BYTES);
    let mut digest = Sha256::new();
    // At most a kilobyte on any machine.
    let mut probe = vec![0; usize::try_from(length).unwrap_or_default()];
    for start in [0, read_to - length] {
        file.read_exact_at(&mut probe, start)?;
        digest.update(&probe);
    }
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(digest.finalize());
    Ok(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
}
