//! The console API, `/api/v1`: one file for each noun, each with its routes and views.
//!
//! A handler's extractors say what it needs; its body is: authorise, call, shape. Roles are checked
//! where everybody can see it, in the handler.

pub mod alerts;
pub mod assignments;
pub mod attachments;
pub mod audit_log;
pub mod bulletins;
pub mod carry_over;
pub mod cases;
pub mod complaints;
pub mod cross_check;
pub mod devices;
pub mod erasures;
pub mod extract;
pub mod grades;
pub mod health;
pub mod hearings;
pub mod imports;
pub mod ledger;
pub mod openapi;
pub mod organisations;
pub mod page;
pub mod people;
pub mod providers;
pub mod recipients;
pub mod records;
pub mod refused;
pub mod reports;
pub mod returns;
pub mod rounds;
pub mod schema;
pub mod scoresheets;
pub mod server;
pub mod session;
pub mod sync;
pub mod tasks;
pub mod undertakers;
pub mod unlinked;
pub mod uploads;
pub mod verifications;
pub mod vetoes;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Every route of the console API.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(session::router())
        .merge(organisations::router())
        .merge(people::router())
        .merge(providers::router())
        .merge(undertakers::router())
        .merge(cases::router())
        .merge(hearings::router())
        .merge(assignments::router())
        .merge(tasks::router())
        .merge(devices::router())
        .merge(imports::router())
        .merge(server::router())
        .merge(sync::router())
        .merge(uploads::router())
        .merge(attachments::router())
        .merge(audit_log::router())
        .merge(records::router())
        .merge(refused::router())
        .merge(carry_over::router())
        .merge(erasures::router())
        .merge(unlinked::router())
        .merge(rounds::router())
        .merge(bulletins::router())
        .merge(scoresheets::router())
        .merge(grades::router())
        .merge(vetoes::router())
        .merge(ledger::router())
        .merge(recipients::router())
        .merge(returns::router())
        .merge(reports::router())
        .merge(complaints::router())
        .merge(alerts::router())
        .merge(cross_check::router())
        .merge(verifications::router())
}

#[cfg(test)]
mod tests;
