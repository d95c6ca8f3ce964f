//! The three views of one grade, as they read.

use super::*;
use crate::evidence::sample::*;
use crate::evidence::{SealedRecord, collect};
use crate::grading::{GradeInput, Shown, grade};
use crate::record::Record;
use crate::record::attendance::Presence;
use crate::record::common::{DefectCode, Finding, Severity};
use crate::record::complaint_intake::ComplaintIntake;
use crate::record::file_review::Mark;
use crate::record::scoresheet::ItemDecision;
use crate::rubric::templates;

fn three_grade() -> &'static Rubric {
    templates().rubric("S3-SIMPLE").expect("shipped")
}

/// A file review, an attendance, one observer's sheet that was amended, and a money allegation.
fn records() -> Vec<SealedRecord> {
    let mut first = observer_sheet(&[("HRG-03", 9_00)], &[]);
    first.comment.0 = "初稿".to_owned();
    let mut sheet = observer_sheet(&[("HRG-03", 12_00), ("HRG-05", 16_00), ("HRG-06", 12_00)], &[]);
    sheet.origin.amends = Some(document(11));
    sheet.origin.amendment_reason = Some("陈静补全遗漏的分数".to_owned());
    let mut review = file_review(&[
        ("S3-01", Mark::Full),
        ("S3-02", Mark::Mostly),
        ("S3-03", Mark::Mostly),
        ("S3-04", Mark::NotObserved),
        ("S3-05", Mark::Full),
    ]);
    let (id, papers) = finding("S3-01", DefectCode::PapersMissing, Severity::Ordinary, 1_00);
    let papers =
        Finding { text: Some("缺送达回证，受援人王某某称未收到".to_owned()), ..papers };
    let money = Finding {
        item: None,
        defect: Some(DefectCode::TookMoney),
        severity: Some(Severity::Grave),
        text: Some("附有一张收条".to_owned()),
        deduction_points: None,
        ..papers.clone()
    };
    review.findings.extend([(id, papers), (crate::id::EntryId::from_bytes([8; 16]), money)]);
    vec![
        sealed(10, 0, Record::Attendance(attendance(Presence::OnTime))),
        sealed(11, 0, Record::ObserverSheet(first)),
        sealed(12, 0, Record::ObserverSheet(sheet)),
        sealed(13, 2, Record::FileReview(review)),
        sealed(14, 3, Record::ComplaintIntake(complaint())),
    ]
}

/// What the recipient complained of; it reaches the undertaker through the complaint procedure only.
fn complaint() -> ComplaintIntake {
    let mut intake = ComplaintIntake::default();
    (intake.subject.case, intake.subject.undertaker) = (Some(case()), Some(undertaker()));
    let (id, found) = finding("S3-05", DefectCode::RecipientNotInformed, Severity::Ordinary, 0);
    let text = Some("受援人登门投诉".to_owned());
    intake.findings.insert(id, Finding { text, ..found });
    intake
}

#[test]
fn a_complaint_shows_in_the_full_view_only() {
    for language in [Language::Zh, Language::En] {
        let name = crate::text::label(language, "kind", "complaint_intake").expect("a label");
        let shown = |view| {
            let text = text(view, language);
            text.contains("登门投诉") || text.to_lowercase().contains(&name.to_lowercase())
        };
        assert!(shown(View::Full));
        assert!(!shown(View::Undertaker) && !shown(View::Public), "{language:?}");
    }
}

fn text(view: View, language: Language) -> String {
    let scale = templates().scales.point_bands("GT3-100").expect("shipped");
    let evidence = collect(three_grade(), sheet_rubric(), case(), undertaker(), &records(), &[]);
    let mut adjusted = accepting(&evidence);
    adjusted.decisions.0.insert(item("S3-05"), ItemDecision::Adjusted);
    adjusted.points.0.insert(item("S3-05"), PointsHundredths(7_50));
    adjusted.reasons.0.insert(item("S3-05"), "王某某催问两次才得到答复".to_owned());
    let sheets = [
        sealed(21, 1, Record::Scoresheet(accepting(&evidence))),
        sealed(22, 3, Record::Scoresheet(adjusted)),
    ];
    let rule = GradingRule::template();
    let input = GradeInput {
        rubric: three_grade(),
        scale,
        rule,
        evidence: &evidence,
        shown: &Shown::default(),
        sheets: &sheets,
        re_review: None,
        rulings: &[],
    };
    let outcome = grade(&input).expect("a grade");
    let hidden_names = ["王某某".to_owned()];
    let input = ExplainInput {
        outcome: &outcome,
        evidence: &evidence,
        rubric: three_grade(),
        scale,
        rule,
        case_no: "（2026）援字第 12 号",
        undertaker_name: "李明",
        hidden_names: &hidden_names,
    };
    explain(&input, view, language).to_string()
}

