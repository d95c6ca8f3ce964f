//! Every failure is told in both languages, in a sentence of its own.

use std::collections::BTreeMap;

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::phone::KeyStoreError;
use tingfang_core::record::attachment::{AttachmentProblem, ContentDigest};
use tingfang_core::record::edit::FieldPath;

use super::*;

/// The failure after this one; the first after none. A new variant does not compile before it has
/// its place here.
fn after(error: Option<&PhoneCliError>) -> Option<PhoneCliError> {
    let text = || "x".to_owned();
    let io = || std::io::Error::other("x");
    let ureq = || Box::new(ureq::Error::HostNotFound);
    let field = || "facts/outcome".to_owned();
    Some(match error {
        None => PhoneError::KeyStore(KeyStoreError { reason: text() }).into(),
        Some(PhoneCliError::Phone(error)) => match error {
            PhoneError::KeyStore(_) => {
                PhoneError::Edit(EditError::UnknownField { kind: "attendance", path: field(), known: text() })
                    .into()
            }
            PhoneError::Edit(EditError::UnknownField { .. }) => {
                let problem = ValueProblem::Wanted { given: text(), wanted: text() };
                PhoneError::Edit(EditError::Value { path: field(), problem }).into()
            }
            PhoneError::Edit(EditError::Value { .. }) => {
                PhoneError::Edit(EditError::NoSuchEntry { path: field() }).into()
            }
            PhoneError::Edit(EditError::NoSuchEntry { .. }) => {
                PhoneError::Edit(EditError::Document { reason: text() }).into()
            }
            PhoneError::Edit(EditError::Document { .. }) => {
                PhoneError::NotAllowed { rule: "not_own".to_owned() }.into()
            }
            PhoneError::NotAllowed { .. } => PhoneError::NoSuchRecord(DocumentId::from_bytes([1; 16])).into(),
            PhoneError::NoSuchRecord(_) => PhoneError::NoSuchTask(AssignmentId::from_bytes([1; 16])).into(),
            PhoneError::NoSuchTask(_) => {
                PhoneError::WrongKind { kind: "attendance".to_owned(), expected: "scoresheet".to_owned() }
                    .into()
            }
            PhoneError::WrongKind { .. } => PhoneError::WhichSubject { found: 2 }.into(),
            PhoneError::WhichSubject { .. } => PhoneError::Damaged { reason: text() }.into(),
            PhoneError::Damaged { .. } => PhoneError::BadResponse { reason: text() }.into(),
            PhoneError::BadResponse { .. } => PhoneError::NoSuchQuestion {
                path: FieldPath::new(["answers", "RTV-99"]),
                expected: vec![text()],
            }
            .into(),
            PhoneError::NoSuchQuestion { .. } => PhoneError::NoSuchAnswer {
                path: FieldPath::new(["answers", "RTV-99"]),
                given: text(),
                expected: vec![text()],
            }
            .into(),
            PhoneError::NoSuchAnswer { .. } => PhoneError::Incomplete(Vec::new()).into(),
            PhoneError::Incomplete(_) => PhoneError::Attachment(AttachmentProblem::Empty).into(),
            PhoneError::Attachment(_) => PhoneError::FileTooLarge { most_bytes: 9 }.into(),
            PhoneError::FileTooLarge { .. } => PhoneError::NoSuchFile(ContentDigest([1; 32])).into(),
            PhoneError::NoSuchFile(_) => PhoneError::FileElsewhere(ContentDigest([1; 32])).into(),
            PhoneError::FileElsewhere(_) => PhoneError::FileNotOnServer(ContentDigest([1; 32])).into(),
            PhoneError::FileNotOnServer(_) => PhoneError::LeaseOver { until: Moment::default() }.into(),
            PhoneError::LeaseOver { .. } => PhoneError::InCourtRoom { since: Moment::default() }.into(),
            PhoneError::InCourtRoom { .. } => PhoneError::PinNeeded.into(),
            PhoneError::PinNeeded => PhoneError::WrongPin { tries_left: 2 }.into(),
            PhoneError::WrongPin { .. } => PhoneError::PinLocked { until: Moment::default() }.into(),
            PhoneError::PinLocked { .. } => PhoneError::PinTooShort { shortest: 6 }.into(),
            PhoneError::PinTooShort { .. } => PhoneError::NoRecovery.into(),
            PhoneError::NoRecovery => PhoneError::OtherKey.into(),
            PhoneError::OtherKey => PhoneError::DamagedFile.into(),
            // A failure of the store cannot be made outside of it; its code is asked for below. That of a
            // file is told in the same words.
            PhoneError::DamagedFile | PhoneError::Store { .. } | PhoneError::File { .. } => {
                TransportError::Unreachable { server: text(), source: ureq() }.into()
            }
        },
        Some(PhoneCliError::Transport(error)) => match error {
            TransportError::Unreachable { .. } => {
                TransportError::NowhereToEnrol { server: text(), source: ureq() }.into()
            }
            TransportError::NowhereToEnrol { .. } => TransportError::TokenRefused.into(),
            TransportError::TokenRefused => TransportError::Problem { status: 500, body: None }.into(),
            TransportError::Problem { .. } => TransportError::Unreadable(text()).into(),
            TransportError::Unreadable(_) => PhoneCliError::NotEnrolled { folder: text() },
        },
        Some(PhoneCliError::NotEnrolled { .. }) => PhoneCliError::AlreadyEnrolled { folder: text() },
        Some(PhoneCliError::AlreadyEnrolled { .. }) => {
            PhoneCliError::OtherServer { expected: text(), shown: text() }
        }
        Some(PhoneCliError::OtherServer { .. }) => PhoneCliError::CutOff(TransportError::TokenRefused),
        Some(PhoneCliError::CutOff(_)) => PhoneCliError::File { path: text(), source: io() },
        Some(PhoneCliError::File { .. }) => PhoneCliError::Damaged { path: text(), reason: text() },
        Some(PhoneCliError::Damaged { .. }) => {
            PhoneCliError::NotOne { wanted: "task", given: text(), count: 2 }
        }
        Some(PhoneCliError::NotOne { .. }) => PhoneCliError::NotLike { given: text(), example: "x" },
        Some(PhoneCliError::NotLike { .. }) => {
            let problem = ValueProblem::TooLong { chars: 3, max_chars: 2 };
            PhoneCliError::Value { field: field(), kind: ScalarKind::Text { max_chars: 2 }, problem }
        }
        Some(PhoneCliError::Value { problem: ValueProblem::TooLong { .. }, .. }) => {
            let problem = ValueProblem::OutOfBounds { value: 3, min: 1, max: 2 };
            PhoneCliError::Value { field: field(), kind: ScalarKind::Integer { min: 1, max: 2 }, problem }
        }
        Some(PhoneCliError::Value { .. }) => PhoneCliError::UnknownKind { kind: text() },
        Some(PhoneCliError::UnknownKind { .. }) => PhoneCliError::NothingToWrite,
        Some(PhoneCliError::NothingToWrite) => PhoneCliError::Incomplete { fields: vec![text()] },
        Some(PhoneCliError::Incomplete { .. }) => PhoneCliError::NoConflict { field: field() },
        Some(PhoneCliError::NoConflict { .. }) => {
            PhoneCliError::NoCandidate { field: field(), value: text(), candidates: vec![text()] }
        }
        Some(PhoneCliError::NoCandidate { .. }) => PhoneCliError::UnknownType { path: text(), known: text() },
        Some(PhoneCliError::UnknownType { .. }) => return None,
    })
}

