//! What the commands do.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tingfang_core::id::DocumentId;
use tingfang_core::people::SubjectCount;
use tingfang_core::phone::{About, Phone, PhoneError, Progress};
use tingfang_core::record::edit::{Edit, FieldPath};
use tingfang_core::record::shape::{ContainerShape, KindShape, Merge};
use tingfang_core::record::shape_of;
use tingfang_core::record::value::Node;
use tingfang_core::signature::{PublicKey, SecretKey};
use tingfang_core::sync::order::DeviceStanding;
use tingfang_core::sync::row_kind::RowKind;
use tingfang_core::text::{Language, sentence};

use super::home::{Connection, Home, ProfileFile, minter};
use super::{Answer, PhoneCliError, TransportError, reference, render, transport};
use crate::identity::token::{from_hex, hex};
use crate::private;

/// One opened phone with its owner's language.
pub(super) struct Desk {
    pub(super) phone: Phone,
    pub(super) connection: Connection,
    pub(super) language: Language,
}

/// The most requests of one sync; a phone that needs more goes on with the next.
const MOST_REQUESTS: usize = 1_000;

/// Enrols a phone: makes its key, redeems the code, keeps what the server gave.
pub(super) fn enrol(
    home: &Home,
    language: Language,
    server: &str,
    code: &str,
    name: &str,
    fingerprint: Option<&str>,
) -> Result<Answer, PhoneCliError> {
    home.must_be_fresh()?;
    // The server is known before the code is spent: a wrong one gets nothing.
    let shown = transport::get_json(server, "/api/v1/server").map_err(TransportError::before_enrolment)?;
    let key = server_key(&shown)?;
    if let Some(expected) = fingerprint {
        must_match(expected, &key)?;
    }
    home.make()?;
    let public = SecretKey::from_seed(&home.first_seed()?).public();
    let body = json!({ "code": code, "algorithm": "ed25519", "public_key": hex(&public.0), "name": name });
    let given = transport::post_json(server, "/api/v1/devices", &body).map_err(|error| match error {
        TransportError::Unreachable { .. } => PhoneCliError::CutOff(error),
        other => other.into(),
    })?;
    let profile = profile_from(server, &given)?;
    must_match(&key.fingerprint(), &server_key(&given)?)?;
    home.save(&profile)?;
    let text = sentence(language, "phone", "enrolled", &[("name", &profile.person_name), ("server", server)]);
    Ok(Answer {
        text,
        json: json!({ "device": profile.device, "person": profile.person, "name": profile.person_name }),
    })
}

/// The key that a server names as its own.
fn server_key(given: &Value) -> Result<PublicKey, PhoneCliError> {
    let text = given.get("server_public_key").and_then(Value::as_str).unwrap_or_default();
    let key = from_hex(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let unreadable = || TransportError::Unreadable("server_public_key".to_owned());
    Ok(PublicKey(key.ok_or_else(unreadable)?))
}

/// Asks that a server's key has this fingerprint, however it is written.
fn must_match(expected: &str, key: &PublicKey) -> Result<(), PhoneCliError> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let shown = key.fingerprint();
    if plain(expected).eq_ignore_ascii_case(&plain(&shown)) {
        Ok(())
    } else {
        Err(PhoneCliError::OtherServer { expected: expected.to_owned(), shown })
    }
}

fn profile_from(server: &str, given: &Value) -> Result<ProfileFile, PhoneCliError> {
    let text = |key: &str| given.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let unreadable = |error: tingfang_core::id::InvalidId| {
        PhoneCliError::Transport(TransportError::Unreadable(error.to_string()))
    };
    Ok(ProfileFile {
        server: server.to_owned(),
        token: text("token"),
        tenant: text("tenant").parse().map_err(unreadable)?,
        device: text("device").parse().map_err(unreadable)?,
        person: text("person").parse().map_err(unreadable)?,
        person_name: text("person_name"),
        server_public_key: text("server_public_key"),
    })
}

