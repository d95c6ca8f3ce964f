//! Where files are kept, as the configuration says it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;

use super::Files;
use crate::private;

/// A place for files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesPlace {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of a store that speaks S3, and a prefix in it. Who may enter, and where it is, say the
    /// usual variables of the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
    /// `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`).
    Bucket {
        /// The bucket.
        bucket: String,
        /// The prefix; empty for none.
        prefix: String,
    },
}

/// Why a place cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made.
    #[error("the folder cannot be made")]
    Folder(#[from] std::io::Error),
    /// The store does not open.
    #[error("the store does not open")]
    Store(#[from] object_store::Error),
}

impl FromStr for FilesPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("s3://") else {
            let is_path = !text.is_empty() && !text.contains("://");
            return if is_path { Ok(Self::Folder(text.into())) } else { Err(text.to_owned()) };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(text.to_owned());
        }
        Ok(Self::Bucket { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for FilesPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl FilesPlace {
    /// Opens the place, and makes its folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<Files, OpenError> {
        let store: Arc<dyn ObjectStore> = match self {
            Self::Folder(folder) => {
                private::make_folder(folder)?;
                // What was acknowledged is on the disk.
                Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
            }
            Self::Bucket { bucket, prefix } => {
                // The TLS of this program, unless somebody has installed another.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let bucket = AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
                Arc::new(PrefixStore::new(bucket, prefix.as_str()))
            }
        };
        Ok(Files::over(store))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        let place = |text: &str| text.parse::<FilesPlace>();
        assert_eq!(place("/srv/files"), Ok(FilesPlace::Folder("/srv/files".into())));
        let bucket = |bucket: &str, prefix: &str| FilesPlace::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        assert_eq!(place("s3://aid"), Ok(bucket("aid", "")));
        assert_eq!(place("s3://aid/yunhe/files/"), Ok(bucket("aid", "yunhe/files")));
        for wrong in ["", "s3://", "ftp://host/files"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
