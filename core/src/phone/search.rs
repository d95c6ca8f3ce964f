//! Search that finds two Chinese characters.
//!
//! SQLite's own tokenizers find no two-character words in Chinese, so the index holds every pair
//! of neighbouring characters, and a match is checked against the text itself.

use std::collections::BTreeSet;

use super::records::open_record;
use super::store::document::{self, DocumentRow, Seen};
use super::store::search as index;
use super::{Page, Phone, PhoneError, Place, RecordRow};
use crate::record::document::Document;
use crate::record::edit::is_canonical_id;
use crate::record::value::{Node, Scalar};

/// How many records are indexed at once: whoever records is let in after them.
const INDEXED_AT_ONCE: u32 = 50;

/// What is kept of a record beside its changes, so that neither search nor lists need open it.
pub(super) struct Gist {
    /// The text by which it is found: its own words, and those of its task; folded.
    pub(super) words: String,
    /// What lists need of it.
    pub(super) seen: Seen,
}

impl Phone {
    /// The first records that hold the text, the last learnt of first: two Chinese characters are enough.
    ///
    /// # Errors
    /// When the store fails or a record is damaged.
    pub fn search(&mut self, text: &str, limit: u32) -> Result<Vec<RecordRow>, PhoneError> {
        Ok(self.search_page(text, None, limit)?.items)
    }

    /// A page of the records that hold the text, the last learnt of first.
    ///
    /// # Errors
    /// When the store fails or a record is damaged.
    pub fn search_page(
        &mut self,
        text: &str,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Page<RecordRow>, PhoneError> {
        while self.index_some()? {}
        self.found_page(text, after, limit)
    }

    /// A page of the records that hold the text and were indexed ([`Phone::index_some`]), the last learnt of first.
    ///
    /// # Errors
    /// When the store fails or the phone is locked.
    pub fn found_page(
        &self,
        text: &str,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Page<RecordRow>, PhoneError> {
        self.check_lease()?;
        let (query, from) = (query(text), after.unwrap_or(Place::HIGHEST));
        let wanted = Page::<DocumentRow>::rows_for(limit);
        let rows = index::find(self.store.reader(), query.as_deref(), &folded(text), from.at, wanted)?;
        let rows = rows.into_iter().map(|row| (Place::after(row.number), row));
        let Page { items, next } = Page::<DocumentRow>::of(from, rows.collect(), limit);
        let items = items.into_iter().map(|row| self.record_row(row)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// Indexes some of the records that came from the server since somebody last searched; gives whether there are
    /// more.
    ///
    /// # Errors
    /// When the store fails or a record is damaged.
    pub fn index_some(&mut self) -> Result<bool, PhoneError> {
        let stale = document::stale(self.store.reader(), INDEXED_AT_ONCE)?;
        if stale.is_empty() {
            return Ok(false);
        }
        let mut indexed = Vec::with_capacity(stale.len());
        for row in stale {
            let opened = open_record(self.store.reader(), row.document)?;
            let gist = self.gist(&row, &opened)?;
            indexed.push((row, gist));
        }
        self.store.write("indexing", |tx| {
            indexed.iter().try_for_each(|(row, gist)| {
                document::set_indexed(tx, row.document, &gist.words, gist.seen)?;
                index::index(tx, row.number, &pairs(&gist.words))
            })
        })?;
        self.is_all_indexed().map(|all| !all)
    }

    /// Whether a search finds everything that is on this phone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_all_indexed(&self) -> Result<bool, PhoneError> {
        Ok(document::stale(self.store.reader(), 1)?.is_empty())
    }

    /// What is kept of a record beside its changes.
    pub(super) fn gist(&self, row: &DocumentRow, document: &Document) -> Result<Gist, PhoneError> {
        let (mut words, content) = (Vec::new(), document.content());
        texts(&content, &mut words);
        if let Some(task) =
            row.assignment.map(|assignment| self.known_task(assignment)).transpose()?.flatten()
        {
            words.extend(task.hearing.map(|hearing| hearing.court));
            for subject in task.subjects {
                words.extend([
                    subject.case_no,
                    subject.cause,
                    subject.undertaker_name,
                    subject.provider_name,
                ]);
            }
        }
        Ok(Gist { words: folded(&words.join("\u{1}")), seen: self.seen_in(&row.kind, &content) })
    }
}

/// Every text that a person could search for in a record's content.
fn texts(node: &Node, into: &mut Vec<String>) {
    match node {
        Node::Text(text) if !text.is_empty() => into.push(text.clone()),
        Node::Scalar(Scalar::Text(text)) if !is_canonical_id(text) => into.push(text.clone()),
        Node::Map(map) => map.values().for_each(|child| texts(child, into)),
        _ => {}
    }
}

/// The pairs of neighbouring letters and digits of a text, as one string for the index.
pub(super) fn pairs(text: &str) -> String {
    pair_set(text).into_iter().collect::<Vec<_>>().join(" ")
}

/// The query for a text of two or more letters; nothing when it has fewer.
fn query(text: &str) -> Option<String> {
    let pairs = pair_set(text);
    (!pairs.is_empty())
        .then(|| pairs.into_iter().map(|pair| format!("\"{pair}\"")).collect::<Vec<_>>().join(" AND "))
}

/// The form in which text is compared: lower case, no white space.
pub(super) fn folded(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn pair_set(text: &str) -> BTreeSet<String> {
    let folded: Vec<char> = folded(text).chars().collect();
    folded
        .windows(2)
        .filter(|pair| pair.iter().all(|c| c.is_alphanumeric()))
        .map(|pair| pair.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_chinese_characters_are_a_query() {
        assert_eq!(query("工伤").as_deref(), Some("\"工伤\""));
        assert_eq!(query("刑初12").as_deref(), Some("\"12\" AND \"刑初\" AND \"初1\""));
        assert_eq!(query("伤"), None);
    }

    #[test]
    fn pairs_do_not_reach_over_punctuation() {
        assert_eq!(pairs("工伤,赔偿"), "工伤 赔偿");
    }
}