impl Desk {
    pub(super) fn sync(&mut self) -> Result<Answer, PhoneCliError> {
        let mut total = Progress::default();
        self.exchange(&mut total)?;
        if total.wiped {
            return Ok(self.wiped());
        }
        let files = self.send_files()?;
        if files.wiped {
            return Ok(self.wiped());
        }
        let status = self.phone.status()?;
        let json = json!({
            "stored": total.stored, "not_accepted": total.not_accepted, "pulled": total.pulled,
            "reopened": total.reopened, "addenda": total.addenda, "rejected": total.rejected, "waiting": status.waiting,
            "files_sent": files.sent, "files_waiting": status.files_waiting,
            "other_key": self.phone.is_other_key()?,
        });
        let mut text = render::synced(&total, &status, self.language);
        if self.phone.is_other_key()? {
            text = format!("{text}\n{}", sentence(self.language, "phone_problem", "other_key", &[]));
        }
        for line in self.files_text(&files, &status) {
            text.push('\n');
            text.push_str(&line);
        }
        Ok(Answer { text, json })
    }

    /// Writes everything that the server does not have into a file.
    pub(super) fn rescue(&mut self, path: &Path) -> Result<Answer, PhoneCliError> {
        let unusable = |source| PhoneCliError::File { path: path.display().to_string(), source };
        if path.exists() {
            return Err(unusable(std::io::Error::from(std::io::ErrorKind::AlreadyExists)));
        }
        private::create(path).map_err(unusable)?;
        let mut file = std::fs::OpenOptions::new().write(true).open(path).map_err(unusable)?;
        let rescued = self.phone.export_for_rescue(&mut file)?;
        file.sync_all().map_err(unusable)?;
        let key = if rescued.is_encrypted { "rescued_encrypted" } else { "rescued_open" };
        let values = [
            ("file", path.display().to_string()),
            ("frames", rescued.frames.to_string()),
            ("files", rescued.files.to_string()),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let json =
            json!({ "frames": rescued.frames, "files": rescued.files, "encrypted": rescued.is_encrypted });
        Ok(Answer { text: sentence(self.language, "phone", key, &values), json })
    }

    fn wiped(&self) -> Answer {
        Answer { text: sentence(self.language, "phone", "wiped", &[]), json: json!({ "wiped": true }) }
    }

    /// Sends and reads until nothing is left.
    pub(super) fn exchange(&mut self, total: &mut Progress) -> Result<(), PhoneCliError> {
        for _ in 0..MOST_REQUESTS {
            let request = self.phone.next_request()?;
            let response = transport::post_sync(&self.connection, &request)?;
            let progress = self.phone.take_response(&response)?;
            total.stored += progress.stored;
            total.not_accepted += progress.not_accepted;
            total.pulled += progress.pulled;
            total.reopened += progress.reopened;
            total.addenda += progress.addenda;
            total.rejected.extend(progress.rejected);
            total.wiped |= progress.wiped;
            if !progress.more {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn tasks(&self) -> Result<Answer, PhoneCliError> {
        let tasks = self.phone.tasks()?;
        let json = serde_json::to_value(&tasks).expect("tasks are JSON");
        Ok(Answer { text: render::tasks(&tasks, self.phone.profile().person, self.language), json })
    }

    pub(super) fn list(&mut self, search: Option<&str>, limit: u32) -> Result<Answer, PhoneCliError> {
        let rows = match search {
            Some(text) => self.phone.search(text, limit)?,
            None => self.phone.records(None, limit)?,
        };
        let mut lines = Vec::new();
        let mut json = Vec::new();
        for row in &rows {
            let task = row.assignment.map(|assignment| self.phone.task(assignment)).transpose()?.flatten();
            lines.push(render::row(row, task.as_ref(), self.language));
            json.push(json!({
                "record": row.document, "kind": row.kind, "assignment": row.assignment, "case": row.case,
                "sealed": row.sealed, "sync": row.sync, "touched_at": row.touched_at,
            }));
        }
        if lines.is_empty() {
            lines.push(sentence(self.language, "phone", "no_records", &[]));
        }
        Ok(Answer { text: lines.join("\n"), json: json.into() })
    }

    pub(super) fn show(&self, text: &str) -> Result<Answer, PhoneCliError> {
        let view = self.phone.show(reference::record(&self.phone, text)?)?;
        let task = view.assignment.map(|assignment| self.phone.task(assignment)).transpose()?.flatten();
        let form = self.phone.questionnaire_of(&view.kind)?;
        let json = json!({
            "record": view.document, "kind": view.kind, "content": view.content, "sealed": view.sealed,
            "confirmed": view.confirmed, "needs_seal": view.needs_seal, "sync": view.sync, "missing": view.missing,
            "doubts": view.doubts, "next_attempt": view.next_attempt,
            "conflicts": render::conflicts_json(&view),
        });
        Ok(Answer { text: render::record(&view, task.as_ref(), form.as_ref(), self.language), json })
    }

    pub(super) fn record(
        &mut self,
        task: &str,
        kind: Option<&str>,
        (case, undertaker): (Option<&str>, Option<&str>),
        for_observer: Option<&str>,
    ) -> Result<Answer, PhoneCliError> {
        let task = reference::task(&self.phone, task)?;
        let kind = kind.unwrap_or_else(|| task.kind.record_kinds()[0]);
        let observer = for_observer.map(|name| reference::member(&task, name)).transpose()?;
        let mut about = About { for_observer: observer, ..About::default() };
        let about_a_case = task.kind.subject_count() != SubjectCount::None;
        if about_a_case && shape_of(kind).is_none_or(|shape| shape.merge == Merge::SingleWriter) {
            let subject = reference::subject(&task, case, undertaker)?;
            (about.case, about.undertaker) = (Some(subject.case), Some(subject.undertaker));
        }
        let document = self.phone.start(task.assignment, kind, about)?;
        let id = document.to_string();
        let text = sentence(self.language, "phone", "started", &[("record", &id)]);
        Ok(Answer { text, json: json!({ "record": document }) })
    }

    pub(super) fn record_without_task(&mut self, kind: &str) -> Result<Answer, PhoneCliError> {
        let document = self.phone.start_unassigned(kind)?;
        let id = document.to_string();
        let text = sentence(self.language, "phone", "started_without_task", &[("record", &id)]);
        Ok(Answer { text, json: json!({ "record": document }) })
    }

    pub(super) fn edit(
        &mut self,
        record: &str,
        set: &[String],
        clear: &[String],
        add: &[String],
        append: &[String],
    ) -> Result<Answer, PhoneCliError> {
        let document = reference::record(&self.phone, record)?;
        let view = self.phone.show(document)?;
        let shape = known_shape(&view.kind)?;
        let owner = self.phone.profile().person;
        let mut edits = Vec::new();
        for text in set {
            let (field, value) = reference::assignment(text, "facts/outcome=attended")?;
            let path = reference::path(field, owner);
            let kind = shape.scalar_at(&path).map_err(PhoneError::from)?;
            edits.push(Edit::Set { path, value: reference::value(field, kind, value)? });
        }
        edits.extend(clear.iter().map(|field| Edit::Clear { path: reference::path(field, owner) }));
        for text in add {
            edits.push(entry(shape, text)?);
        }
        for text in append {
            let (container, insert) = reference::assignment(text, "narrative=…")?;
            let at = match view.content.get(container) {
                Some(Node::Text(text)) => text.chars().count(),
                _ => 0,
            };
            edits.push(Edit::Splice {
                container: container.to_owned(),
                at,
                delete: 0,
                insert: insert.to_owned(),
            });
        }
        if edits.is_empty() {
            return Err(PhoneCliError::NothingToWrite);
        }
        self.phone.edit(document, &edits)?;
        let count = edits.len().to_string();
        let text = sentence(self.language, "phone", "written", &[("count", &count)]);
        Ok(Answer { text, json: json!({ "record": document, "edits": edits.len() }) })
    }

    pub(super) fn conflicts(&self, record: Option<&str>) -> Result<Answer, PhoneCliError> {
        let documents = match record {
            Some(text) => vec![reference::record(&self.phone, text)?],
            None => self.phone.records(None, u32::MAX)?.into_iter().map(|row| row.document).collect(),
        };
        let (mut lines, mut json) = (Vec::new(), Vec::new());
        for document in documents {
            let view = self.phone.show(document)?;
            if !view.conflicts.is_empty() {
                lines.push(render::conflicts(&view, self.language));
                json.push(json!({ "record": document, "conflicts": render::conflicts_json(&view) }));
            }
        }
        if lines.is_empty() {
            lines.push(sentence(self.language, "phone", "no_conflicts", &[]));
        }
        Ok(Answer { text: lines.join("\n"), json: json.into() })
    }

    pub(super) fn resolve(
        &mut self,
        record: &str,
        field: &str,
        value: Option<&str>,
        other: Option<&str>,
    ) -> Result<Answer, PhoneCliError> {
        let view = self.phone.show(reference::record(&self.phone, record)?)?;
        let path = reference::path(field, self.phone.profile().person);
        let conflict = view.conflicts.iter().find(|conflict| conflict.path == path);
        let conflict = conflict.ok_or_else(|| PhoneCliError::NoConflict { field: field.to_owned() })?;
        let kind = known_shape(&view.kind)?.scalar_at(&path).map_err(PhoneError::from)?;
        if let Some(text) = value {
            let value = reference::value(field, kind, text)?;
            if conflict.candidates.iter().all(|candidate| candidate.value != value) {
                let written = conflict.candidates.iter();
                return Err(PhoneCliError::NoCandidate {
                    field: field.to_owned(),
                    value: text.to_owned(),
                    candidates: written.map(|candidate| candidate.value.to_string()).collect(),
                });
            }
        }
        let holds = value.or(other).unwrap_or_default();
        self.edit(record, &[format!("{field}={holds}")], &[], &[], &[])
    }

    pub(super) fn seal(&mut self, record: &str) -> Result<Answer, PhoneCliError> {
        let document = reference::record(&self.phone, record)?;
        self.phone.seal(document).map_err(|error| match error {
            PhoneError::Incomplete(paths) => self.named(document, &paths),
            other => other.into(),
        })?;
        let text = sentence(self.language, "phone", "sealed", &[]);
        Ok(Answer { text, json: json!({ "record": document, "sealed": true }) })
    }

    pub(super) fn confirm(&mut self, record: &str) -> Result<Answer, PhoneCliError> {
        let document = reference::record(&self.phone, record)?;
        self.phone.confirm(document)?;
        let text = sentence(self.language, "phone", "confirmed", &[]);
        Ok(Answer { text, json: json!({ "record": document, "confirmed": true }) })
    }

    /// The fields that are missing, by the names that `show` gives them.
    fn named(&self, document: DocumentId, paths: &[FieldPath]) -> PhoneCliError {
        let view = match self.phone.show(document) {
            Ok(view) => view,
            Err(error) => return error.into(),
        };
        let task = view.assignment.and_then(|assignment| self.phone.task(assignment).ok().flatten());
        let name = |path| render::path_label(&view.kind, path, task.as_ref(), self.language);
        PhoneCliError::Incomplete { fields: paths.iter().map(name).collect() }
    }

    pub(super) fn amend(&mut self, record: &str, reason: &str) -> Result<Answer, PhoneCliError> {
        let document = self.phone.amend(reference::record(&self.phone, record)?, reason)?;
        let id = document.to_string();
        let text = sentence(self.language, "phone", "amendment_begun", &[("record", &id)]);
        Ok(Answer { text, json: json!({ "record": document }) })
    }

    pub(super) fn refused(&self) -> Result<Answer, PhoneCliError> {
        let items = self.phone.refused()?;
        let json = items
            .iter()
            .map(|item| {
                json!({
                    "record": item.document, "what": item.kind, "verdict": item.verdict, "rule": item.rule,
                    "written": render::edits_text(&item.edits),
                })
            })
            .collect::<Vec<_>>();
        Ok(Answer { text: render::refused(&items, self.language), json: json.into() })
    }

    pub(super) fn status(&self) -> Result<Answer, PhoneCliError> {
        let (status, told) = (self.phone.status()?, self.phone.told_standing()?);
        let json = json!({
            "waiting": status.waiting, "stored": status.stored, "not_accepted": status.not_accepted,
            "records": status.records, "synced_at": status.synced_at, "epoch": self.phone.epoch(),
            "broken_history": self.phone.broken_history()?, "standing": told.map(|told| told.standing),
            "other_key": self.phone.is_other_key()?,
        });
        let mut text = render::status(&status, self.language);
        if self.phone.broken_history()?.is_some() {
            text = format!("{text}\n{}", sentence(self.language, "phone", "broken_history", &[]));
        }
        if self.phone.is_other_key()? {
            text = format!("{text}\n{}", sentence(self.language, "phone_problem", "other_key", &[]));
        }
        let standing = match told.map(|told| told.standing) {
            None | Some(DeviceStanding::Active) => None,
            Some(DeviceStanding::Suspended) => Some("suspended"),
            Some(DeviceStanding::Revoked) => Some("revoked"),
        };
        if let Some(key) = standing {
            text = format!("{text}\n{}", sentence(self.language, "phone", key, &[]));
        }
        Ok(Answer { text, json })
    }

    pub(super) fn evidence(
        &self,
        task: &str,
        case: Option<&str>,
        undertaker: Option<&str>,
    ) -> Result<Answer, PhoneCliError> {
        let task = reference::task(&self.phone, task)?;
        let subject = reference::subject(&task, case, undertaker)?;
        let round = task.round.as_ref().map(|round| round.id.to_string()).unwrap_or_default();
        let key = format!("{round}/{}/{}", subject.case, subject.undertaker);
        let body = self.phone.server_row(RowKind::Evidence, &key)?;
        let json: Value = body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or(Value::Null);
        Ok(Answer { text: render::evidence(&json, self.language), json })
    }

    pub(super) fn save(&self, record: &str, file: &Path) -> Result<Answer, PhoneCliError> {
        let document = reference::record(&self.phone, record)?;
        let bytes = self.phone.save_document(document)?;
        std::fs::write(file, bytes)
            .map_err(|source| PhoneCliError::File { path: file.display().to_string(), source })?;
        let path = file.display().to_string();
        let text = sentence(self.language, "phone", "saved", &[("file", &path)]);
        Ok(Answer { text, json: json!({ "record": document, "file": path }) })
    }
}

/// A fresh entry of a list.
fn entry(shape: &KindShape, text: &str) -> Result<Edit, PhoneCliError> {
    let known = |container: &str| match shape.container(container).map(|found| found.shape) {
        Some(ContainerShape::Entries(fields)) => Some(fields),
        _ => None,
    };
    let (container, given) = reference::entry(text, known)?;
    let mut fields = BTreeMap::new();
    for (field, value) in given {
        fields.insert(field.name.to_owned(), reference::value(field.name, field.kind, value)?);
    }
    Ok(Edit::Add { container: container.to_owned(), entry: minter().mint(), fields })
}

fn known_shape(kind: &str) -> Result<&'static KindShape, PhoneCliError> {
    shape_of(kind).ok_or_else(|| PhoneCliError::UnknownKind { kind: kind.to_owned() })
}
