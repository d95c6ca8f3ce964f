//! Real processes: the server and phones in terminals, to be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tingfang_server::db::scratch;

/// The built program `tingfang`.
///
/// # Panics
/// When it was not built: a story about processes cannot be told without it.
pub fn program() -> PathBuf {
    let given = std::env::var_os("TINGFANG_TEST_PROGRAM").map(PathBuf::from);
    let beside = || {
        let test = std::env::current_exe().expect("a test knows its own path");
        test.parent().and_then(Path::parent).map(|folder| folder.join("tingfang"))
    };
    let path = given.or_else(beside).expect("a build folder");
    assert!(path.exists(), "{} is missing; run `cargo build -p tingfang-server` first", path.display());
    path
}

/// The program with these arguments, over the place that belongs to its data folder.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments);
    let folder = arguments.iter().skip_while(|argument| **argument != "--data").nth(1);
    if let Some(url) = folder.and_then(|folder| scratch::url_of(Path::new(folder))) {
        command.env("TINGFANG_DATABASE", url);
    }
    command
}

/// Runs a verb and gives its JSON.
///
/// # Panics
/// When it fails.
pub fn json(arguments: &[&str]) -> Value {
    json_with(arguments, &[])
}

/// The same with variables in its environment.
fn json_with(arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let output = command(arguments).envs(variables.iter().copied()).arg("--json").output().expect("starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "tingfang {}: {text}{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

/// What a program said before it ended.
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// What it printed, and then what it complained of.
    pub text: String,
}

/// Runs the program with variables in its environment, and lets it fail.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let output = command(arguments).envs(variables.iter().copied()).output().expect("starts");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Said { code: output.status.code().unwrap_or(-1), text }
}

/// A server process.
pub struct Server {
    child: Child,
    data: PathBuf,
    address: String,
}

impl Server {
    /// Starts a server over a data folder, at any free port.
    pub fn start(data: &Path) -> Self {
        let (child, address) = launch(data, "127.0.0.1:0");
        Self { child, data: data.to_owned(), address }
    }

    /// The same with variables in its environment.
    pub fn start_with(data: &Path, variables: &[(&str, &str)]) -> Self {
        let (child, address) = launch_with(data, "127.0.0.1:0", variables);
        Self { child, data: data.to_owned(), address }
    }

    /// Address and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Stops it in the middle of whatever it does, until it is told to go on.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        // The shell's own `kill`: a small system has no program of that name.
        let done = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status()
            .expect("a shell");
        assert!(done.success(), "the signal was sent");
    }

    /// Waits for its end: how long that took, and whether it ended well. Nothing when it still runs
    /// after `longest`.
    pub fn ended_within(&mut self, longest: Duration) -> Option<(Duration, bool)> {
        let begun = Instant::now();
        while begun.elapsed() < longest {
            if let Some(status) = self.child.try_wait().expect("its state is known") {
                return Some((begun.elapsed(), status.success()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Where it is, for instance `http://127.0.0.1:40000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds somebody with a role and signs them in; gives the token of their session.
    pub fn sign_in(&self, role: &str) -> String {
        let data = self.data.display().to_string();
        let who = ["user", "add", "--name", role, "--login", role, "--role", role];
        let added = json(&[&["--data", &data], &who[..]].concat());
        let session: Value = ureq::post(&format!("{}/api/v1/session", self.url()))
            .send_json(serde_json::json!({ "login": role, "password": added["password"] }))
            .and_then(|mut answer| answer.body_mut().read_json())
            .expect("signed in");
        session["token"].as_str().expect("a token").to_owned()
    }

    /// Kills it without warning.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Starts it again over the same data, at the same address.
    pub fn restart(&mut self) {
        let (child, address) = launch(&self.data, &self.address);
        self.child = child;
        assert_eq!(address, self.address);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(data: &Path, listen: &str) -> (Child, String) {
    launch_with(data, listen, &[])
}

fn launch_with(data: &Path, listen: &str, variables: &[(&str, &str)]) -> (Child, String) {
    let mut child = command(&["--data", &data.display().to_string(), "--json", "serve", "--listen", listen])
        .env("TINGFANG_LOG", "error")
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("says where it is");
    let said: Value = serde_json::from_str(&line).unwrap_or_default();
    let url = said.get("url").and_then(Value::as_str).unwrap_or_default();
    let address =
        url.strip_prefix("http://").unwrap_or_else(|| panic!("the server said {line:?}")).to_owned();
    (child, address)
}

/// A phone in a terminal.
pub struct Terminal {
    folder: PathBuf,
}

impl Terminal {
    /// Enrols a phone for a person.
    pub fn enrol(folder: &Path, data: &Path, server: &Server, login: &str) -> Self {
        Self::enrol_at(folder, data, &server.url(), login)
    }

    /// The same at another address, such as a load balancer's.
    pub fn enrol_at(folder: &Path, data: &Path, url: &str, login: &str) -> Self {
        Self::enrol_with(folder, data, url, login, &[])
    }

    /// The same with variables in the environment of who issues the code.
    pub fn enrol_with(
        folder: &Path,
        data: &Path,
        url: &str,
        login: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let data = data.display().to_string();
        let issued = json_with(&["--data", &data, "device", "enrol", "--person", login], variables);
        let code = issued.get("code").and_then(Value::as_str).expect("a code").to_owned();
        let terminal = Self { folder: folder.to_owned() };
        terminal.run(&["enrol", "--server", url, "--code", &code]);
        terminal
    }

    /// The phone of a folder, enrolled or not.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Runs a command to its end and gives its JSON.
    pub fn run(&self, arguments: &[&str]) -> Value {
        let folder = self.folder.display().to_string();
        let mut all = vec!["phone", "--dir", &folder];
        all.extend(arguments);
        json(&all)
    }

    /// Runs a command and lets it fail.
    pub fn try_run(&self, arguments: &[&str]) -> Said {
        let folder = self.folder.display().to_string();
        let mut all = vec!["phone", "--dir", &folder];
        all.extend(arguments);
        run(&all, &[])
    }

    /// Starts a command that will be killed.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        Command::new(program())
            .args(["phone", "--dir", &self.folder.display().to_string()])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts")
    }

    /// The phone's store.
    pub fn store(&self) -> PathBuf {
        self.folder.join("phone.db")
    }
}
