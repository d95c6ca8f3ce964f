//! A PostgreSQL server of our own: Debian's programs, a private port and a temporary folder, removed
//! afterwards. It can be killed and started again over the same data.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Where Debian puts the programs, by version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// How long a server may take to start, or to come back after it was killed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server with the database `tingfang`.
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    traits: Traits,
    child: Child,
}

/// What is special about a server.
#[derive(Clone, Copy, Default)]
struct Traits {
    /// It waits for the disk at every commit.
    durable: bool,
    ssl: bool,
    /// No file may grow beyond so many KiB, as on a disk that is full.
    most_kib: Option<u32>,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum NoPostgres {
    /// The programs are missing.
    #[error("PostgreSQL is not installed; apt-get install postgresql")]
    Missing,
    /// A step failed.
    #[error("{step}: {said}")]
    Failed {
        /// What was being done.
        step: &'static str,
        /// What was said.
        said: String,
    },
}

impl PostgresServer {
    /// Makes a cluster and starts it. It does not wait for the disk: what survives then is the death of
    /// processes, not the machine's.
    ///
    /// # Errors
    /// When the programs are missing or a step fails.
    pub fn start() -> Result<Self, NoPostgres> {
        Self::start_with(Traits::default())
    }

    /// The same, waiting for the disk at every commit, for measuring.
    ///
    /// # Errors
    /// When the programs are missing or a step fails.
    pub fn start_durable() -> Result<Self, NoPostgres> {
        Self::start_with(Traits { durable: true, ..Traits::default() })
    }

    /// The same on a disk that is soon full: no file grows beyond so many KiB, and whatever wants to is
    /// told that there is no room.
    ///
    /// # Errors
    /// When the programs are missing or a step fails.
    pub fn start_with_little_room(most_kib: u32) -> Result<Self, NoPostgres> {
        Self::start_with(Traits { most_kib: Some(most_kib), ..Traits::default() })
    }

    /// Somebody makes room: the server is started again without that limit.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn make_room(&mut self) {
        self.end("INT");
        self.traits.most_kib = None;
        self.restart();
    }

    /// The same, with a certificate for its address that [`Self::authority`] has signed.
    ///
    /// # Errors
    /// When the programs are missing or a step fails.
    pub fn start_with_certificate() -> Result<Self, NoPostgres> {
        let mut server = Self::start()?;
        certify(server.folder.path())?;
        server.end("QUIT");
        server.traits.ssl = true;
        server.restart();
        Ok(server)
    }

    /// The certificate of who signed the server's.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    fn start_with(traits: Traits) -> Result<Self, NoPostgres> {
        let programs = programs().ok_or(NoPostgres::Missing)?;
        let folder = TempDir::with_prefix("tingfang-postgres-").map_err(|error| failed("a folder", error))?;
        if is_root() {
            said("giving the folder away", Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        let mut initdb = as_server(&programs.join("initdb"));
        initdb.args(["--username=tingfang", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        if traits.most_kib.is_some() {
            // The pieces of its own log are small, so that they have room where nothing large has.
            initdb.arg("--wal-segsize=1");
        }
        said("making a cluster", initdb.arg("--no-sync").arg("-D").arg(&data))?;
        let port = free_port().map_err(|error| failed("a port", error))?;
        let child =
            launch(&programs, folder.path(), port, traits).map_err(|error| failed("starting", error))?;
        let mut server = Self { folder, programs, port, traits, child };
        server.wait()?;
        let mut psql = Command::new(server.programs.join("psql"));
        psql.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "tingfang", "-d", "postgres"]);
        said("making a database", psql.args(["-c", "create database tingfang"]))?;
        Ok(server)
    }

    /// The URL of its database.
    pub fn url(&self) -> String {
        format!("postgres://tingfang@127.0.0.1:{}/tingfang", self.port)
    }

    /// What it has written into its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Kills it without warning, with everything that it was doing.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        self.end("KILL");
    }

    /// Starts it again over the same data, which it repairs by its own log.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn restart(&mut self) {
        self.child = launch(&self.programs, self.folder.path(), self.port, self.traits).expect("starts");
        self.wait().expect("comes back");
    }

    fn wait(&mut self) -> Result<(), NoPostgres> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let mut ready = Command::new(self.programs.join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if ready.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(NoPostgres::Failed { step: "starting", said: self.log() })
    }

    /// Ends every process of the server: the first one, by the number that it left in its folder, and
    /// with it the others, which notice at once.
    fn end(&mut self, signal: &str) {
        let mark = self.folder.path().join("data/postmaster.pid");
        if let Some(pid) =
            std::fs::read_to_string(&mark).ok().and_then(|text| text.lines().next().map(str::to_owned))
        {
            let _ = Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]).status();
        }
        let _ = self.child.wait();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.end("QUIT");
    }
}

fn launch(programs: &Path, folder: &Path, port: u16, traits: Traits) -> std::io::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    // The shell counts in blocks of half a KiB.
    let limit = traits.most_kib.map_or_else(|| "unlimited".to_owned(), |kib| (kib * 2).to_string());
    as_server(Path::new("sh"))
        .args(["-c", &format!("ulimit -f {limit}; exec \"$0\" \"$@\"")])
        .arg(programs.join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=400"])
        .arg("-c")
        .arg(format!("unix_socket_directories={}", folder.display()))
        .args(["-c", if traits.durable { "fsync=on" } else { "fsync=off" }])
        .args(["-c", if traits.ssl { "ssl=on" } else { "ssl=off" }])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
}

/// Makes an authority, and a certificate of its for 127.0.0.1 where the server looks for one.
fn certify(folder: &Path) -> Result<(), NoPostgres> {
    let script = "umask 077
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.crt -subj /CN=authority \\
            -addext basicConstraints=critical,CA:TRUE
        openssl req -newkey rsa:2048 -nodes -keyout data/server.key -out server.csr -subj /CN=server
        printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' > ext
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext \\
            -out data/server.crt
        chmod 644 ca.crt
        if [ \"$(id -u)\" = 0 ]; then chown postgres data/server.key data/server.crt; fi";
    said("certifying", Command::new("sh").args(["-e", "-c", script]).current_dir(folder))
}

/// The server refuses to run as root; Debian's package makes a user for it.
fn as_server(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout == b"0\n")
}

/// The folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).ok()?.filter_map(Result::ok);
    let found = versions.filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let programs = version.path().join("bin");
        programs.join("postgres").exists().then_some((number, programs))
    });
    found.max().map(|(_, programs)| programs)
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn said(step: &'static str, command: &mut Command) -> Result<(), NoPostgres> {
    let output = command.output().map_err(|error| failed(step, error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(NoPostgres::Failed { step, said: String::from_utf8_lossy(&output.stderr).into_owned() })
}

fn failed(step: &'static str, error: std::io::Error) -> NoPostgres {
    NoPostgres::Failed { step, said: error.to_string() }
}
