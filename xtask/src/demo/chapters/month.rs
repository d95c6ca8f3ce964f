//! A month of a county centre: six supervisors, three outside observers of whom one writes on paper, eight
//! assessors, twenty-four undertakers, and every channel. Day by day, with the clock of the story; what
//! people do, they do on their phones.

mod asking;
mod attending;
mod cast;
mod evaluating;
mod following;
mod reporting;
mod tally;
mod visiting;

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::civil::{Date, DateTime, Weekday};
use serde_json::Value;

use self::attending::Seat;
use self::cast::Cast;
use self::tally::{Deed, Tally};
use super::super::Stage;
use super::super::console::Console;
use super::super::expect::text;
use super::super::handset::Handset;
use super::super::plot::{PASSWORD, Plot};

/// Something that is done at its time; it may put more on the agenda.
type Act = Box<dyn FnOnce(&mut Month<'_, '_>) -> Result<()>>;

/// The month, as far as it has come.
struct Month<'m, 's> {
    stage: &'m mut Stage<'s>,
    plot: &'m mut Plot,
    cast: Cast,
    /// The hearings that are attended.
    seats: Vec<Seat>,
    agenda: BTreeMap<(DateTime, usize), Act>,
    /// How many acts were put on the agenda so far.
    acts: usize,
    /// The day that it is.
    today: Date,
    tally: Tally,
}

/// Tells the month.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage.narrator.step(
        "一个县中心的一个月：按日推进，六个渠道同时进行",
        "A month of a county centre, day by day, on all six channels",
    );
    let mut month = Month::begin(stage, plot)?;
    attending::plan(&mut month)?;
    reporting::plan(&mut month)?;
    visiting::plan(&mut month)?;
    asking::plan(&mut month)?;
    following::plan(&mut month)?;
    month.walk()?;
    evaluating::tell(&mut month)?;
    month.check()
}

impl<'m, 's> Month<'m, 's> {
    /// The morning of the first day of the month that the hearings lie in.
    fn begin(stage: &'m mut Stage<'s>, plot: &'m mut Plot) -> Result<Self> {
        let cast = Cast::of(plot)?;
        let first = text(&plot.hearings[0], "/starts_at")?;
        let today = in_china(first)?.date().first_of_month();
        let mut month = Self {
            stage,
            plot,
            cast,
            seats: Vec::new(),
            agenda: BTreeMap::new(),
            acts: 0,
            today,
            tally: Tally::default(),
        };
        month.stage.calendar.go_on_to(today.at(8, 0, 0, 0))?;
        month.sign_in()?;
        Ok(month)
    }

    /// A day of the month at a time of the clock.
    fn at(&self, day: i8, (hour, minute): (i8, i8)) -> DateTime {
        let date = self.today.first_of_month();
        date.with().day(day).build().unwrap_or(date).at(hour, minute, 0, 0)
    }

    /// Puts something on the agenda. What would fall on a weekend waits for the Monday after it.
    fn plan(&mut self, at: DateTime, act: impl FnOnce(&mut Month<'_, '_>) -> Result<()> + 'static) {
        self.acts += 1;
        self.agenda.insert((working_day(at), self.acts), Box::new(act));
    }

    /// Does everything in its order.
    fn walk(&mut self) -> Result<()> {
        while let Some(((at, _), act)) = self.agenda.pop_first() {
            if at.date() != self.today {
                self.end_of_day();
                self.today = at.date();
                self.stage.calendar.go_on_to(at)?;
                self.sign_in()?;
            }
            self.stage.calendar.go_on_to(at)?;
            act(self)?;
        }
        self.end_of_day();
        Ok(())
    }

    /// A session lasts for a working day.
    fn sign_in(&mut self) -> Result<()> {
        self.plot.manager = Console::sign_in(self.stage.server.url(), "manager1", PASSWORD)?;
        Ok(())
    }

    fn end_of_day(&mut self) {
        if let Some(line) = self.tally.end_of_day() {
            self.stage.narrator.show(&format!("{}  {line}", self.today.strftime("%m-%d")));
        }
    }

    fn did(&mut self, deed: Deed) {
        self.tally.count(deed);
    }

    /// Somebody's phone, with their tasks.
    fn phone(&mut self, login: &str) -> Result<Handset> {
        if let Some(phone) = self.cast.phones.get(login) {
            return Ok(phone.clone());
        }
        let phone = Handset::of(self.stage, &self.plot.manager, login)?;
        self.cast.phones.insert(login.to_owned(), phone.clone());
        Ok(phone)
    }

    /// Assigns work, and hands back its id.
    fn assign(&self, wish: &Value) -> Result<String> {
        Ok(text(&self.plot.manager.post("/assignments", wish)?, "/id")?.to_owned())
    }

    /// That every channel was in use, and as often as it was planned.
    fn check(&self) -> Result<()> {
        self.tally.check()?;
        self.stage.narrator.say("这一个月：", "The month:");
        self.stage.narrator.show(&self.tally.table());
        Ok(())
    }
}

/// The wall clock in China at a moment that the server names.
fn in_china(moment: &str) -> Result<DateTime> {
    let timestamp: jiff::Timestamp = moment.parse()?;
    Ok(jiff::tz::offset(8).to_datetime(timestamp))
}

/// How a phone is told a time: with the offset of China.
fn moment(at: DateTime) -> String {
    format!("{}+08:00", at.strftime("%Y-%m-%dT%H:%M"))
}

/// The same time of the next working day, or of this one.
fn working_day(at: DateTime) -> DateTime {
    let days = match at.weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    later(at, days, 0)
}

/// So many days and hours later.
fn later(at: DateTime, days: i64, hours: i64) -> DateTime {
    at.saturating_add(jiff::Span::new().days(days).hours(hours))
}
