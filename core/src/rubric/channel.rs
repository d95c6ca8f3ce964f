//! 渠道 channels: the four measures of the law, the undertaker's report, and complaints.

use crate::codes;

codes! {
    /// The way on which something about quality came in (domain 10.2; Legal Aid Law art. 59).
    Channel as "channel" {
        Attendance = "attendance",
        ReturnVisit = "return_visit",
        CourtVisit = "court_visit",
        FileReview = "file_review",
        /// The undertaker's own report: evidence on its items, but it opens no grade.
        PreHearingReport = "pre_hearing_report",
        /// Raises vetoes; no item takes points from it.
        Complaint = "complaint",
    }
}
