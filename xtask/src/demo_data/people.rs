//! The people of the demo's centre: staff, outside observers, assessors, undertakers.

use super::cases::Undertaker;
use super::sheet::{Sheet, Value};
use super::words::Words;
use super::{Names, Random};

/// The sheet of people. The row before the last one is bad on purpose: nobody could sign in.
pub(super) fn sheet(
    words: &Words,
    undertakers: &[Undertaker],
    random: &mut Random,
    names: &mut Names,
) -> Sheet {
    let mut rows = Vec::new();
    let mut phones = 0_u32;
    let mut phone = || {
        phones += 1;
        // A number cell, as Excel makes of every telephone number.
        Value::Number(19_900_000_000.0 + f64::from(phones))
    };
    let year = words.year();
    for staff in &words.staff {
        for place in 0..staff.count {
            let login =
                if staff.count == 1 { staff.login.clone() } else { format!("{}{}", staff.login, place + 1) };
            let kind = staff.observer_kinds.get(place).or(staff.observer_kind.as_ref());
            // The last supervisor's training has run out before the month: the observer gate refuses.
            let observes = matches!(staff.role.as_str(), "监督员" | "外部旁听人");
            let trained = match (observes, login.as_str()) {
                (false, _) => Value::from(""),
                (true, "supervisor6") => Value::Day(format!("{year}-11-30")),
                (true, _) => Value::Day(format!("{}-12-31", year + 1)),
            };
            // Two assessors belong to local firms: they may not assess their colleagues.
            let provider = match login.as_str() {
                "assessor1" => words.providers[0].name.as_str(),
                "assessor2" => words.providers[1].name.as_str(),
                _ => "",
            };
            rows.push(vec![
                words.fresh_name(random, names).into(),
                login.into(),
                phone(),
                staff.role.as_str().into(),
                words.centre.as_str().into(),
                kind.map_or("", String::as_str).into(),
                trained,
                provider.into(),
                "".into(),
            ]);
        }
    }
    rows.push(vec![
        words.fresh_name(random, names).into(),
        "".into(),
        "".into(),
        "监督员".into(),
        words.centre.as_str().into(),
    ]);
    for (place, undertaker) in undertakers.iter().enumerate() {
        rows.push(vec![
            undertaker.name.as_str().into(),
            format!("undertaker{}", place + 1).into(),
            phone(),
            "承办人".into(),
            words.centre.as_str().into(),
            "".into(),
            "".into(),
            undertaker.provider.as_str().into(),
            undertaker.licence_no.as_str().into(),
        ]);
    }
    Sheet {
        name: "人员",
        title: words.mark.clone(),
        columns: vec![
            ("姓名", 12.0),
            ("登录名", 14.0),
            ("手机号", 14.0),
            ("角色", 16.0),
            ("所属机构", 24.0),
            ("旁听人类别", 18.0),
            ("培训有效期至", 14.0),
            ("承办单位", 28.0),
            ("执业证号", 22.0),
        ],
        rows,
    }
}
