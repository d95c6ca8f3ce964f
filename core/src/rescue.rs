//! 应急导出: everything that a phone has and the server has not, as one file, for when a phone cannot reach
//! the server any more: a broken radio, a token that is not taken, a centre that has moved.
//!
//! What is in it was signed before: frames as they would have been sent, and the bytes of files. So the
//! file need not be trusted, only read; the server holds what comes of it. It is encrypted to the centre's
//! recovery key where the phone knows one.

use std::io::{self, BufRead, BufReader, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::{Key, XChaCha20Poly1305};

use crate::id::{DeviceId, TenantId};
use crate::record::attachment::{ContentDigest, MediaType};
use crate::recovery::{RecoverySecret, Sealed};
use crate::sync::wire::FrameBytes;

/// What the file begins with.
const FORM: &[u8; 10] = b"TFrescue1\n";
/// The plain bytes of a sealed part.
const PART_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
/// The most bytes of the head, and of the list of what is in it.
const MOST_HEAD_BYTES: u64 = 64 * 1024;
const MOST_INDEX_BYTES: u64 = 512 * 1024 * 1024;
/// The key is used for one file only.
const NONCE: [u8; 19] = [0; 19];

/// Whose file it is, and who can read it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct RescueHead {
    /// The tenant.
    #[n(0)]
    pub tenant: TenantId,
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// The key of the rest.
    #[n(2)]
    pub key: RescueKey,
}

/// The key of a rescue file.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum RescueKey {
    /// Sealed to the centre's recovery key.
    #[n(0)]
    Sealed(#[n(0)] Sealed),
    /// The phone knew none: whoever has the file reads it.
    #[n(1)]
    Open(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
}

impl std::fmt::Debug for RescueKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sealed(_) => "RescueKey::Sealed(..)",
            Self::Open(_) => "RescueKey::Open(..)",
        })
    }
}

/// What is in it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct RescueIndex {
    /// The frames of earlier epochs that were never answered, and those of the last, in order.
    #[n(0)]
    pub frames: Vec<FrameBytes>,
    /// The files that follow, in order.
    #[n(1)]
    pub files: Vec<RescuedFile>,
}

/// A file in it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct RescuedFile {
    #[cbor(n(0), with = "minicbor::bytes")]
    digest: [u8; 32],
    /// How large it is.
    #[n(1)]
    pub size_bytes: u64,
    #[n(2)]
    media_type: String,
}

impl RescuedFile {
    /// A file of this kind.
    pub fn new(digest: ContentDigest, size_bytes: u64, media_type: MediaType) -> Self {
        Self { digest: digest.0, size_bytes, media_type: media_type.code().to_owned() }
    }

    /// The digest of its bytes.
    pub const fn digest(&self) -> ContentDigest {
        ContentDigest(self.digest)
    }

    /// Of which kind it is; nothing for one of a later version.
    pub fn media_type(&self) -> Option<MediaType> {
        MediaType::from_code(&self.media_type)
    }
}

/// Why a file is no rescue file, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RescueProblem {
    /// It is none.
    #[error("this is no rescue file of a phone")]
    Unreadable,
    /// It is encrypted, and no key, or another centre's, was given.
    #[error("the file is encrypted to another recovery key; give the centre's")]
    OtherKey,
    /// It was changed, or is cut off.
    #[error("the file was changed or is cut off")]
    Damaged,
    /// The disk failed.
    #[error("the file cannot be read or written")]
    Io(#[from] io::Error),
}

/// Writes a rescue file.
pub struct RescueWriter<W: Write> {
    out: W,
    stream: EncryptorBE32<XChaCha20Poly1305>,
    part: Vec<u8>,
}

impl<W: Write> RescueWriter<W> {
    /// Begins a file under a key that was never used before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(
        mut out: W,
        head: &RescueHead,
        key: [u8; 32],
        index: &RescueIndex,
    ) -> Result<Self, RescueProblem> {
        let head = minicbor::to_vec(head).expect("encoding into memory cannot fail");
        out.write_all(FORM)?;
        out.write_all(&(head.len() as u64).to_le_bytes())?;
        out.write_all(&head)?;
        let stream = EncryptorBE32::new(&Key::from(key), &NONCE.into());
        let mut writer = Self { out, stream, part: Vec::with_capacity(PART_BYTES) };
        let index = minicbor::to_vec(index).expect("encoding into memory cannot fail");
        writer.add(&(index.len() as u64).to_le_bytes())?;
        writer.add(&index)?;
        Ok(writer)
    }

    /// Adds bytes of the next file.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, mut bytes: &[u8]) -> Result<(), RescueProblem> {
        while !bytes.is_empty() {
            // A part that is full goes out when more follows: the last one is marked as such.
            if self.part.len() == PART_BYTES {
                let sealed = self.stream.encrypt_next(&self.part[..]).map_err(|_| RescueProblem::Damaged)?;
                self.out.write_all(&sealed)?;
                self.part.clear();
            }
            let fits = bytes.len().min(PART_BYTES - self.part.len());
            self.part.extend_from_slice(&bytes[..fits]);
            bytes = &bytes[fits..];
        }
        Ok(())
    }

    /// Ends the file, and gives back what it was written to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> Result<W, RescueProblem> {
        let sealed = self.stream.encrypt_last(&self.part[..]).map_err(|_| RescueProblem::Damaged)?;
        self.out.write_all(&sealed)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads a rescue file; what it gives was checked.
pub struct RescueReader<R: Read> {
    /// Whose it is.
    pub head: RescueHead,
    /// What is in it.
    pub index: RescueIndex,
    parts: Parts<R>,
}

