//! 一票否决 vetoes: what decides a grade by itself, once it is verified.

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::hash::ContentHash;
use super::item::Status;
use super::problem::{DataProblem, DataProblemCode, Problems};
use crate::codes;
use crate::record::common::DefectCode;
use crate::record::scoresheet::VetoCode;
use crate::text::Bilingual;

codes! {
    /// A fact of a record that alleges a veto by itself.
    VetoFact as "veto_fact" {
        /// The undertaker did not come to the hearing.
        AbsentFromHearing = "absent_from_hearing",
    }
}

/// The list of vetoes (domain 11.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vetoes {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whose rule it is.
    pub status: Status,
    /// What a grave finding alleges when nothing else says which veto.
    pub otherwise: VetoCode,
    /// The vetoes.
    pub vetoes: Vec<Veto>,
    hash: ContentHash,
}

/// One veto.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Veto {
    /// Its code.
    pub code: VetoCode,
    /// What it is.
    pub label: Bilingual,
    /// Channels that can raise it.
    pub channels: Vec<Channel>,
    /// Defects whose grave findings allege it.
    pub defects: Vec<DefectCode>,
    /// Facts that allege it.
    pub facts: Vec<VetoFact>,
    /// Not shown to the undertaker while it is only alleged.
    pub hidden_until_verified: bool,
    /// The law or local rule that it rests on.
    pub basis: String,
    /// Where it comes from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VetoesFile {
    id: String,
    version: String,
    status: String,
    otherwise: String,
    #[serde(default)]
    veto: Vec<VetoEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VetoEntry {
    id: String,
    zh: String,
    en: String,
    channels: Vec<String>,
    #[serde(default)]
    defects: Vec<String>,
    #[serde(default)]
    facts: Vec<String>,
    #[serde(default)]
    hidden_until_verified: bool,
    basis: String,
    source: String,
}

impl Vetoes {
    /// Reads and checks a list of vetoes.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<DataProblem>> {
        let mut problems = Problems::of(file);
        let (raw, tree): (VetoesFile, _) = problems.read(text)?;
        let status = problems.code("status", &raw.status, Status::from_code, Status::CODES);
        let otherwise = problems.code("otherwise", &raw.otherwise, VetoCode::from_code, VetoCode::CODES);
        let vetoes: Vec<Veto> = raw.veto.into_iter().filter_map(|entry| entry.check(&mut problems)).collect();
        for (nth, veto) in vetoes.iter().enumerate() {
            if vetoes[..nth].iter().any(|other| other.code == veto.code) {
                problems.add(veto.code, DataProblemCode::Duplicate, &[("what", &veto.code)]);
            }
            for defect in &veto.defects {
                if vetoes[..nth].iter().any(|other| other.defects.contains(defect)) {
                    problems.add(veto.code, DataProblemCode::Duplicate, &[("what", defect)]);
                }
            }
        }
        for code in VetoCode::ALL.iter().filter(|code| vetoes.iter().all(|veto| veto.code != **code)) {
            problems.add("veto", DataProblemCode::Missing, &[("what", code)]);
        }
        let hash = ContentHash::of("tingfang-vetoes/1", &tree);
        let list = status.zip(otherwise).map(|(status, otherwise)| Self {
            id: raw.id,
            version: raw.version,
            status,
            otherwise,
            vetoes,
            hash,
        });
        problems.finish(list)
    }

    /// The content hash.
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// The veto with this code.
    pub fn get(&self, code: VetoCode) -> Option<&Veto> {
        self.vetoes.iter().find(|veto| veto.code == code)
    }

    /// The vetoes that a grave finding alleges: by its defect, else by its item, else `otherwise`.
    pub fn alleged_by(&self, defect: Option<DefectCode>, item_vetoes: &[VetoCode]) -> Vec<VetoCode> {
        let by_defect =
            defect.and_then(|defect| self.vetoes.iter().find(|veto| veto.defects.contains(&defect)));
        match by_defect {
            Some(veto) => vec![veto.code],
            None if !item_vetoes.is_empty() => item_vetoes.to_vec(),
            None => vec![self.otherwise],
        }
    }

    /// The vetoes that a fact alleges.
    pub fn alleged_by_fact(&self, fact: VetoFact) -> impl Iterator<Item = VetoCode> {
        self.vetoes.iter().filter(move |veto| veto.facts.contains(&fact)).map(|veto| veto.code)
    }
}

impl VetoEntry {
    fn check(self, problems: &mut Problems) -> Option<Veto> {
        problems.wants_text(&self.id, &[&self.zh, &self.en]);
        let code = problems.code(&self.id, &self.id, VetoCode::from_code, VetoCode::CODES);
        let channels: Vec<Channel> = self
            .channels
            .iter()
            .filter_map(|channel| problems.code(&self.id, channel, Channel::from_code, Channel::CODES))
            .collect();
        if channels.is_empty() {
            problems.add(&self.id, DataProblemCode::NoChannel, &[]);
        }
        let defects = self
            .defects
            .iter()
            .filter_map(|defect| problems.code(&self.id, defect, DefectCode::from_code, DefectCode::CODES))
            .collect();
        let facts = self
            .facts
            .iter()
            .filter_map(|fact| problems.code(&self.id, fact, VetoFact::from_code, VetoFact::CODES))
            .collect();
        Some(Veto {
            code: code?,
            label: Bilingual { zh: self.zh, en: self.en },
            channels,
            defects,
            facts,
            hidden_until_verified: self.hidden_until_verified,
            basis: self.basis,
            source: self.source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::templates;

    #[test]
    fn a_grave_finding_alleges_by_defect_then_item_then_otherwise() {
        let vetoes = &templates().vetoes;
        assert_eq!(
            vetoes.alleged_by(Some(DefectCode::Forgery), &[VetoCode::CausedLoss]),
            [VetoCode::ForgedRecords]
        );
        assert_eq!(
            vetoes.alleged_by(Some(DefectCode::Manners), &[VetoCode::CausedLoss]),
            [VetoCode::CausedLoss]
        );
        assert_eq!(vetoes.alleged_by(None, &[]), [VetoCode::NeglectedDuty]);
        let by_absence: Vec<_> = vetoes.alleged_by_fact(VetoFact::AbsentFromHearing).collect();
        assert_eq!(by_absence, [VetoCode::NeglectedDuty]);
    }

    #[test]
    fn a_list_that_lacks_vetoes_is_refused_with_all_that_it_lacks() {
        let text = "id = 'V'\nversion = '1'\nstatus = 'proposal'\notherwise = 'VETO-02'";
        let problems = Vetoes::parse("v.toml", text).expect_err("no vetoes");
        assert_eq!(problems.len(), VetoCode::ALL.len());
    }
}
