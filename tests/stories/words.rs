//! Edits in a few words: `facts/way=phone`, `narrative:text`, `+attempts way=phone outcome=connected`.

use std::collections::BTreeMap;

use tingfang_core::clock::Moment;
use tingfang_core::id::Minter;
use tingfang_core::record::edit::{Edit, FieldPath};
use tingfang_core::record::shape::{KindShape, ScalarKind};
use tingfang_core::record::value::Scalar;

/// The edit that the words mean, for a record of this kind.
pub(crate) fn edit_of(shape: &KindShape, words: &str, minter: &Minter) -> Edit {
    if let Some(entry) = words.strip_prefix('+') {
        let (container, fields) = entry.split_once(' ').expect("fields of the entry");
        let id = minter.mint();
        let value = |(name, value): (&str, &str)| {
            let path: FieldPath = format!("{container}/{id}/{name}").parse().expect("any text is a path");
            (name.to_owned(), scalar_of(shape, &path, value))
        };
        let fields: BTreeMap<String, Scalar> =
            fields.split(' ').map(|field| value(field.split_once('=').expect("a value"))).collect();
        return Edit::Add { container: container.to_owned(), entry: id, fields };
    }
    if let Some((path, value)) = words.split_once('=') {
        let path: FieldPath = path.parse().expect("any text is a path");
        let value = scalar_of(shape, &path, value);
        return Edit::Set { path, value };
    }
    let (container, text) = words.split_once(':').expect("a value or a text");
    Edit::Splice { container: container.to_owned(), at: 0, delete: 0, insert: text.to_owned() }
}

/// The value that a text means at a path.
pub(crate) fn scalar_of(shape: &KindShape, path: &FieldPath, text: &str) -> Scalar {
    let kind = shape.scalar_at(path).unwrap_or_else(|error| panic!("{}: {error}", shape.code));
    match kind {
        ScalarKind::Text { .. } | ScalarKind::Code { .. } | ScalarKind::Id => Scalar::Text(text.to_owned()),
        ScalarKind::Flag => Scalar::Flag(text == "true"),
        ScalarKind::Integer { .. } => Scalar::Integer(text.parse().expect("a whole number")),
        ScalarKind::Moment => Scalar::Moment(Moment::parse(text).expect("a moment")),
    }
}
