//! Files at rest on the phone, encrypted.
//!
//! A file is cut into parts of 64 KiB, each sealed by XChaCha20-Poly1305 in the STREAM construction, so
//! that a part can be read alone and none can be moved, dropped or added unnoticed. Its name is a keyed
//! hash of its digest: who finds the folder cannot tell even whether a known file is in it.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;
use sha2::{Digest, Sha256};

use super::PhoneError;
use crate::record::attachment::ContentDigest;

/// The plain bytes of a part.
pub(super) const PART_BYTES: u64 = 64 * 1024;
const TAG_BYTES: u64 = 16;
/// Form and version, before the nonce.
const FORM: &[u8; 4] = b"TFf1";
const HEADER_BYTES: u64 = 4 + NONCE_BYTES as u64;
const NONCE_BYTES: usize = 19;

/// What makes two files of one key differ.
pub(super) type FileNonce = [u8; NONCE_BYTES];

/// The folder.
#[derive(Clone)]
pub(super) struct Vault {
    folder: PathBuf,
    file_key: [u8; 32],
    name_key: [u8; 32],
}

/// A file that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) digest: ContentDigest,
    pub(super) size_bytes: u64,
}

impl Vault {
    /// The vault beside a store, under the device's secret. Nothing is made before there is a file.
    pub(super) fn beside(store: &Path, secret: &[u8; 32]) -> Self {
        Self {
            folder: store.with_extension("files"),
            file_key: blake3::derive_key("tingfang files at rest 1", secret),
            name_key: blake3::derive_key("tingfang names of files at rest 1", secret),
        }
    }

    /// Takes a file in, up to so many bytes. It is on the disk when this returns; nothing of it is left
    /// when it fails.
    pub(super) fn take_in(
        &self,
        from: &mut dyn Read,
        nonce: FileNonce,
        most_bytes: u64,
    ) -> Result<Taken, PhoneError> {
        fs::create_dir_all(&self.folder).map_err(failed("making the folder of files"))?;
        let coming = self.folder.join(format!("coming-{}", blake3::hash(&nonce).to_hex()));
        let taken = self.write_whole(&coming, from, nonce, most_bytes);
        match taken {
            Ok(taken) => {
                self.keep(&coming, taken.digest)?;
                Ok(taken)
            }
            Err(error) => {
                // What is left is swept the next time that the phone opens.
                let _ = fs::remove_file(&coming);
                Err(error)
            }
        }
    }

    fn write_whole(
        &self,
        path: &Path,
        from: &mut dyn Read,
        nonce: FileNonce,
        most_bytes: u64,
    ) -> Result<Taken, PhoneError> {
        let doing = "writing a file";
        let mut file = File::create(path).map_err(failed(doing))?;
        file.write_all(FORM).and_then(|()| file.write_all(&nonce)).map_err(failed(doing))?;
        let stream = self.stream(nonce);
        let (mut hasher, mut size_bytes, mut index) = (Sha256::new(), 0, 0);
        let mut part = read_part(from)?;
        loop {
            let next = read_part(from)?;
            size_bytes += part.len() as u64;
            if size_bytes > most_bytes {
                return Err(PhoneError::FileTooLarge { most_bytes });
            }
            hasher.update(&part);
            let sealed = stream.encrypt(index, next.is_empty(), &part[..]).map_err(|_| damaged())?;
            file.write_all(&sealed).map_err(failed(doing))?;
            index += 1;
            if next.is_empty() {
                break;
            }
            part = next;
        }
        file.sync_all().map_err(failed(doing))?;
        Ok(Taken { digest: ContentDigest(hasher.finalize().into()), size_bytes })
    }

    /// How many bytes of a file that is being fetched are here, in whole parts.
    pub(super) fn fetched(&self, digest: ContentDigest) -> u64 {
        let length = fs::metadata(self.part_path(digest)).map_or(0, |metadata| metadata.len());
        length.saturating_sub(HEADER_BYTES) / (PART_BYTES + TAG_BYTES) * PART_BYTES
    }

