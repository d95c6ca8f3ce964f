//! What a round has frozen: its rubric, the observer's sheet and the scale, read with the forms of
//! the day on which it began. What the running program ships plays no part.

use std::sync::OnceLock;

use tingfang_core::rubric::{Forms, PointBands, Rubric, templates};

use crate::db::{DbError, Tx};
use crate::store::{form, round};

/// What a round grades with.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// The rubric of the case.
    pub rubric: Rubric,
    /// The rubric of the observer's sheet.
    pub sheet: Rubric,
    /// The scale that the rubric names.
    pub scale: PointBands,
}

/// Reads what a round has frozen.
///
/// # Errors
/// When the data layer fails, or what was frozen is not there or cannot be read.
pub fn of_round(tx: &Tx, held: &round::Kept) -> Result<Frozen, DbError> {
    let shipped = form::hashes(tx, held.id)? == shipped_forms();
    let forms = if shipped { None } else { Some(forms(tx, held)?) };
    let rubric = rubric(tx, &held.rubric_hash, forms.as_ref())?;
    let sheet = rubric_of_sheet(tx, held, forms.as_ref())?;
    let scales = forms.as_ref().map_or(&templates().scales, |forms| &forms.scales);
    let scale = rubric.scale.as_deref().and_then(|id| scales.point_bands(id)).cloned();
    let scale = scale
        .ok_or_else(|| DbError::Damaged(format!("the rubric {} names no scale of points", rubric.id)))?;
    Ok(Frozen { rubric, sheet, scale })
}

/// The hashes of the forms that the program ships, in their order. A round that froze these very
/// ones need not have them read again.
fn shipped_forms() -> &'static [String] {
    static HASHES: OnceLock<Vec<String>> = OnceLock::new();
    HASHES.get_or_init(|| {
        let mut hashes: Vec<_> =
            templates().form_texts().iter().map(|form| form.hash().to_string()).collect();
        hashes.sort_unstable();
        hashes
    })
}

fn forms(tx: &Tx, held: &round::Kept) -> Result<Forms, DbError> {
    let texts = form::of_round(tx, held.id)?;
    Forms::from_texts(&texts)
        .map_err(|_| DbError::Damaged(format!("the forms of the round {} cannot be read", held.id)))
}

fn rubric_of_sheet(tx: &Tx, held: &round::Kept, forms: Option<&Forms>) -> Result<Rubric, DbError> {
    let among = forms.iter().flat_map(|forms| &forms.sheets);
    let mut among = among.filter(|sheet| sheet.hash().to_string() == held.sheet_rubric_hash);
    among.next().map_or_else(|| rubric(tx, &held.sheet_rubric_hash, forms), |sheet| Ok(sheet.clone()))
}

/// A frozen rubric, read with these forms, or with the shipped ones.
fn rubric(tx: &Tx, hash: &str, forms: Option<&Forms>) -> Result<Rubric, DbError> {
    let known = templates().rubrics.iter().find(|rubric| rubric.hash().to_string() == hash);
    if let (Some(known), None) = (known, forms) {
        return Ok(known.clone());
    }
    let text = round::rubric_text(tx, hash)?
        .ok_or_else(|| DbError::Damaged(format!("the rubric {hash} is not there")))?;
    let read = match forms {
        Some(forms) => Rubric::parse_with(hash, &text, forms),
        None => Rubric::parse(hash, &text),
    };
    read.ok()
        .filter(|rubric| rubric.hash().to_string() == hash)
        .ok_or_else(|| DbError::Damaged(format!("the rubric {hash} cannot be read")))
}
