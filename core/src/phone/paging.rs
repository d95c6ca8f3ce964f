//! 分页 pages of lists that grow for as long as a phone is used.

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<Place>,
}

/// Where a page of a list ended. What is settled or comes in while somebody turns the pages moves nothing else, so
/// nothing is missed and nothing comes twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// By what the list is ordered: a number, or a time in milliseconds.
    pub(super) at: i64,
    /// Which of those that are equal in that; empty where none are.
    pub(super) key: String,
}

impl Place {
    /// Where a list begins whose smallest comes first.
    pub(super) const LOWEST: Self = Self { at: i64::MIN, key: String::new() };
    /// Where a list begins whose largest comes first.
    pub(super) const HIGHEST: Self = Self { at: i64::MAX, key: String::new() };

    /// After something that no other is equal to.
    pub(super) const fn after(at: i64) -> Self {
        Self { at, key: String::new() }
    }

    /// As a text that an app hands back.
    pub fn to_text(&self) -> String {
        format!("{}/{}", self.at, self.key)
    }

    /// Reads such a text.
    pub fn from_text(text: &str) -> Option<Self> {
        let (at, key) = text.split_once('/')?;
        Some(Self { at: at.parse().ok()?, key: key.to_owned() })
    }
}

impl<T> Page<T> {
    /// How many rows a page needs: by one more than is wanted it is known whether anything follows.
    pub(super) const fn rows_for(limit: u32) -> u32 {
        limit.saturating_add(1)
    }

    /// The page that begins at a place, of so many rows as [`Page::rows_for`] says, or fewer where there are no more.
    pub(super) fn of(from: Place, mut rows: Vec<(Place, T)>, limit: u32) -> Self {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        let end = rows.last().map_or(from, |(place, _)| place.clone());
        let items = rows.into_iter().map(|(_, item)| item).collect();
        Self { items, next: has_more.then_some(end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_told() {
        for place in [Place::LOWEST, Place::HIGHEST, Place::after(42), Place { at: -7, key: "a/b".into() }] {
            assert_eq!(Place::from_text(&place.to_text()), Some(place));
        }
        assert_eq!(Place::from_text("yesterday"), None);
    }

    #[test]
    fn a_page_says_what_follows_only_where_something_does() {
        let page = |limit: u32| {
            let read = usize::try_from(Page::<i64>::rows_for(limit)).expect("not many");
            let rows = (0..3).map(|at| (Place::after(at), at)).take(read);
            Page::of(Place::LOWEST, rows.collect(), limit)
        };
        assert_eq!(page(2), Page { items: vec![0, 1], next: Some(Place::after(1)) });
        assert_eq!(page(3), Page { items: vec![0, 1, 2], next: None });
        assert_eq!(
            page(0),
            Page { items: vec![], next: Some(Place::LOWEST) },
            "who asks for none has seen none"
        );
        assert_eq!(page(u32::MAX).next, None);
    }
}
