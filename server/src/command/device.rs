//! `tingfang device`

use clap::{Args, Subcommand};

use super::rescue::Rescue;
use super::{Common, Output, Trouble, user};
use crate::api::devices::EnrolmentView;
use crate::identity::enrolment;
use crate::qr;

/// What can be done to phones.
#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// Issue a one-time code for a person's phone.
    Enrol(Enrol),
    /// Take in what a phone has exported because it cannot reach the server; all of it is held.
    Rescue(Rescue),
}

/// What `device enrol` takes.
#[derive(Debug, Args)]
pub(super) struct Enrol {
    /// The person's sign-in name.
    #[arg(long, value_name = "LOGIN")]
    person: String,
}

impl Device {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let app = common.app(output)?;
        let Enrol { person } = match self {
            Self::Enrol(enrol) => enrol,
            Self::Rescue(rescue) => return rescue.run(&app, *output),
        };
        let person = user::by_login(&app, &person)?;
        let issued = enrolment::issue(&app, person.id, None)?;
        let view = EnrolmentView::new(&app, &issued);
        let until = issued.expires_at.minute_in_china();
        output.say("enrolment_code", &[("code", &view.code)]);
        output.say("enrolment_expires", &[("until", &until)]);
        output.say("enrolment_server", &[("server", &view.server)]);
        output.say("enrolment_fingerprint", &[("fingerprint", &view.key_fingerprint)]);
        output.say("enrolment_text", &[("text", &view.text)]);
        if let Some(code) = qr::to_be_scanned(&view.text) {
            output.line(&code);
        }
        output.document(&view);
        Ok(())
    }
}
