//! `tingfang phone …`: the phone in a terminal speaks through the same output as the other verbs.

use super::{Output, Trouble};
use crate::phone_cli::{self, PhoneArgs};

/// Runs a command of the phone.
pub(super) fn run(args: &PhoneArgs, output: &mut Output) -> Result<(), Trouble> {
    match phone_cli::run(args, output.language()) {
        Ok(answer) => {
            output.line(&answer.text);
            output.document(&answer.json);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