    /// Adds fetched bytes from an offset that [`fetched`](Self::fetched) told: whole parts, or all that
    /// remains.
    pub(super) fn add_fetched(
        &self,
        taken: Taken,
        nonce: FileNonce,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), PhoneError> {
        let doing = "writing a fetched file";
        fs::create_dir_all(&self.folder).map_err(failed("making the folder of files"))?;
        let path = self.part_path(taken.digest);
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut file = options.open(&path).map_err(failed(doing))?;
        let nonce = match read_nonce(&mut file) {
            Ok(begun) if offset > 0 => begun,
            _ => {
                file.set_len(0).and_then(|()| file.rewind()).map_err(failed(doing))?;
                file.write_all(FORM).and_then(|()| file.write_all(&nonce)).map_err(failed(doing))?;
                nonce
            }
        };
        let first = offset / PART_BYTES;
        file.seek(SeekFrom::Start(place_of(first))).map_err(failed(doing))?;
        let stream = self.stream(nonce);
        for (index, part) in (first..).zip(bytes.chunks(PART_BYTES as usize)) {
            let is_last = index * PART_BYTES + part.len() as u64 == taken.size_bytes;
            let counter = u32::try_from(index).map_err(|_| damaged())?;
            let sealed = stream.encrypt(counter, is_last, part).map_err(|_| damaged())?;
            file.write_all(&sealed).map_err(failed(doing))?;
        }
        file.sync_all().map_err(failed(doing))
    }

    /// Ends a fetch: the file is here when its bytes are what its digest says; otherwise they go, and the
    /// answer is no.
    pub(super) fn end_fetch(&self, taken: Taken) -> Result<bool, PhoneError> {
        let path = self.part_path(taken.digest);
        let is_right = self.digest_of(&path, taken.size_bytes)? == Some(taken.digest);
        if is_right {
            self.keep(&path, taken.digest)?;
        } else {
            fs::remove_file(&path).map_err(failed("dropping a fetched file"))?;
        }
        Ok(is_right)
    }

    /// Whether a file is here and its bytes are what its digest says.
    pub(super) fn is_whole(&self, taken: Taken) -> Result<bool, PhoneError> {
        Ok(self.digest_of(&self.path(taken.digest), taken.size_bytes)? == Some(taken.digest))
    }

