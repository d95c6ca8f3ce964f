//! Where the bytes of attached files lie: a folder beside the database, or a store that speaks S3.
//!
//! Objects are named by what is in them and never changed. `whole/` holds files that are what their
//! digest says, `thumbnails/` their small pictures, `coming/` the pieces of files that are on their way.
//! What is known of them stands in the database; an object that it does not name means nothing. The one thing that
//! lies here and does not lean on the database is `erasures/`: orders that hold also when it is put back.

mod erasures;
mod finishing;
mod place;
mod receiving;
mod thumbnail;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use sha2::{Digest, Sha256};
use tingfang_core::id::UploadId;
use tingfang_core::record::attachment::ContentDigest;

pub use finishing::{Finished, finish, forget_erased, forget_stale, give_up, publish_stored};
pub use place::{FilesPlace, OpenError};
pub use receiving::{Received, receive, take_in};

/// Pieces of this size are written to a store that takes a file in several.
const PIECE_BYTES: usize = 8 * 1024 * 1024;

/// Something that the store of files could not do.
#[derive(Debug, thiserror::Error)]
#[error("the store of files failed while {doing}")]
pub struct FilesError {
    /// What was being done.
    pub doing: &'static str,
    /// What it said.
    #[source]
    source: object_store::Error,
}

impl FilesError {
    /// Whether there is no such object.
    pub const fn is_missing(&self) -> bool {
        matches!(self.source, object_store::Error::NotFound { .. })
    }
}

/// The store of files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    under_way: receiving::UnderWay,
}

impl Files {
    fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, under_way: receiving::UnderWay::default() }
    }

    /// The bytes of a file, from first to last.
    ///
    /// # Errors
    /// When it is not there, or the store fails.
    pub async fn read(
        &self,
        digest: ContentDigest,
    ) -> Result<BoxStream<'static, FilesResult<Bytes>>, FilesError> {
        self.stream(&whole(digest)).await
    }

    /// A range of the bytes of a file.
    ///
    /// # Errors
    /// When it is not there, or the store fails.
    pub async fn read_range(&self, digest: ContentDigest, range: Range<u64>) -> Result<Bytes, FilesError> {
        self.store.get_range(&whole(digest), range).await.map_err(failed("reading a file"))
    }

    /// The small picture of a file.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn read_thumbnail(&self, digest: ContentDigest) -> Result<Bytes, FilesError> {
        let doing = "reading a small picture";
        self.store
            .get(&thumbnail_of(digest))
            .await
            .map_err(failed(doing))?
            .bytes()
            .await
            .map_err(failed(doing))
    }

    /// The digest of the bytes that are kept for a file.
    ///
    /// # Errors
    /// When it is not there, or the store fails.
    pub async fn digest_of(&self, digest: ContentDigest) -> Result<ContentDigest, FilesError> {
        let mut hasher = Sha256::new();
        let mut bytes = self.read(digest).await?;
        while let Some(part) = bytes.next().await {
            hasher.update(&part?);
        }
        Ok(ContentDigest(hasher.finalize().into()))
    }

    /// Keeps a piece of a file that is on its way, durably.
    async fn put_coming(&self, object: &str, bytes: Vec<u8>) -> Result<(), FilesError> {
        self.put(&Path::from(object), bytes.into(), "keeping a piece of a file").await
    }

    async fn put(&self, path: &Path, bytes: PutPayload, doing: &'static str) -> Result<(), FilesError> {
        self.store.put(path, bytes).await.map(|_| ()).map_err(failed(doing))
    }

    /// Drops a piece. One that cannot be dropped means nothing, and is dropped another time.
    async fn drop_coming(&self, object: &str) {
        if let Err(error) = self.store.delete(&Path::from(object)).await {
            tracing::warn!(%error, "a piece of a file could not be dropped");
        }
    }

    async fn stream(&self, path: &Path) -> Result<BoxStream<'static, FilesResult<Bytes>>, FilesError> {
        let doing = "reading a file";
        let found = self.store.get(path).await.map_err(failed(doing))?;
        Ok(found.into_stream().map(move |part| part.map_err(failed(doing))).boxed())
    }

    async fn has(&self, digest: ContentDigest) -> Result<bool, FilesError> {
        match self.store.head(&whole(digest)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(FilesError { doing: "looking for a file", source }),
        }
    }

    /// Puts pieces together under the file's name. It appears when it is whole.
    async fn join(&self, digest: ContentDigest, objects: &[String]) -> Result<(), FilesError> {
        let doing = "putting a file together";
        let upload = self.store.put_multipart(&whole(digest)).await.map_err(failed(doing))?;
        let mut writing = WriteMultipart::new_with_chunk_size(upload, PIECE_BYTES);
        for object in objects {
            let mut bytes = self.stream(&Path::from(object.as_str())).await?;
            while let Some(part) = bytes.next().await {
                writing.wait_for_capacity(2).await.map_err(failed(doing))?;
                writing.put(part?);
            }
        }
        writing.finish().await.map(|_| ()).map_err(failed(doing))
    }
}

/// What a read of the store gives.
pub type FilesResult<T> = Result<T, FilesError>;

fn failed(doing: &'static str) -> impl FnOnce(object_store::Error) -> FilesError {
    move |source| FilesError { doing, source }
}

fn whole(digest: ContentDigest) -> Path {
    let name = digest.to_string();
    Path::from(format!("whole/{}/{name}", &name[..2]))
}

fn thumbnail_of(digest: ContentDigest) -> Path {
    let name = digest.to_string();
    Path::from(format!("thumbnails/{}/{name}.jpg", &name[..2]))
}

fn coming(upload: UploadId, starts_at: u64, salt: u32) -> String {
    // Two requests may bring the same piece at once; each has an object of its own.
    format!("coming/{upload}/{starts_at:012}-{salt:08x}")
}
