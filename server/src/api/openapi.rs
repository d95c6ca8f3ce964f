//! The description of the API, made from the code.

use axum::{Json, Router, routing};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::app::App;
use crate::problem::{ProblemBody, ProblemField};

/// The parts of the description that belong to no single operation.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tingfang",
        description = "Field supervision of legal aid quality: the API of the console and of other programs.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(ProblemBody, ProblemField)),
    modifiers(&Schemes)
)]
pub struct Description;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        for (name, what) in [("session", "A session token, tf_s_…"), ("device", "A device token, tf_d_…")]
        {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(what.to_owned());
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// Gives every operation an id of its own: the noun, and what is done (`cases_list`).
pub fn with_ids(mut description: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch]
            .into_iter()
            .flatten();
        for operation in operations {
            let noun = operation.tags.as_ref().and_then(|tags| tags.first()).cloned().unwrap_or_default();
            let verb = operation.operation_id.take().unwrap_or_default();
            operation.operation_id = Some(format!("{noun}_{verb}"));
        }
    }
    description
}

/// The route that shows the description.
pub fn route(description: utoipa::openapi::OpenApi) -> Router<App> {
    Router::new().route("/api/v1/openapi.json", routing::get(async move || Json(description)))
}
