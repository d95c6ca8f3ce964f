//! 案件 the cases of the phone's owner.

use tingfang_core::id::CaseId;

use super::Tingfang;
use crate::error::TingfangError;
use crate::model::case::CaseCard;

#[uniffi::export]
impl Tingfang {
    /// A page of cases by their numbers, each with what its channels have brought; `after` is the last case of the
    /// page before. With a text only those whose number, cause, undertaker or provider holds it.
    #[uniffi::method(default(text = None, after = None, limit = 50))]
    pub fn cases(
        &self,
        text: Option<String>,
        after: Option<CaseCard>,
        limit: u32,
    ) -> Result<Vec<CaseCard>, TingfangError> {
        let after = after.as_ref().map(|card| (card.case_no.as_str(), card.case));
        let cards = self.read(|phone| phone.cases(text.as_deref(), after, limit))?;
        Ok(cards.into_iter().map(CaseCard::from).collect())
    }

    /// One case; nothing when no task of this phone is about it.
    pub fn case(&self, case: CaseId) -> Result<Option<CaseCard>, TingfangError> {
        Ok(self.read(|phone| phone.case(case))?.map(CaseCard::from))
    }

    /// How many cases there are on this phone.
    pub fn case_count(&self) -> Result<u64, TingfangError> {
        self.read(|phone| phone.case_count())
    }
}