    fn digest_of(&self, path: &Path, size_bytes: u64) -> Result<Option<ContentDigest>, PhoneError> {
        let mut hasher = Sha256::new();
        let mut offset = 0;
        while offset < size_bytes {
            match self.read_from(path, size_bytes, offset, PART_BYTES) {
                Ok(bytes) => {
                    offset += bytes.len() as u64;
                    hasher.update(&bytes);
                }
                Err(PhoneError::DamagedFile) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(ContentDigest(hasher.finalize().into())))
    }

    /// Reads bytes of a file, at most so many, from an offset; fewer only at its end.
    pub(super) fn read(&self, taken: Taken, offset: u64, most: u64) -> Result<Vec<u8>, PhoneError> {
        self.read_from(&self.path(taken.digest), taken.size_bytes, offset, most)
    }

    fn read_from(&self, path: &Path, size_bytes: u64, offset: u64, most: u64) -> Result<Vec<u8>, PhoneError> {
        let until = size_bytes.min(offset.saturating_add(most));
        let mut file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PhoneError::DamagedFile,
            _ => failed("opening a file")(error),
        })?;
        let nonce = read_nonce(&mut file)?;
        let stream = self.stream(nonce);
        let mut bytes = Vec::new();
        for index in offset / PART_BYTES..until.div_ceil(PART_BYTES) {
            let begins = index * PART_BYTES;
            let length = PART_BYTES.min(size_bytes - begins);
            let mut sealed = vec![0; usize::try_from(length + TAG_BYTES).map_err(|_| damaged())?];
            file.seek(SeekFrom::Start(place_of(index))).map_err(failed("reading a file"))?;
            file.read_exact(&mut sealed).map_err(|_| damaged())?;
            let counter = u32::try_from(index).map_err(|_| damaged())?;
            let is_last = begins + length == size_bytes;
            let part = stream.decrypt(counter, is_last, &sealed[..]).map_err(|_| damaged())?;
            let from = usize::try_from(offset.saturating_sub(begins)).map_err(|_| damaged())?;
            let to = usize::try_from((until - begins).min(length)).map_err(|_| damaged())?;
            bytes.extend_from_slice(&part[from..to]);
        }
        Ok(bytes)
    }

    /// Drops a file, and what was fetched of it.
    pub(super) fn remove(&self, digest: ContentDigest) -> Result<(), PhoneError> {
        for path in [self.path(digest), self.part_path(digest)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("dropping a file")(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Drops every file but these: what a crash has left, and those of records that have left. Of one that is not
    /// here as a whole, what was fetched so far stays.
    pub(super) fn sweep(&self, kept: &[(ContentDigest, bool)]) -> Result<(), PhoneError> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Ok(()) };
        let mut paths = BTreeSet::new();
        for (digest, is_here) in kept {
            paths.insert(self.part_path(*digest));
            if *is_here {
                paths.insert(self.path(*digest));
            }
        }
        for entry in entries {
            let path = entry.map_err(failed("listing files"))?.path();
            if !paths.contains(&path) {
                fs::remove_file(&path).map_err(failed("dropping a file"))?;
            }
        }
        Ok(())
    }

    fn keep(&self, coming: &Path, digest: ContentDigest) -> Result<(), PhoneError> {
        fs::rename(coming, self.path(digest)).map_err(failed("keeping a file"))?;
        // The name must be on the disk as well.
        #[cfg(unix)]
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed("keeping the name of a file"))?;
        Ok(())
    }

    fn path(&self, digest: ContentDigest) -> PathBuf {
        self.folder.join(blake3::keyed_hash(&self.name_key, &digest.0).to_hex().as_str())
    }

    fn part_path(&self, digest: ContentDigest) -> PathBuf {
        self.path(digest).with_extension("part")
    }

    fn stream(&self, nonce: FileNonce) -> StreamBE32<XChaCha20Poly1305> {
        StreamBE32::new((&self.file_key).into(), (&nonce).into())
    }
}

const fn place_of(index: u64) -> u64 {
    HEADER_BYTES + index * (PART_BYTES + TAG_BYTES)
}

fn read_nonce(file: &mut File) -> Result<FileNonce, PhoneError> {
    let (mut form, mut nonce) = ([0; 4], [0; NONCE_BYTES]);
    file.rewind().map_err(failed("reading a file"))?;
    file.read_exact(&mut form).and_then(|()| file.read_exact(&mut nonce)).map_err(|_| damaged())?;
    if &form == FORM { Ok(nonce) } else { Err(damaged()) }
}

fn read_part(from: &mut dyn Read) -> Result<Vec<u8>, PhoneError> {
    let mut part = Vec::new();
    from.take(PART_BYTES).read_to_end(&mut part).map_err(failed("reading what is to be attached"))?;
    Ok(part)
}

fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> PhoneError {
    move |source| PhoneError::File { doing, source }
}

