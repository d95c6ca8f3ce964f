//! A real server process.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::tingfang::Tingfang;
use crate::run::Run;

/// How long a server may take to be ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// A running `tingfang serve`. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct ServerProcess {
    tingfang: Tingfang,
    child: Child,
    url: String,
    log: PathBuf,
}

impl ServerProcess {
    /// Starts the server on a free port of this machine and waits until it is ready.
    pub(super) fn start(tingfang: &Tingfang, log: &Path) -> Result<Self> {
        let free = TcpListener::bind("127.0.0.1:0").context("there is no free port")?;
        let address = free.local_addr().context("there is no free port")?.to_string();
        drop(free);
        let tingfang = tingfang.clone().with("TINGFANG_LISTEN", &address);
        let child = spawn(&tingfang, log)?;
        let url = format!("http://{address}");
        let mut server = Self { tingfang, child, url, log: log.to_owned() };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Starts it again at the same address, after it was stopped or killed.
    pub(super) fn start_again(&mut self) -> Result<()> {
        self.child = spawn(&self.tingfang, &self.log)?;
        self.wait_until_ready()
    }

    /// Starts it again at the same address with its data in another folder.
    pub(super) fn start_again_over(&mut self, folder: &Path) -> Result<()> {
        self.tingfang = self.tingfang.clone().with_data(folder);
        self.start_again()
    }

    /// Where it answers, for instance `http://127.0.0.1:40001`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Asks it to stop and waits until it has.
    pub(super) fn stop(&mut self) -> Result<()> {
        // The shell's own `kill`: a small Debian has no program of that name.
        Run::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).captured()?;
        let status = self.wait()?;
        if !status.success() {
            bail!("the server did not stop well ({status})\n{}", self.last_words());
        }
        Ok(())
    }

    /// Waits until it ends by itself; Ctrl-C ends it together with us.
    pub(super) fn wait_for_the_end(&mut self) -> Result<()> {
        let status = self.child.wait().context("cannot wait for the server")?;
        if !status.success() {
            bail!("the server ended ({status})\n{}", self.last_words());
        }
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).build();
        let agent = ureq::Agent::from(agent);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().context("cannot look after the server")? {
                bail!("the server ended before it was ready ({status})\n{}", self.last_words());
            }
            if agent.get(format!("{}/health/ready", self.url)).call().is_ok() {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        bail!("the server was not ready within {} s\n{}", PATIENCE.as_secs(), self.last_words())
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().context("cannot look after the server")? {
                return Ok(status);
            }
            std::thread::sleep(PAUSE);
        }
        bail!("the server did not stop within {} s", PATIENCE.as_secs())
    }

    /// The end of its log.
    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

fn spawn(tingfang: &Tingfang, log: &Path) -> Result<Child> {
    let file = File::options().create(true).append(true).open(log);
    let file = file.with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = tingfang.command(&["serve"]);
    command.stdout(file.try_clone().context("cannot share the log")?).stderr(file);
    command.spawn().context("cannot start the server")
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Nobody is left to tell; a server that has ended already cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_is_told_with_its_last_words() {
        let log = std::env::temp_dir().join(format!("tingfang-demo-server-{}.log", std::process::id()));
        // `cat serve` complains that there is no such file, and ends.
        let started = ServerProcess::start(&Tingfang::in_place_of("cat"), &log);
        let error = started.expect_err("it is no server").to_string();
        assert!(error.contains("ended before it was ready") && error.contains("serve"), "{error}");
        std::fs::remove_file(&log).expect("removable");
    }
}
