//! Maps that are put together entry by entry.

use std::collections::BTreeMap;

/// The map of these entries; of two with one key the later one stands, as with `collect`.
///
/// `collect` sorts the entries first, and so each type of map brings a sort of its own into the library that phones
/// carry: some 6 KB for each of forty. Records are read into maps of many types, and none of them is large.
pub fn map_of<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(entries);
    map
}