fn every_failure() -> Vec<PhoneCliError> {
    let mut all = Vec::new();
    while let Some(next) = after(all.last()) {
        all.push(next);
    }
    all
}

#[test]
fn every_failure_is_told_in_both_languages_with_nothing_left_open() {
    for error in every_failure() {
        let told: Vec<String> =
            [Language::Zh, Language::En].iter().map(|language| error.lines(*language).join(" ")).collect();
        let code = error.code();
        for text in &told {
            assert_ne!(text, code, "{code} has no sentence");
            assert!(!text.contains(['{', '}']), "{code}: a place of the sentence stays open: {text}");
        }
        let chinese = |text: &str| text.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign));
        assert!(chinese(&told[0]), "{code} is not in Chinese: {}", told[0]);
        assert_ne!(told[0], told[1], "{code}");
    }
    assert!(label(Language::Zh, "phone_problem", "store").is_some());
}

#[test]
fn what_a_field_takes_is_told_in_words() {
    let kinds = [
        ScalarKind::Text { max_chars: 9 },
        ScalarKind::Code { name: "attendance_outcome", codes: &["attended"] },
        ScalarKind::Flag,
        ScalarKind::Integer { min: 0, max: 9 },
        ScalarKind::Moment,
        ScalarKind::Id,
    ];
    for language in [Language::Zh, Language::En] {
        for kind in &kinds {
            let text = wanted_text(kind, language);
            assert!(!text.contains(['{', '}']) && !text.starts_with("wanted"), "{kind:?}: {text}");
        }
        for wanted in ["task", "case", "record", "member", "value"] {
            let key = format!("wanted_{wanted}");
            assert!(label(language, "phone_problem", &key).is_some(), "{key}");
        }
    }
}

/// The codes that the gate gives to malformed changes, and the door to frames, as their sources
/// write them.
fn codes_in(sources: &[&str], before: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for source in sources {
        for rest in source.split(before).skip(1) {
            let code: String = rest.chars().take_while(|sign| *sign != '"').collect();
            *found.entry(code).or_default() += 1;
        }
    }
    found
}

#[test]
fn every_code_of_the_gate_and_of_the_door_has_its_words() {
    let gate = [
        include_str!("../../../../core/src/sync/gate.rs"),
        include_str!("../../../../core/src/sync/gate/history.rs"),
        include_str!("../../../../core/src/sync/gate/operation.rs"),
        include_str!("../../../../core/src/sync/gate/proof.rs"),
    ];
    let mut malformed = codes_in(&gate, "malformed(\"");
    malformed.extend(codes_in(&[gate[1]], "), \""));
    let door = [include_str!("../../sync/intake.rs")];
    let mut rejected = codes_in(&door, "Rejected(\"");
    rejected.extend(codes_in(&door, "Ok(Err(\""));
    assert!(malformed.len() > 20 && rejected.len() > 5, "{malformed:?} {rejected:?}");
    for (section, codes) in [("malformed", malformed), ("frame_rejection", rejected)] {
        for code in codes.keys() {
            for language in [Language::Zh, Language::En] {
                assert!(label(language, section, code).is_some(), "[{section}] {code} in {language:?}");
            }
        }
    }
}
