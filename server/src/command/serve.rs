//! `tingfang serve`

use clap::Args;
use tingfang_core::sync::gate::quiet_panics;
use tracing_subscriber::EnvFilter;

use super::{Common, Output, Trouble};
use crate::app::App;
use crate::config::Config;
use crate::{jobs, node, serve};

/// What `serve` takes.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port; port 0 takes any that is free.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

impl Serve {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let mut config = common.config(&[("listen", self.listen)])?;
        output.speak(config.language);
        start_log(&config);
        // Everything that blocks, and closing blocks too, stands outside of the async runtime.
        let listener =
            std::net::TcpListener::bind(config.listen).map_err(Trouble::io("listen", config.listen))?;
        let address = listener.local_addr().map_err(Trouble::io("listen", config.listen))?;
        listener.set_nonblocking(true).map_err(Trouble::io("listen", config.listen))?;
        // Without a public address of its own, phones come to the one that was really taken.
        if config.public_url == format!("http://{}", config.listen) {
            config.public_url = format!("http://{address}");
        }
        tracing::info!(config = ?config, "serving at {address}");
        let app = App::open(config)?;
        for gap in app.db.tenant_wall_gaps()? {
            tracing::warn!("{}", gap.advice());
        }
        quiet_panics();
        let left = node::sweep_at_start(&app)?;
        tracing::info!(left, "judged {left} frames that were kept when the server stopped");
        let known = app.sync.judge_held_beginnings("newer_schema")?;
        tracing::info!(known, "began {known} records whose schema this version knows");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(Trouble::io("start", ""))?;
        let (output, serving) = (*output, app.clone());
        let served = runtime.block_on(async move {
            let mut stops = serve::Stops::listen().map_err(Trouble::io("start", ""))?;
            let listener =
                tokio::net::TcpListener::from_std(listener).map_err(Trouble::io("listen", address))?;
            tokio::spawn(node::keep_sweeping(serving.clone()));
            tokio::spawn(jobs::keep_working(serving.clone(), node::PERIOD));
            let url = format!("http://{address}");
            output.say("serving", &[("url", &url)]);
            output.document(&serde_json::json!({ "url": url }));
            serve::serve(serving, listener, &mut stops).await;
            output.say("stopped", &[]);
            Ok::<_, Trouble>(())
        });
        // Work of requests that were cut off is not waited for: what it had not written, it never
        // answered for.
        runtime.shutdown_background();
        drop(app);
        served
    }
}

fn start_log(config: &Config) {
    // The configuration was read, so the filter is sound.
    let filter = EnvFilter::new(&config.log);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that was started before, by a test for one, stays.
    let _ = if config.log_json { log.json().try_init() } else { log.try_init() };
}
