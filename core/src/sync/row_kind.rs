//! What the rows are that a server makes for a phone, beside records.

use crate::codes;

codes! {
    /// The kind of a row for a phone. For whom each kind is, the table of visibility says
    /// ([`crate::policy::Visibility::receivers`]). A phone keeps rows of kinds that it does not know, and shows none.
    RowKind as "row_kind" {
        /// One for each assignment × member; the key is the assignment.
        Task = "task",
        /// A countersigned seal; the key is the document.
        Seal = "seal",
        /// The countersigned word that a transcript was confirmed; the key is the document.
        Confirmation = "confirmation",
        /// A verdict that changed after its frame was answered; the key is the item's place.
        Verdict = "verdict",
        /// A rubric that records refer to; the key is what it is for.
        Rubric = "rubric",
        /// A questionnaire, under the code of the record kind that answers it.
        Questionnaire = "questionnaire",
        /// That the server has a file; the key is its digest.
        Attachment = "attachment",
        /// How the recipients of a task are reached; the key is the assignment.
        Recipients = "recipients",
        /// That a record was erased by order; the key is the document. Phones erase what they have of it.
        Erasure = "erasure",
        /// A sealed record that was returned with notes; the key is the document.
        Returned = "returned",
        /// How staff have checked a sealed report, for its writers; the key is the document.
        Checked = "checked",
        /// A grade of the reader's own work; the key is the decision.
        Result = "result",
        /// The evidence on the items of a case, for its assessors; the key is round, case, undertaker.
        Evidence = "evidence",
    }
}
