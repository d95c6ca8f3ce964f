//! Orders to erase, kept beside the files: whoever puts the database back does not put these back.

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tingfang_core::erasure::ErasureOrder;
use tingfang_core::record::attachment::ContentDigest;

use super::{Files, FilesError, failed, thumbnail_of, whole};

const FOLDER: &str = "erasures";

impl Files {
    /// Keeps an order. It is on the disk when this returns.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_order(&self, order: &ErasureOrder) -> Result<(), FilesError> {
        let bytes = Bytes::from(order.to_bytes());
        self.put(&path(order), bytes.into(), "keeping an order to erase").await
    }

    /// Takes back an order that was not carried out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn take_back_order(&self, order: &ErasureOrder) -> Result<(), FilesError> {
        self.remove(&path(order), "taking back an order to erase").await
    }

    /// Every order that is kept here, the first one first. What is no order is not taken for one; it is logged.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn orders(&self) -> Result<Vec<ErasureOrder>, FilesError> {
        let doing = "reading orders to erase";
        let listed = self.store.list(Some(&Path::from(FOLDER)));
        let places: Vec<Path> =
            listed.map_ok(|found| found.location).try_collect().await.map_err(failed(doing))?;
        let mut orders = Vec::new();
        for place in places {
            let bytes = self.store.get(&place).await.map_err(failed(doing))?;
            let bytes = bytes.bytes().await.map_err(failed(doing))?;
            match ErasureOrder::from_bytes(&bytes) {
                Some(order) => orders.push(order),
                None => tracing::error!(%place, "an order to erase cannot be read"),
            }
        }
        orders.sort_by_key(|order| order.number);
        Ok(orders)
    }

    /// Erases a file with its small picture. What is not there is erased.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn erase(&self, digest: ContentDigest) -> Result<(), FilesError> {
        let doing = "erasing a file";
        self.remove(&whole(digest), doing).await?;
        self.remove(&thumbnail_of(digest), doing).await
    }

    async fn remove(&self, path: &Path, doing: &'static str) -> Result<(), FilesError> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(FilesError { doing, source }),
        }
    }
}

/// Of two orders that are given at once for one record each has a place of its own.
fn path(order: &ErasureOrder) -> Path {
    let digest: String = order.digest()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    Path::from(format!("{FOLDER}/{}-{digest}", order.document))
}