impl<R: Read> RescueReader<R> {
    /// Opens a file, with the centre's recovery secret where it was encrypted to it.
    ///
    /// # Errors
    /// When it is none, or cannot be opened.
    pub fn open(from: R, secret: Option<&RecoverySecret>) -> Result<Self, RescueProblem> {
        let mut from = BufReader::with_capacity(PART_BYTES + TAG_BYTES, from);
        let mut form = [0; FORM.len()];
        from.read_exact(&mut form).map_err(|_| RescueProblem::Unreadable)?;
        if &form != FORM {
            return Err(RescueProblem::Unreadable);
        }
        let head = read_counted(&mut from, MOST_HEAD_BYTES)?;
        let head: RescueHead = minicbor::decode(&head).map_err(|_| RescueProblem::Unreadable)?;
        let key = match (&head.key, secret) {
            (RescueKey::Open(key), _) => *key,
            (RescueKey::Sealed(sealed), Some(secret)) => {
                let opened = secret.open(head.device, sealed).map_err(|_| RescueProblem::OtherKey)?;
                <[u8; 32]>::try_from(opened).map_err(|_| RescueProblem::OtherKey)?
            }
            (RescueKey::Sealed(_), None) => return Err(RescueProblem::OtherKey),
        };
        let stream = DecryptorBE32::new(&Key::from(key), &NONCE.into());
        let mut parts = Parts { from, stream: Some(stream), part: Vec::new(), at: 0 };
        let index = read_counted(&mut parts, MOST_INDEX_BYTES)?;
        let index = minicbor::decode(&index).map_err(|_| RescueProblem::Unreadable)?;
        Ok(Self { head, index, parts })
    }

    /// The bytes of the files, one behind the other as the index says.
    pub fn bytes(&mut self) -> &mut impl Read {
        &mut self.parts
    }
}

fn read_counted(from: &mut impl Read, most: u64) -> Result<Vec<u8>, RescueProblem> {
    let mut count = [0; 8];
    from.read_exact(&mut count).map_err(damaged)?;
    let count = u64::from_le_bytes(count);
    if count > most {
        return Err(RescueProblem::Damaged);
    }
    let mut bytes = Vec::new();
    from.take(count).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len() as u64 == count { Ok(bytes) } else { Err(RescueProblem::Damaged) }
}

fn damaged(error: io::Error) -> RescueProblem {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => RescueProblem::Damaged,
        _ => error.into(),
    }
}

/// The opened parts, as bytes.
struct Parts<R: Read> {
    from: BufReader<R>,
    /// Gone after the last part.
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    part: Vec<u8>,
    at: usize,
}

impl<R: Read> Parts<R> {
    fn next_part(&mut self) -> io::Result<()> {
        let Some(mut stream) = self.stream.take() else { return Ok(()) };
        let mut sealed = Vec::new();
        (&mut self.from).take((PART_BYTES + TAG_BYTES) as u64).read_to_end(&mut sealed)?;
        let is_last = self.from.fill_buf()?.is_empty();
        let changed = |_| io::Error::from(io::ErrorKind::InvalidData);
        if is_last {
            self.part = stream.decrypt_last(&sealed[..]).map_err(changed)?;
        } else {
            self.part = stream.decrypt_next(&sealed[..]).map_err(changed)?;
            self.stream = Some(stream);
        }
        self.at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Parts<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.part.len() {
            self.part.clear();
            self.at = 0;
            self.next_part()?;
        }
        let count = into.len().min(self.part.len() - self.at);
        into[..count].copy_from_slice(&self.part[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(key: RescueKey) -> RescueHead {
        RescueHead { tenant: TenantId::from_bytes([1; 16]), device: DeviceId::from_bytes([2; 16]), key }
    }

    fn written(file: &[u8]) -> Vec<u8> {
        let index = RescueIndex {
            frames: vec![FrameBytes(vec![1, 2, 3]), FrameBytes(vec![4; 100_000])],
            files: vec![RescuedFile::new(ContentDigest([7; 32]), file.len() as u64, MediaType::Jpeg)],
        };
        let mut writer =
            RescueWriter::begin(Vec::new(), &head(RescueKey::Open([5; 32])), [5; 32], &index).expect("begun");
        file.chunks(1_000).for_each(|part| writer.add(part).expect("added"));
        writer.end().expect("ended")
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, RescueProblem> {
        let mut reader = RescueReader::open(bytes, None)?;
        assert_eq!(reader.index.frames.len(), 2);
        let mut file = Vec::new();
        reader.bytes().read_to_end(&mut file).map_err(damaged)?;
        Ok(file)
    }

    #[test]
    fn what_goes_in_comes_out_whatever_its_size() {
        for size in [0, 1, 31_000, 65_536, 200_000] {
            let file: Vec<u8> = (0..size).map(|at: u32| (at % 251) as u8).collect();
            assert_eq!(read(&written(&file)).expect("whole"), file, "{size}");
        }
    }

    #[test]
    fn no_changed_byte_and_no_missing_end_goes_unnoticed() {
        let bytes = written(&[9; 20_000]);
        for at in (0..bytes.len()).step_by(1_009) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let whose = RescueReader::open(&changed[..], None).map(|reader| reader.head);
            let is_told = whose.is_ok_and(|head| head != self::head(RescueKey::Open([5; 32])));
            assert!(is_told || read(&changed).is_err(), "byte {at}");
        }
        for length in [0, 5, 30, 100, 70_000, bytes.len() - 1] {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
    }
}
