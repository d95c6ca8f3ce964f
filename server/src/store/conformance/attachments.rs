//! Attached files and those on their way.

use tingfang_core::clock::LogPosition;
use tingfang_core::erasure::ErasureOrder;
use tingfang_core::id::UploadId;
use tingfang_core::record::attachment::{Attached, AttachmentPurpose, ContentDigest, MediaType};
use tingfang_core::signature::Signature;

use super::ground::{BIG, Ground, at, document, id};
use crate::store::attachment::{self, Source};
use crate::store::upload::{self, Part};
use crate::store::{document, erasure};

fn file(nth: u8) -> attachment::Kept {
    attachment::Kept {
        digest: ContentDigest([nth; 32]),
        size_bytes: BIG.unsigned_abs(),
        media_type: MediaType::Mp3,
        has_thumbnail: true,
        stored_at: at(BIG),
    }
}

fn named(entry: u8, digest: u8) -> Attached {
    Attached {
        entry: id(entry),
        digest: ContentDigest([digest; 32]),
        size_bytes: 9,
        media_type: MediaType::Pdf,
        purpose: AttachmentPurpose::Scan,
        name: "张".to_owned(),
        made_at: None,
        withdrawn: false,
    }
}

#[test]
fn a_file_is_noted_once_with_everybody_who_handed_it_in() {
    let ground = Ground::laid();
    let kept = file(1);
    let digest = kept.digest;
    let twice = kept.clone();
    assert!(ground.write(move |tx| attachment::insert(tx, &twice)));
    let other = attachment::Kept { size_bytes: 1, ..kept.clone() };
    assert!(!ground.write(move |tx| attachment::insert(tx, &other)), "the first one stays");
    assert_eq!(ground.read(|tx| attachment::find(tx, digest)), Some(kept.clone()));
    assert_eq!(ground.read(attachment::all), [kept]);
    assert_eq!(ground.read(|tx| attachment::find(tx, ContentDigest([2; 32]))), None);
    let source = Source { person: id(2), device: id(1), received_at: at(5) };
    for _ in 0..2 {
        ground.write(move |tx| attachment::add_source(tx, digest, source));
    }
    assert!(ground.read(|tx| attachment::is_source(tx, digest, id(2))));
    assert!(!ground.read(|tx| attachment::is_source(tx, digest, id(3))));
}

#[test]
fn records_name_files_whether_they_are_here_or_not() {
    let ground = Ground::laid();
    ground.write(|tx| {
        document::insert(tx, &document(11))?;
        document::insert(tx, &document(12))?;
        attachment::set_uses(tx, id(11), &[named(1, 1), named(2, 2)])?;
        attachment::set_uses(tx, id(12), &[named(3, 1)])?;
        attachment::insert(tx, &file(1)).map(|_| ())?;
        // The first record is read by two people; one of them has handed in the first file.
        document::add_reader(tx, id(11), id(1), LogPosition(1))?;
        document::add_reader(tx, id(11), id(2), LogPosition(1))?;
        let source = Source { person: id(2), device: id(1), received_at: at(5) };
        attachment::add_source(tx, ContentDigest([1; 32]), source)
    });
    let (one, two) = (ContentDigest([1; 32]), ContentDigest([2; 32]));
    assert_eq!(ground.read(|tx| attachment::users(tx, one)), [id(11), id(12)]);
    assert_eq!(ground.read(|tx| attachment::of_document(tx, id(11))), [one, two]);
    assert!(ground.read(|tx| attachment::belongs_to(tx, id(11), one)));
    assert!(!ground.read(|tx| attachment::belongs_to(tx, id(11), two)), "nobody has handed it in");
    assert!(
        !ground.read(|tx| attachment::belongs_to(tx, id(12), one)),
        "to know a digest is not to have the file"
    );
    assert_eq!(ground.read(attachment::awaited), 1);
    assert!(ground.read(attachment::only_of_erased).is_empty());
    let order = |number: u64, document: u8| ErasureOrder {
        number,
        document: id(document),
        organisation: id(1),
        ordered_by: id(1),
        ordered_at: at(1),
        reason: String::new(),
        signature: Signature([9; 64]),
    };
    let (first, second) = (order(1, 11), order(2, 12));
    ground.write(move |tx| erasure::insert(tx, &first));
    assert_eq!(ground.read(attachment::only_of_erased), [two], "another record names the first file");
    assert_eq!(ground.read(attachment::awaited), 0, "nobody waits for what was erased");
    let erased_by = |digest| ground.read(|tx| attachment::erased_by(tx, digest));
    assert_eq!((erased_by(one), erased_by(two), erased_by(ContentDigest([9; 32]))), (None, Some(1), None));
    ground.write(move |tx| erasure::insert(tx, &second));
    assert_eq!((ground.read(attachment::only_of_erased), erased_by(one)), (vec![one, two], Some(2)));
    ground.write(move |tx| attachment::forget(tx, one));
    assert_eq!(ground.read(|tx| attachment::find(tx, one)), None);
    assert!(!ground.read(|tx| attachment::is_source(tx, one, id(2))));
    ground.write(|tx| attachment::set_uses(tx, id(11), &[named(2, 1)]));
    assert_eq!(ground.read(|tx| attachment::of_document(tx, id(11))), [one], "what an entry says now");
}

#[test]
fn pieces_follow_each_other_without_a_gap() {
    let ground = Ground::laid();
    let begun = upload::Kept {
        id: id(1),
        device: id(1),
        person: id(2),
        digest: ContentDigest([1; 32]),
        size_bytes: 30,
        media_type: MediaType::Jpeg,
        received_bytes: 0,
        is_finished: false,
        begun_at: at(5),
    };
    let whole = begun.clone();
    ground.write(move |tx| upload::insert(tx, &whole));
    assert_eq!(ground.read(|tx| upload::find(tx, id(1))), Some(begun));
    assert_eq!(ground.read(|tx| upload::bytes_under_way(tx, id(2))), 30);
    let add = |starts_at: u64, size_bytes: u64| {
        let part = Part { starts_at, size_bytes, object: format!("é{starts_at}") };
        ground.write(move |tx| upload::add_part(tx, id(1), &part, at(9)))
    };
    assert!(add(0, 10));
    assert!(!add(0, 20), "something else came first");
    assert!(!add(20, 10), "a gap");
    assert!(add(10, 20));
    let parts = ground.read(|tx| upload::parts(tx, id(1)));
    assert_eq!(
        parts.iter().map(|part| (part.starts_at, part.size_bytes)).collect::<Vec<_>>(),
        [(0, 10), (10, 20)]
    );
    assert_eq!(parts[1].object, "é10");
    assert_eq!(ground.read(|tx| upload::stale(tx, at(9))), Vec::<UploadId>::new());
    assert_eq!(ground.read(|tx| upload::stale(tx, at(10))), [id(1)]);
    assert_eq!(ground.read(|tx| upload::of_file(tx, ContentDigest([1; 32]))), [id(1)]);
    assert!(ground.read(|tx| upload::of_file(tx, ContentDigest([2; 32]))).is_empty());
    ground.write(|tx| upload::set_finished(tx, id(1)));
    let ended = ground.read(|tx| upload::find(tx, id(1))).expect("still there");
    assert!(ended.is_finished && ended.received_bytes == 30);
    assert!(ground.read(|tx| upload::parts(tx, id(1))).is_empty());
    assert_eq!(ground.read(|tx| upload::bytes_under_way(tx, id(2))), 0);
    ground.write(|tx| upload::remove(tx, id(1)));
    assert_eq!(ground.read(|tx| upload::find(tx, id(1))), None);
}
