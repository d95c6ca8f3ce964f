//! Which column of one file holds which field.

use std::collections::BTreeMap;

use tingfang_core::text::Language;

use super::columns::{SheetKind, header_key, is_passed_over, problem_header};
use super::problem::MissingColumn;

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its place, from zero.
    pub index: u32,
    /// Its header, as in the file.
    pub header: String,
}

/// Which column of a file holds which field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The row of the headers, from zero.
    pub header_row: u32,
    /// Columns by field.
    pub columns: BTreeMap<&'static str, Column>,
    /// Headers that mean nothing here, in the file's order.
    pub unknown: Vec<String>,
    /// Fields that the sheet cannot be read without and that no header names.
    pub missing: Vec<MissingColumn>,
    /// The column that an earlier error sheet added, if this is one.
    pub problem_column: Option<u32>,
}

impl Layout {
    /// Finds the fields of a kind among the headers of a row.
    pub fn of(kind: SheetKind, header_row: u32, headers: &[(u32, String)]) -> Self {
        let mut layout = Self { header_row, ..Self::default() };
        let mut free: Vec<(u32, &str, String)> =
            headers.iter().map(|(index, text)| (*index, text.as_str(), header_key(text))).collect();
        for field in kind.fields() {
            let accepted = || field.headers.iter().chain(std::iter::once(&field.field));
            let found =
                accepted().find_map(|header| free.iter().position(|(_, _, key)| *key == header_key(header)));
            if let Some(place) = found {
                let (index, header, _) = free.remove(place);
                layout.columns.insert(&field.field, Column { index, header: header.trim().to_owned() });
            } else if field.required {
                layout
                    .missing
                    .push(MissingColumn { field: field.field.clone(), accepted: field.headers.clone() });
            }
        }
        let own = [Language::Zh, Language::En].map(problem_header);
        for (index, header, key) in free {
            if own.iter().any(|own| header_key(own) == key) {
                layout.problem_column = Some(index);
            } else if !key.is_empty() && !is_passed_over(&key) {
                layout.unknown.push(header.trim().to_owned());
            }
        }
        layout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(headers: &[&str]) -> Layout {
        let headers: Vec<(u32, String)> = (0..).zip(headers.iter().map(|h| (*h).to_owned())).collect();
        Layout::of(SheetKind::Cases, 0, &headers)
    }

    #[test]
    fn headers_are_found_with_stars_notes_and_spaces() {
        let layout =
            layout(&["* 援助案号 (必填)", "案 件 类 型", "案由", "承办单位", "承办人", "执业证号", "天气"]);
        assert_eq!(layout.missing, []);
        assert_eq!(layout.columns["case_no"].index, 0);
        assert_eq!(layout.columns["kind"].header, "案 件 类 型");
        assert_eq!(layout.unknown, ["天气"]);
    }

    #[test]
    fn an_ambiguous_header_goes_to_the_field_that_has_no_surer_one() {
        let both = layout(&["案号", "援助案号"]);
        assert_eq!((both.columns["case_no"].index, both.columns["organ_case_no"].index), (1, 0));
        let alone = layout(&["案号"]);
        assert_eq!(alone.columns["case_no"].index, 0);
        assert!(!alone.columns.contains_key("organ_case_no"));
    }

    #[test]
    fn missing_columns_come_together_with_the_names_that_would_do() {
        let missing = layout(&["案由"]).missing;
        let fields: Vec<&str> = missing.iter().map(|column| column.field.as_str()).collect();
        assert_eq!(fields, ["case_no", "kind", "provider", "undertaker", "licence_no"]);
        assert!(missing[0].accepted.contains(&"援助案号".to_owned()));
    }
}