#[test]
fn the_undertaker_reads_everything_but_names_and_hidden_allegations() {
    assert_eq!(text(View::Undertaker, Language::Zh), UNDERTAKER_ZH);
    assert_eq!(text(View::Undertaker, Language::En), UNDERTAKER_EN);
}

#[test]
fn the_public_reads_items_points_and_channels() {
    assert_eq!(text(View::Public, Language::Zh), PUBLIC_ZH);
    assert_eq!(text(View::Public, Language::En), PUBLIC_EN);
}

#[test]
fn the_full_view_leads_down_to_the_bytes() {
    let full = text(View::Full, Language::Zh);
    let lines = [
        "  尚不能终定\n    VETO-01 尚待核查\n",
        "      发现：材料缺失，一般：缺送达回证，受援人王某某称未收到，扣 1.00 分\n",
        "默认 10.00 分，依案卷检查；周敏 10.00 分，采用默认分；郑磊 7.50 分，调整（王某某催问两次才得到答复）\n",
        "    ［4］案卷检查表，吴刚，设备 0d0d0d0d-0d0d-0d0d-0d0d-0d0d0d0d0d0d，封存于 2026-03-02 11:00 至 \
         2026-03-02 12:00 之间，版本 0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d\n",
        "    VETO-01 收取受援人财物或者谋取不正当利益：待核；收取财物；附有一张收条\n",
    ];
    for line in lines {
        assert!(full.contains(line), "{line} stands in\n{full}");
    }
    let rubric = format!("    评估标准 S3-SIMPLE 0.1.0，哈希 {}\n", three_grade().hash());
    assert!(full.contains(&rubric));
}

#[test]
fn no_other_view_holds_a_name_a_device_or_a_money_allegation() {
    for view in [View::Undertaker, View::Public] {
        for language in [Language::Zh, Language::En] {
            let text = text(view, language);
            for word in ["陈静", "周敏", "吴刚", "郑磊", "王某某", "0d0d0d0d-0d0d", "VETO-01", "收条"]
            {
                assert!(!text.contains(word), "{word} stands in\n{text}");
            }
        }
    }
    assert!(!text(View::Public, Language::Zh).contains("李明"));
}