const fn damaged() -> PhoneError {
    PhoneError::DamagedFile
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: FileNonce = [3; NONCE_BYTES];

    fn vault(folder: &Path) -> Vault {
        Vault::beside(&folder.join("store.db"), &[7; 32])
    }

    fn bytes(size: usize) -> Vec<u8> {
        (0..size).map(|at| u8::try_from(at * 31 % 251).expect("below 251")).collect()
    }

    #[test]
    fn a_file_of_any_size_comes_out_as_it_went_in_whole_and_in_pieces() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = vault(folder.path());
        for size in [1, 65_535, 65_536, 65_537, 131_072, 300_000] {
            let plain = bytes(size);
            let taken = vault.take_in(&mut &plain[..], NONCE, 1_000_000).expect("a file");
            assert_eq!(taken.size_bytes, size as u64);
            assert_eq!(vault.read(taken, 0, u64::MAX).expect("all"), plain);
            let from = size / 3;
            let piece = vault.read(taken, from as u64, 70_000).expect("a piece");
            assert_eq!(piece, plain[from..size.min(from + 70_000)]);
            assert!(vault.is_whole(taken).expect("readable"));
        }
    }

    #[test]
    fn nothing_readable_lies_on_the_disk_and_no_name_tells_what_is_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = vault(folder.path());
        let plain = "身份证".repeat(5_000).into_bytes();
        let taken = vault.take_in(&mut &plain[..], NONCE, 1_000_000).expect("a file");
        for entry in fs::read_dir(&vault.folder).expect("the folder") {
            let path = entry.expect("an entry").path();
            assert!(!path.to_string_lossy().contains(&taken.digest.to_string()));
            let kept = fs::read(path).expect("a file");
            assert!(!kept.windows(9).any(|window| window == "身份证".as_bytes()));
        }
        let other = Vault::beside(&folder.path().join("store.db"), &[8; 32]);
        assert!(
            matches!(other.read(taken, 0, 10), Err(PhoneError::DamagedFile)),
            "another key finds nothing"
        );
    }

    #[test]
    fn no_flipped_bit_and_no_missing_part_goes_unnoticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = vault(folder.path());
        let taken = vault.take_in(&mut &bytes(200_000)[..], NONCE, 1_000_000).expect("a file");
        let path = vault.path(taken.digest);
        let kept = fs::read(&path).expect("a file");
        for at in (4..kept.len()).step_by(997) {
            let mut flipped = kept.clone();
            flipped[at] ^= 1;
            fs::write(&path, flipped).expect("a file");
            assert!(!vault.is_whole(taken).expect("readable"), "byte {at}");
        }
        fs::write(&path, &kept[..place_of(2) as usize]).expect("a file");
        assert!(!vault.is_whole(taken).expect("readable"), "cut at a part");
    }

    #[test]
    fn a_file_that_is_too_large_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = vault(folder.path());
        let refused = vault.take_in(&mut &bytes(100_001)[..], NONCE, 100_000);
        assert!(matches!(refused, Err(PhoneError::FileTooLarge { most_bytes: 100_000 })));
        assert_eq!(fs::read_dir(&vault.folder).expect("the folder").count(), 0);
    }

    #[test]
    fn a_fetch_goes_on_after_a_crash_and_a_wrong_file_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = vault(folder.path());
        let plain = bytes(200_000);
        let taken = Taken { digest: ContentDigest(Sha256::digest(&plain).into()), size_bytes: 200_000 };
        assert_eq!(vault.fetched(taken.digest), 0);
        vault.add_fetched(taken, NONCE, 0, &plain[..131_072]).expect("two parts");
        assert_eq!(vault.fetched(taken.digest), 131_072);
        // A crash in the middle of a part.
        let path = vault.part_path(taken.digest);
        let mut torn = fs::read(&path).expect("a file");
        torn.extend_from_slice(&[1; 500]);
        fs::write(&path, torn).expect("a file");
        assert_eq!(vault.fetched(taken.digest), 131_072);
        vault.add_fetched(taken, [9; NONCE_BYTES], 131_072, &plain[131_072..]).expect("the rest");
        assert!(vault.end_fetch(taken).expect("readable"));
        assert_eq!(vault.read(taken, 0, u64::MAX).expect("all"), plain);

        let other = Taken { digest: ContentDigest([1; 32]), size_bytes: 3 };
        vault.add_fetched(other, NONCE, 0, b"abc").expect("a file");
        assert!(!vault.end_fetch(other).expect("readable"), "its digest is another");
        let files = || fs::read_dir(&vault.folder).expect("the folder").count();
        vault.sweep(&[(taken.digest, true)]).expect("swept");
        assert_eq!(files(), 1);
        vault.sweep(&[(taken.digest, false)]).expect("swept");
        assert_eq!(files(), 0, "it was taken off the phone, and a crash had left it");
        vault.remove(taken.digest).expect("it is gone already");
    }
}
