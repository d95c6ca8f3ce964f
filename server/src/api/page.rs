//! Pages of lists. A page begins after a key, never at a number, so that rows that come and go in
//! the meantime neither repeat nor hide others.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identity::token::{from_hex, hex};
use crate::problem::Problem;

const DEFAULT: u32 = 50;
const MOST: u32 = 200;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to pass as `after` for the next page; nothing on the last one.
    pub next: Option<String>,
}

/// What a request wants of a list: where to begin, and how many rows.
#[derive(Clone, Debug)]
pub struct Wanted<K> {
    /// The key of the last row that the client has.
    pub after: Option<K>,
    /// How many rows it wants.
    limit: u32,
}

impl<K: Serialize + DeserializeOwned> Wanted<K> {
    /// Understands `after` and `limit`; 50 rows by default, 200 at most.
    ///
    /// # Errors
    /// When `after` did not come from a page of this list.
    pub fn new(after: Option<&str>, limit: Option<u32>) -> Result<Self, Problem> {
        let after = after
            .map(|text| {
                from_hex(text)
                    .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                    .ok_or_else(|| Problem::field("after", "not_a_page"))
            })
            .transpose()?;
        Ok(Self { after, limit: limit.unwrap_or(DEFAULT).clamp(1, MOST) })
    }

    /// How many rows to read: one more than wanted tells whether there is a next page.
    pub const fn read_limit(&self) -> u32 {
        self.limit + 1
    }

    /// The page of the rows that were read.
    pub fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Page<T> {
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).and_then(|row| serde_json::to_vec(&key(row)).ok());
        Page { next: next.map(|bytes| hex(&bytes)), items: rows }
    }
}

impl<T> Page<T> {
    /// The same page with every row shaped.
    ///
    /// # Errors
    /// What the closure says.
    pub fn try_map<U, E>(self, shape: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(shape).collect::<Result<_, E>>()?;
        Ok(Page { items, next: self.next })
    }

    /// The same page with every row shaped.
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(shape).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next_and_a_next_leads_on() {
        let first = Wanted::<(String, u32)>::new(None, Some(2)).expect("a page");
        assert_eq!(first.read_limit(), 3);
        let page = first.page(vec![1, 2, 3], |n| ("字".to_owned(), *n));
        assert_eq!(page.items, [1, 2]);
        let second = Wanted::<(String, u32)>::new(page.next.as_deref(), Some(2)).expect("a page");
        assert_eq!(second.after, Some(("字".to_owned(), 2)));
        assert_eq!(second.page(vec![3], |n| ("字".to_owned(), *n)).next, None);
        assert!(Wanted::<(String, u32)>::new(Some("00"), None).is_err());
    }
}
