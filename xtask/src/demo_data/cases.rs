//! The cases of the demo and who undertakes them.

use super::sheet::{Sheet, Value};
use super::words::{Kind, Words};
use super::{Names, Random};

/// Good cases.
const CASES: usize = 400;

/// How many of them are still being handled; hearings are drawn from these.
const IN_PROGRESS: usize = 220;

/// An undertaker.
pub(super) struct Undertaker {
    pub(super) name: String,
    pub(super) licence_no: String,
    pub(super) provider: String,
    provider_kind: String,
    kind: &'static str,
    practice_since: String,
    /// Legal workers take no criminal cases.
    legal_worker: bool,
}

/// A case, as far as its hearings need to know it.
pub(super) struct DemoCase {
    pub(super) case_no: String,
    pub(super) kind: String,
    pub(super) stage: String,
    pub(super) cause: String,
    pub(super) organ: String,
    pub(super) in_progress: bool,
}

/// The undertakers of all providers.
pub(super) fn undertakers(words: &Words, random: &mut Random, names: &mut Names) -> Vec<Undertaker> {
    let mut all = Vec::new();
    for provider in &words.providers {
        for _ in 0..provider.undertakers {
            let year = 2004 + random.below(20);
            let number = all.len() + 1;
            let (kind, legal_worker) = match provider.kind.as_str() {
                "律师事务所" => ("社会律师", false),
                "法律援助机构" => ("法律援助专职律师", false),
                _ => ("基层法律服务工作者", true),
            };
            all.push(Undertaker {
                name: words.fresh_name(random, names),
                licence_no: format!("19901{year}1{:07}", number * 137),
                provider: provider.name.clone(),
                provider_kind: provider.kind.clone(),
                kind,
                practice_since: format!("{year}-0{}-15", 1 + random.below(9)),
                legal_worker,
            });
        }
    }
    all
}

/// The cases, and the sheet of them with three rows that are bad on purpose.
pub(super) fn sheet(
    words: &Words,
    undertakers: &[Undertaker],
    random: &mut Random,
) -> (Vec<DemoCase>, Sheet) {
    let mut cases = Vec::new();
    let mut rows = Vec::new();
    for number in 1..=CASES {
        let kind = kind_of(words, number);
        let able: Vec<&Undertaker> =
            undertakers.iter().filter(|u| !(u.legal_worker && kind.label == "刑事")).collect();
        let undertaker = *random.pick(&able);
        let in_progress = number > CASES - IN_PROGRESS;
        let (case, row) = case(words, random, number, kind, undertaker, in_progress);
        cases.push(case);
        rows.push(row);
    }
    spoil(&mut rows);
    let sheet = Sheet {
        name: "案件",
        title: words.mark.clone(),
        columns: vec![
            ("援助案号", 26.0),
            ("案件类型", 10.0),
            ("案件阶段", 10.0),
            ("案由", 26.0),
            ("案件来源", 10.0),
            ("援助形式", 22.0),
            ("案件状态", 12.0),
            ("受援人", 10.0),
            ("办案机关", 24.0),
            ("承办单位", 26.0),
            ("承办单位类别", 16.0),
            ("承办人", 10.0),
            ("执业证号", 20.0),
            ("承办人类别", 18.0),
            ("执业起始日期", 14.0),
            ("指派日期", 12.0),
            ("结案日期", 12.0),
            ("归档日期", 12.0),
            ("是否群体性", 10.0),
            ("是否重大", 10.0),
            ("认罪认罚", 10.0),
            ("是否终止", 10.0),
            ("是否涉密", 10.0),
            ("首次承办", 10.0),
        ],
        rows,
    };
    (cases, sheet)
}

