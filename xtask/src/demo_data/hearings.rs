//! The coming hearings of the demo: most open, some that the law closes, some that nobody has
//! asked about yet.

use jiff::civil::{Date, Weekday};

use super::Random;
use super::cases::DemoCase;
use super::sheet::{Sheet, Value};
use super::words::Words;

/// Good hearings.
const HEARINGS: usize = 160;

/// What is special about a hearing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fact {
    Open,
    ClosedByLaw,
    ClosedOnApplication,
    OpennessUnknown,
    Under18,
    Sealable,
    FactsUnknown,
    Cancelled,
    Postponed,
}

/// How many hearings have which fact; the rest is open. Facts of criminal procedure fall on
/// criminal cases only.
const FACTS: [(Fact, usize); 8] = [
    (Fact::Under18, 6),
    (Fact::Sealable, 8),
    (Fact::FactsUnknown, 5),
    (Fact::ClosedByLaw, 10),
    (Fact::ClosedOnApplication, 7),
    (Fact::OpennessUnknown, 10),
    (Fact::Cancelled, 2),
    (Fact::Postponed, 2),
];

/// The sheet of hearings, with three rows that are bad on purpose.
pub(super) fn sheet(words: &Words, cases: &[DemoCase], random: &mut Random) -> Sheet {
    let mut heard: Vec<&DemoCase> =
        cases.iter().filter(|case| case.in_progress && !case.organ.is_empty()).collect();
    random.shuffle(&mut heard);
    heard.truncate(HEARINGS);
    let facts = facts(&heard);
    let days = weekdays(&words.month);
    let mut hearings: Vec<(String, Vec<Value>)> = heard
        .iter()
        .zip(facts)
        .enumerate()
        .map(|(place, (case, fact))| {
            let at = format!("{}T{}", random.pick(&days), random.pick(&words.times));
            let row = hearing(words, random, case, fact, &at, place);
            (at, row)
        })
        .collect();
    // As a court's calendar lists them.
    hearings.sort_by(|a, b| a.0.cmp(&b.0));
    let mut rows: Vec<Vec<Value>> = hearings.into_iter().map(|(_, row)| row).collect();
    spoil(&mut rows, words);
    Sheet {
        name: "开庭",
        title: words.mark.clone(),
        columns: vec![
            ("援助案号", 26.0),
            ("开庭法院", 26.0),
            ("法庭", 14.0),
            ("开庭时间", 18.0),
            ("开庭类型", 10.0),
            ("开庭状态", 10.0),
            ("审判程序", 14.0),
            ("审级", 8.0),
            ("公开情况", 14.0),
            ("审判时被告人未满18周岁", 12.0),
            ("可能封存犯罪记录", 12.0),
            ("审判长", 10.0),
            ("设备规定", 12.0),
            ("信息来源", 18.0),
        ],
        rows,
    }
}

fn facts(heard: &[&DemoCase]) -> Vec<Fact> {
    let mut facts = vec![Fact::Open; heard.len()];
    for (fact, count) in FACTS {
        let fits = |case: &DemoCase| match fact {
            Fact::Under18 | Fact::Sealable | Fact::FactsUnknown => {
                case.kind == "刑事" && case.stage != "审查起诉"
            }
            Fact::ClosedOnApplication => case.cause == "离婚纠纷",
            _ => true,
        };
        let places: Vec<usize> = (0..heard.len())
            .filter(|place| facts[*place] == Fact::Open && fits(heard[*place]))
            .take(count)
            .collect();
        for place in places {
            facts[place] = fact;
        }
    }
    facts
}

fn hearing(
    words: &Words,
    random: &mut Random,
    case: &DemoCase,
    fact: Fact,
    at: &str,
    place: usize,
) -> Vec<Value> {
    let criminal = case.kind == "刑事";
    let (kind, procedure) = match (case.kind.as_str(), case.stage.as_str()) {
        (_, "审查起诉") => ("公开听证", ""),
        ("劳动仲裁", _) => ("仲裁庭", "仲裁程序"),
        ("刑事", "一审") => ("开庭", *random.pick(&["普通程序", "简易程序", "速裁程序"])),
        ("民事", "一审") => ("开庭", *random.pick(&["普通程序", "简易程序", "小额诉讼程序"])),
        _ => ("开庭", "普通程序"),
    };
    let instance = if matches!(case.stage.as_str(), "一审" | "二审") { case.stage.as_str() } else { "" };
    let openness = match fact {
        Fact::ClosedByLaw | Fact::Under18 => "依法不公开",
        Fact::ClosedOnApplication => "依申请不公开",
        Fact::OpennessUnknown => "未知",
        _ => "公开",
    };
    let asked = |fact_here: Fact| match (criminal, fact == fact_here, fact) {
        (false, ..) => "",
        (true, true, _) => "是",
        (true, _, Fact::FactsUnknown) => "未知",
        (true, ..) => "否",
    };
    // A record of somebody under 18 may always be sealed.
    let sealable = if fact == Fact::Under18 { "是" } else { asked(Fact::Sealable) };
    let state = match fact {
        Fact::Cancelled => "取消",
        Fact::Postponed => "延期",
        _ => "待开庭",
    };
    // Some clerks type the time, some the brackets of the number in another way.
    let starts = match place % 9 {
        4 => Value::from(at.replace('T', " ")),
        7 => Value::from(chinese_time(at)),
        _ => Value::Time(at.to_owned()),
    };
    let case_no = match place % 7 {
        3 => case.case_no.replace('(', "〔").replace(')', "〕"),
        _ => case.case_no.clone(),
    };
    vec![
        case_no.into(),
        case.organ.as_str().into(),
        random.pick(&words.courtrooms).as_str().into(),
        starts,
        kind.into(),
        state.into(),
        procedure.into(),
        instance.into(),
        openness.into(),
        asked(Fact::Under18).into(),
        sealable.into(),
        words.name(random).into(),
        random.pick(&words.device_rules).as_str().into(),
        random.pick(&words.sources).as_str().into(),
    ]
}

/// `2026年12月3日 9时30分`.
fn chinese_time(at: &str) -> String {
    let number =
        |range: std::ops::Range<usize>| at.get(range).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let minute = number(14..16);
    let minute = if minute == 0 { String::new() } else { format!("{minute}分") };
    format!("{}年{}月{}日 {}时{minute}", number(0..4), number(5..7), number(8..10), number(11..13))
}

/// The working days of a month.
fn weekdays(month: &str) -> Vec<String> {
    (1..=31)
        .map(|day| format!("{month}-{day:02}"))
        .filter(|day| {
            let date: Option<Date> = day.parse().ok();
            date.is_some_and(|date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday))
        })
        .collect()
}

/// Three rows as they really come: a day without a time, a time without a year, a case that the
/// centre does not have.
fn spoil(rows: &mut Vec<Vec<Value>>, words: &Words) {
    let mut no_time = rows[20].clone();
    no_time[3] = Value::Day(format!("{}-24", words.month));
    let mut no_year = rows[60].clone();
    no_year[3] = "12月25日上午9点".into();
    let mut stranger = rows[90].clone();
    stranger[0] = "(2026)云川援刑字第8888号".into();
    rows.insert(100, stranger);
    rows.insert(70, no_year);
    rows.insert(30, no_time);
}
