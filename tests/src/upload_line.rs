//! The line on which files of a fleet's phone go: the real routes over a real folder, without a network.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use tingfang_core::id::DeviceId;
use tingfang_core::phone::{HttpAnswer, HttpCall, UploadProgress, UploadRound};
use tingfang_server::app::App;
use tingfang_server::config::Config;
use tingfang_server::identity::token;
use tingfang_server::router;
use tingfang_server::store::device;
use tower::ServiceExt;

use crate::fleet::{Fleet, FleetPhone};

/// A line from one phone to its server.
pub struct UploadLine {
    router: Router,
    runtime: tokio::runtime::Runtime,
    token: String,
}

impl UploadLine {
    /// The line of a device, which has a token from now on.
    ///
    /// # Panics
    /// When the server's data cannot be written.
    pub fn of(fleet: &Fleet, device: DeviceId) -> Self {
        let token = token::mint(&fleet.minter, token::DEVICE);
        let (hash, now) = (token::hash(&token), fleet.minter.clock().now());
        fleet.db.write(move |tx| device::add_token(tx, device, &hash, now)).expect("a token");
        let app = App::with(Config::for_folder(fleet.folder()), fleet.db.clone(), fleet.minter.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { router: router::build(app.expect("an application")), runtime, token }
    }

    /// What the server answers.
    ///
    /// # Panics
    /// When the call is no request of HTTP.
    pub fn answer(&self, call: &HttpCall) -> HttpAnswer {
        let bearer = format!("Bearer {}", self.token);
        let mut request =
            Request::builder().method(call.method).uri(&call.path).header(header::AUTHORIZATION, bearer);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(call.body.clone())).expect("a request");
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.expect("the router always answers");
            let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let headers =
                answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            let status = answer.status().as_u16();
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body").to_vec();
            HttpAnswer { status, headers, body }
        })
    }

    /// Goes over all files of a phone once; gives what came of each step.
    ///
    /// # Panics
    /// When the phone's store fails, or an answer is not the server's.
    pub fn round(&self, phone: &mut FleetPhone) -> Vec<UploadProgress> {
        let (mut round, mut came) = (UploadRound::default(), Vec::new());
        while let Some(call) = round.next(&mut phone.phone).expect("readable") {
            let answer = self.answer(&call.call);
            came.push(round.take(&mut phone.phone, &call, &answer).expect("the server's answer"));
        }
        came
    }
}