fn case(
    words: &Words,
    random: &mut Random,
    number: usize,
    kind: &Kind,
    undertaker: &Undertaker,
    in_progress: bool,
) -> (DemoCase, Vec<Value>) {
    let cause = random.pick(&kind.causes).clone();
    let stage = stage_of(kind, random);
    let organ = match (stage, kind.organ.as_str()) {
        ("二审", _) => words.court("city"),
        ("审查起诉", _) => words.court("procuratorate"),
        (_, organ) => words.court(organ),
    };
    let terminated = !in_progress && random.percent(3);
    let closed = !in_progress && !terminated;
    let archived = closed && random.percent(80);
    let status = match (in_progress, terminated, archived) {
        (true, ..) => "承办中",
        (_, true, _) => "终止",
        (_, _, true) => "已归档",
        _ => "已结案",
    };
    // Older numbers were assigned earlier: from February to May, from August to November.
    let month = if in_progress { 6 + (number * 5 / CASES) } else { 2 + number / 60 };
    let assigned = format!("2026-{month:02}-{:02}", 1 + random.below(27));
    let criminal = kind.label == "刑事";
    let case_no = format!("(2026)云川援{}字第{number:04}号", kind.letter);
    let yes = |yes: bool| Value::from(if yes { "是" } else { "否" });
    let row = vec![
        case_no.as_str().into(),
        kind.label.as_str().into(),
        stage.into(),
        cause.as_str().into(),
        if criminal && random.percent(80) { "通知" } else { "申请" }.into(),
        kind.aid_form.as_str().into(),
        status.into(),
        words.name(random).into(),
        organ.into(),
        undertaker.provider.as_str().into(),
        undertaker.provider_kind.as_str().into(),
        undertaker.name.as_str().into(),
        undertaker.licence_no.as_str().into(),
        undertaker.kind.into(),
        Value::Day(undertaker.practice_since.clone()),
        Value::Day(assigned),
        if closed {
            Value::Day(format!("2026-{:02}-{:02}", month + 2, 1 + random.below(27)))
        } else {
            "".into()
        },
        if archived {
            Value::Day(format!("2026-{:02}-{:02}", month + 3, 1 + random.below(27)))
        } else {
            "".into()
        },
        yes(number.is_multiple_of(97)),
        yes(number.is_multiple_of(61)),
        yes(criminal && random.percent(35)),
        yes(terminated),
        yes(number == 251 || number == 307),
        yes(number.is_multiple_of(131)),
    ];
    let organ = organ.to_owned();
    let case =
        DemoCase { case_no, kind: kind.label.clone(), stage: stage.to_owned(), cause, organ, in_progress };
    (case, row)
}

/// The kind of a case by its number: the shares hold over every hundred numbers.
fn kind_of(words: &Words, number: usize) -> &Kind {
    // 37 has no factor in common with 100, so each hundred meets every place once.
    let place = number * 37 % 100;
    let mut end = 0;
    words
        .kinds
        .iter()
        .find(|kind| {
            end += kind.share;
            place < end
        })
        .unwrap_or(&words.kinds[0])
}

fn stage_of(kind: &Kind, random: &mut Random) -> &'static str {
    match kind.label.as_str() {
        "刑事" => match random.below(100) {
            0..10 => "二审",
            10..16 => "审查起诉",
            _ => "一审",
        },
        "民事" | "行政" if random.percent(12) => "二审",
        "劳动仲裁" => "仲裁",
        "非诉讼" => "调解",
        _ => "一审",
    }
}

/// Three rows as they really come: a number that Excel has cut, a kind that does not exist, a case
/// entered twice.
fn spoil(rows: &mut Vec<Vec<Value>>) {
    let copy = |place: usize, change: &dyn Fn(&mut Vec<Value>)| {
        let mut row = rows[place].clone();
        change(&mut row);
        row
    };
    let cut = copy(40, &|row| row[0] = Value::Number(1.1e17));
    let kind = copy(120, &|row| {
        row[0] = "(2026)云川援军字第9001号".into();
        row[1] = "军事".into();
    });
    let twice = copy(200, &|_| {});
    rows.insert(300, twice);
    rows.insert(121, kind);
    rows.insert(41, cut);
}