const UNDERTAKER_ZH: &str = r#"（2026）援字第 12 号，承办人李明：合格（83.19 分）
  初评均值；百分制三等次：优秀 85.00 分起、合格 60.00 分起、不合格 0.00 分起
  评分表
    初评，1号评估人：67.80／80.00 分，折合 84.75 分，合格［15151515］
    初评，2号评估人：65.30／80.00 分，折合 81.63 分，合格［16161616］
  各渠道
    庭审旁听［1］［3］：涉及 2 项，其中 2 项的默认分依此渠道，计 24.80／30.00 分
    案卷检查［4］：涉及 5 项，其中 4 项的默认分依此渠道，计 43.00／50.00 分
  S3-01 案卷材料齐全（10.00 分）：默认 9.00 分，依案卷检查；1号评估人 9.00 分，采用默认分；2号评估人 9.00 分，采用默认分
    案卷检查评为“完全符合”，按 100% 计［4］
      发现：材料缺失，一般：缺送达回证，受援人某人称未收到，扣 1.00 分
  S3-02 谈话笔录与取得证据符合要求（15.00 分）：默认 12.00 分，依案卷检查；1号评估人 12.00 分，采用默认分；2号评估人 12.00 分，采用默认分
    案卷检查评为“基本符合”，按 80% 计［4］
  S3-03 起诉状、答辩状、代理词、辩护词等法律文书运用正确（15.00 分）：默认 12.00 分，依案卷检查；1号评估人 12.00 分，采用默认分；2号评估人 12.00 分，采用默认分
    案卷检查评为“基本符合”，按 80% 计［4］
  S3-04 事实查明与法律适用（20.00 分）：默认 16.00 分，依庭审旁听；1号评估人 16.00 分，采用默认分；2号评估人 16.00 分，采用默认分
    旁听评分 HRG-03：12.00／15.00 分（占本项 60%）［3］
    旁听评分 HRG-05：16.00／20.00 分（占本项 40%）［3］
    案卷检查：未采集［4］
  S3-05 办理程序与进度（10.00 分）：默认 10.00 分，依案卷检查；1号评估人 10.00 分，采用默认分；2号评估人 7.50 分，调整（某人催问两次才得到答复）
    案卷检查评为“完全符合”，按 100% 计［4］
  S3-06 服务质量（态度、沟通、廉洁）（10.00 分）：默认不适用，各渠道均未采集；1号评估人采用默认分；2号评估人采用默认分
  S3-07 庭审表现（10.00 分）：默认 8.80 分，依庭审旁听；1号评估人 8.80 分，采用默认分；2号评估人 8.80 分，采用默认分
    到庭情况：准时到庭，按 100% 计（占本项 20%）［1］
    旁听评分 HRG-05：16.00／20.00 分（占本项 15%）［3］
    旁听评分 HRG-06：12.00／15.00 分（占本项 15%）［3］
  S3-08 庭前或定期报告（证据收集、主要观点、案情分析意见）（5.00 分）：默认不适用，各渠道均未采集；1号评估人采用默认分；2号评估人采用默认分
  S3-09 办案机关意见（5.00 分）：默认不适用，各渠道均未采集；1号评估人采用默认分；2号评估人采用默认分
  记录
    ［1］庭审旁听记录，1号旁听人，封存于 2026-03-02 11:00 至 2026-03-02 12:00 之间，版本 0a0a0a0a
    ［2］旁听评分表，1号旁听人，封存于 2026-03-02 11:00 至 2026-03-02 12:00 之间，版本 0b0b0b0b，已由更正替代
    ［3］旁听评分表，1号旁听人，封存于 2026-03-02 11:00 至 2026-03-02 12:00 之间，版本 0c0c0c0c，更正前一记录：某人补全遗漏的分数
    ［4］案卷检查表，1号检查人，封存于 2026-03-02 11:00 至 2026-03-02 12:00 之间，版本 0d0d0d0d
  规则
    评估标准 S3-SIMPLE 0.1.0，哈希 fa7ed337
    等次标准 GT3-100 0.1.0，哈希 6f580e27
    定级规则 GRADING 0.1.0，哈希 d5d1ade7
"#;

const UNDERTAKER_EN: &str = r#"（2026）援字第 12 号, undertaker 李明: qualified (83.19 points)
  by the mean of the first review; three grades of 100 points: excellent from 85.00, qualified from 60.00, unqualified from 0.00
  scoresheets
    first review, assessor 1: 67.80 of 80.00 points, that is 84.75, qualified [15151515]
    first review, assessor 2: 65.30 of 80.00 points, that is 81.63, qualified [16161616]
  channel by channel
    hearing attendance [1] [3]: speaks on 2 items; the default of 2 of them comes from it, 24.80 of 30.00 points
    file review [4]: speaks on 5 items; the default of 4 of them comes from it, 43.00 of 50.00 points
  S3-01 File papers complete (10.00 points): default 9.00 by file review; assessor 1: 9.00, default accepted; assessor 2: 9.00, default accepted
    the file review says "met in full": 100 % [4]
      finding: papers missing (ordinary): 缺送达回证，受援人[name]称未收到, 1.00 points off
  S3-02 Interview record and evidence meet requirements (15.00 points): default 12.00 by file review; assessor 1: 12.00, default accepted; assessor 2: 12.00, default accepted
    the file review says "mostly met": 80 % [4]
  S3-03 Complaint, defence, submission and defence opinion rightly used (15.00 points): default 12.00 by file review; assessor 1: 12.00, default accepted; assessor 2: 12.00, default accepted
    the file review says "mostly met": 80 % [4]
  S3-04 Facts found and law applied (20.00 points): default 16.00 by hearing attendance; assessor 1: 16.00, default accepted; assessor 2: 16.00, default accepted
    observer's sheet HRG-03: 12.00 of 15.00 points (60 % of the item) [3]
    observer's sheet HRG-05: 16.00 of 20.00 points (40 % of the item) [3]
    the file review says "not observed" [4]
  S3-05 Handling procedure and progress (10.00 points): default 10.00 by file review; assessor 1: 10.00, default accepted; assessor 2: 7.50, adjusted ([name]催问两次才得到答复)
    the file review says "met in full": 100 % [4]
  S3-06 Service (manner, contact, clean hands) (10.00 points): not applicable, observed by no channel; assessor 1: default accepted; assessor 2: default accepted
  S3-07 Conduct at the hearing (10.00 points): default 8.80 by hearing attendance; assessor 1: 8.80, default accepted; assessor 2: 8.80, default accepted
    presence: on time, 100 % (20 % of the item) [1]
    observer's sheet HRG-05: 16.00 of 20.00 points (15 % of the item) [3]
    observer's sheet HRG-06: 12.00 of 15.00 points (15 % of the item) [3]
  S3-08 Report before the hearing or regularly (evidence, main viewpoint, case analysis) (5.00 points): not applicable, observed by no channel; assessor 1: default accepted; assessor 2: default accepted
  S3-09 Opinion of the handling organ (5.00 points): not applicable, observed by no channel; assessor 1: default accepted; assessor 2: default accepted
  records
    [1] attendance, observer 1, sealed between 2026-03-02 11:00 and 2026-03-02 12:00, version 0a0a0a0a
    [2] observer sheet, observer 1, sealed between 2026-03-02 11:00 and 2026-03-02 12:00, version 0b0b0b0b, replaced by an amendment
    [3] observer sheet, observer 1, sealed between 2026-03-02 11:00 and 2026-03-02 12:00, version 0c0c0c0c, amends the one before: [name]补全遗漏的分数
    [4] file review, reviewer 1, sealed between 2026-03-02 11:00 and 2026-03-02 12:00, version 0d0d0d0d
  rules
    rubric S3-SIMPLE 0.1.0, hash fa7ed337
    scale GT3-100 0.1.0, hash 6f580e27
    grading rule GRADING 0.1.0, hash d5d1ade7
