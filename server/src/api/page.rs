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

    /// The page of the rows that are there for who asks. The others are read past: neither the length of a page nor
    /// its `next` tells of them, which would say when they were made.
    ///
    /// # Errors
    /// What the closures say.
    pub fn visible_page<T, V, E>(
        &self,
        mut read: impl FnMut(Option<&K>, u32) -> Result<Vec<T>, E>,
        key: impl Fn(&T) -> K,
        mut see: impl FnMut(T) -> Result<Option<V>, E>,
    ) -> Result<Page<V>, E>
    where
        K: Clone,
    {
        let (mut visible, mut after) = (Vec::new(), self.after.clone());
        while visible.len() < self.read_limit() as usize {
            let rows = read(after.as_ref(), self.read_limit())?;
            let Some(last) = rows.last() else { break };
            after = Some(key(last));
            for row in rows {
                let at = key(&row);
                visible.extend(see(row)?.map(|seen| (at, seen)));
            }
        }
        Ok(self.page(visible, |(at, _)| at.clone()).map(|(_, seen)| seen))
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

    #[test]
    fn a_page_is_as_long_and_leads_on_as_if_what_is_hidden_were_not_there() {
        let rows = [1_u32, 2, 4, 6, 7, 8, 10, 11];
        let read = |after: Option<&u32>, limit: u32| {
            let rest = rows.iter().copied().filter(|row| after.is_none_or(|after| row > after));
            Ok::<_, Problem>(rest.take(limit as usize).collect())
        };
        let (mut after, mut pages) = (None, Vec::new());
        loop {
            let wanted = Wanted::<u32>::new(after.as_deref(), Some(2)).expect("a page");
            let page = wanted
                .visible_page(read, |row| *row, |row| Ok((row % 2 == 0).then_some(row)))
                .expect("readable");
            pages.push(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, [vec![2, 4], vec![6, 8], vec![10]]);
        let none = Wanted::<u32>::new(None, Some(2)).expect("a page").visible_page(
            read,
            |row| *row,
            |_| Ok(None::<u32>),
        );
        assert!(none.expect("readable").next.is_none());
    }
}
