//! What the commands do.

use std::path::Path;

use serde_json::{Value, json};
use tingfang_core::id::EntryId;
use tingfang_core::phone::{About, Phone, Progress, Secrets};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::{ContainerShape, KindShape, Merge};
use tingfang_core::record::shape_of;
use tingfang_core::record::value::Node;
use tingfang_core::signature::{PublicKey, SecretKey};
use tingfang_core::text::{Language, sentence};

use super::home::{Connection, Home, ProfileFile, minter};
use super::{Answer, PhoneCliError, reference, render, transport};
use crate::identity::token::{from_hex, hex};

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
    if home.is_enrolled() {
        return Err(PhoneCliError::Argument {
            argument: "enrol".to_owned(),
            fix: "this folder is an enrolled phone already; give another --dir".to_owned(),
        });
    }
    home.make()?;
    let seed: [u8; 32] = minter().random();
    let public = SecretKey::from_seed(&seed).public();
    let body = json!({ "code": code, "algorithm": "ed25519", "public_key": hex(&public.0), "name": name });
    let given = transport::post_json(server, "/api/v1/devices", &body)?;
    let profile = profile_from(server, &given)?;
    if let Some(expected) = fingerprint {
        let key = from_hex(&profile.server_public_key).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let shown = key.map(|key| PublicKey(key).fingerprint()).unwrap_or_default();
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        if plain(expected) != plain(&shown) {
            return Err(PhoneCliError::Argument {
                argument: expected.to_owned(),
                fix: format!("the server's key has the fingerprint {shown}; this is another server"),
            });
        }
    }
    home.save(&profile, &Secrets { seed, epoch: 1, last_frame: 0 })?;
    let text = sentence(language, "phone", "enrolled", &[("name", &profile.person_name), ("server", server)]);
    Ok(Answer {
        text,
        json: json!({ "device": profile.device, "person": profile.person, "name": profile.person_name }),
    })
}

fn profile_from(server: &str, given: &Value) -> Result<ProfileFile, PhoneCliError> {
    let text = |key: &str| given.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let unreadable = |error: tingfang_core::id::InvalidId| {
        PhoneCliError::Transport(super::TransportError::Unreadable(error.to_string()))
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
        for _ in 0..MOST_REQUESTS {
            let request = self.phone.next_request()?;
            let response = transport::post_sync(&self.connection, &request)?;
            let progress = self.phone.take_response(&response)?;
            total.stored += progress.stored;
            total.not_accepted += progress.not_accepted;
            total.pulled += progress.pulled;
            total.reopened += progress.reopened;
            total.rejected.extend(progress.rejected);
            if !progress.more {
                break;
            }
        }
        let status = self.phone.status()?;
        let json = json!({
            "stored": total.stored, "not_accepted": total.not_accepted, "pulled": total.pulled,
            "reopened": total.reopened, "rejected": total.rejected, "waiting": status.waiting,
        });
        Ok(Answer { text: render::synced(&total, &status, self.language), json })
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
        let json = json!({
            "record": view.document, "kind": view.kind, "content": view.content, "sealed": view.sealed,
            "needs_seal": view.needs_seal, "sync": view.sync, "missing": view.missing,
            "conflicts": render::conflicts_json(&view),
        });
        Ok(Answer { text: render::record(&view, task.as_ref(), self.language), json })
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
        if shape_of(kind).is_none_or(|shape| shape.merge == Merge::SingleWriter) {
            let subject = reference::subject(&task, case, undertaker)?;
            (about.case, about.undertaker) = (Some(subject.case), Some(subject.undertaker));
        }
        let document = self.phone.start(task.assignment, kind, about)?;
        let id = document.to_string();
        let text = sentence(self.language, "phone", "started", &[("record", &id)]);
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
            let kind = shape.scalar_at(&path).map_err(tingfang_core::phone::PhoneError::from)?;
            edits.push(Edit::Set { path, value: reference::value(&kind, value)? });
        }
        edits.extend(clear.iter().map(|field| Edit::Clear { path: reference::path(field, owner) }));
        for text in add {
            edits.push(self.entry(shape, text)?);
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
        self.phone.edit(document, &edits)?;
        let count = edits.len().to_string();
        let text = sentence(self.language, "phone", "written", &[("count", &count)]);
        Ok(Answer { text, json: json!({ "record": document, "edits": edits.len() }) })
    }

    fn entry(&self, shape: &KindShape, text: &str) -> Result<Edit, PhoneCliError> {
        let example = "findings:defect=manners,severity=hint,text=…";
        let wrong =
            || PhoneCliError::Argument { argument: text.to_owned(), fix: format!("write it like {example}") };
        let (container, fields) = text.split_once(':').ok_or_else(wrong)?;
        let Some(ContainerShape::Entries(known)) = shape.container(container).map(|found| found.shape) else {
            return Err(wrong());
        };
        let mut values = std::collections::BTreeMap::new();
        for field in fields.split(',') {
            let (name, value) = reference::assignment(field, example)?;
            let kind = known.iter().find(|known| known.name == name).map(|known| known.kind);
            values.insert(name.to_owned(), reference::value(&kind.ok_or_else(wrong)?, value)?);
        }
        let entry: EntryId = minter().mint();
        Ok(Edit::Add { container: container.to_owned(), entry, fields: values })
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
        value: &str,
    ) -> Result<Answer, PhoneCliError> {
        self.edit(record, &[format!("{field}={value}")], &[], &[], &[])
    }

    pub(super) fn seal(&mut self, record: &str) -> Result<Answer, PhoneCliError> {
        let document = reference::record(&self.phone, record)?;
        self.phone.seal(document)?;
        let text = sentence(self.language, "phone", "sealed", &[]);
        Ok(Answer { text, json: json!({ "record": document, "sealed": true }) })
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
        let status = self.phone.status()?;
        let json = json!({
            "waiting": status.waiting, "stored": status.stored, "not_accepted": status.not_accepted,
            "records": status.records, "synced_at": status.synced_at, "epoch": self.phone.epoch(),
        });
        Ok(Answer { text: render::status(&status, self.language), json })
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
        let body = self.phone.server_row("evidence", &key)?;
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

fn known_shape(kind: &str) -> Result<&'static KindShape, PhoneCliError> {
    shape_of(kind).ok_or_else(|| PhoneCliError::Argument {
        argument: kind.to_owned(),
        fix: "this version does not know the kind; update the program".to_owned(),
    })
}