"#;

const PUBLIC_ZH: &str = r#"等次：合格（83.19 分）
  初评均值；百分制三等次：优秀 85.00 分起、合格 60.00 分起、不合格 0.00 分起
  各渠道
    庭审旁听：涉及 2 项
    案卷检查：涉及 5 项
  S3-01 案卷材料齐全（10.00 分）：9.00 分、9.00 分；依据案卷检查
  S3-02 谈话笔录与取得证据符合要求（15.00 分）：12.00 分、12.00 分；依据案卷检查
  S3-03 起诉状、答辩状、代理词、辩护词等法律文书运用正确（15.00 分）：12.00 分、12.00 分；依据案卷检查
  S3-04 事实查明与法律适用（20.00 分）：16.00 分、16.00 分；依据庭审旁听、案卷检查
  S3-05 办理程序与进度（10.00 分）：10.00 分、7.50 分；依据案卷检查
  S3-06 服务质量（态度、沟通、廉洁）（10.00 分）：不适用、不适用
  S3-07 庭审表现（10.00 分）：8.80 分、8.80 分；依据庭审旁听
  S3-08 庭前或定期报告（证据收集、主要观点、案情分析意见）（5.00 分）：不适用、不适用
  S3-09 办案机关意见（5.00 分）：不适用、不适用
  规则
    评估标准 S3-SIMPLE 0.1.0，哈希 fa7ed337
    等次标准 GT3-100 0.1.0，哈希 6f580e27
    定级规则 GRADING 0.1.0，哈希 d5d1ade7
"#;

const PUBLIC_EN: &str = r#"grade: qualified (83.19 points)
  by the mean of the first review; three grades of 100 points: excellent from 85.00, qualified from 60.00, unqualified from 0.00
  channel by channel
    hearing attendance: speaks on 2 items
    file review: speaks on 5 items
  S3-01 File papers complete (10.00 points): 9.00 points, 9.00 points; evidence: file review
  S3-02 Interview record and evidence meet requirements (15.00 points): 12.00 points, 12.00 points; evidence: file review
  S3-03 Complaint, defence, submission and defence opinion rightly used (15.00 points): 12.00 points, 12.00 points; evidence: file review
  S3-04 Facts found and law applied (20.00 points): 16.00 points, 16.00 points; evidence: hearing attendance, file review
  S3-05 Handling procedure and progress (10.00 points): 10.00 points, 7.50 points; evidence: file review
  S3-06 Service (manner, contact, clean hands) (10.00 points): not applicable, not applicable
  S3-07 Conduct at the hearing (10.00 points): 8.80 points, 8.80 points; evidence: hearing attendance
  S3-08 Report before the hearing or regularly (evidence, main viewpoint, case analysis) (5.00 points): not applicable, not applicable
  S3-09 Opinion of the handling organ (5.00 points): not applicable, not applicable
  rules
    rubric S3-SIMPLE 0.1.0, hash fa7ed337
    scale GT3-100 0.1.0, hash 6f580e27
    grading rule GRADING 0.1.0, hash d5d1ade7
"#;
