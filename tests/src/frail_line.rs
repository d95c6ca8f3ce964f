//! A line that carries so many bytes to the server and then dies, again and again: for the server it
//! falls silent, for the phone it ends.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How a line dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// Both sides hear of it.
    Heard,
    /// The server hears nothing: a phone in a lift.
    Silent,
}

/// A running line; it ends with its process.
pub struct FrailLine {
    address: SocketAddr,
    sent: Arc<AtomicU64>,
    deaths: Arc<AtomicU64>,
}

impl FrailLine {
    /// A line to a server on which a connection carries so many bytes at the most.
    ///
    /// # Panics
    /// When no port is to be had.
    pub fn to(server: &str, most_bytes: u64, death: Death) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server: SocketAddr = server.parse().expect("an address");
        let (sent, deaths) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counted = (Arc::clone(&sent), Arc::clone(&deaths));
        std::thread::spawn(move || {
            // What nobody hears of stays open on the server's side.
            let silent = Arc::new(Mutex::new(Vec::new()));
            for client in listener.incoming().flatten() {
                let Ok(node) = TcpStream::connect(server) else { continue };
                let (counted, silent) = (counted.clone(), Arc::clone(&silent));
                std::thread::spawn(move || {
                    if carry(&client, &node, most_bytes, &counted) && death == Death::Silent {
                        silent.lock().expect("no panic while held").push(node);
                    } else {
                        let _ = node.shutdown(Shutdown::Both);
                    }
                    let _ = client.shutdown(Shutdown::Both);
                });
            }
        });
        Self { address, sent, deaths }
    }

    /// Its address, for instance `http://127.0.0.1:40000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many bytes it has carried to the server.
    pub fn sent_bytes(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// How often it has died.
    pub fn deaths(&self) -> u64 {
        self.deaths.load(Ordering::SeqCst)
    }
}

/// Carries bytes until an end; true when the line died.
fn carry(
    client: &TcpStream,
    node: &TcpStream,
    most: u64,
    counted: &(Arc<AtomicU64>, Arc<AtomicU64>),
) -> bool {
    let (Ok(mut from), Ok(mut to)) = (client.try_clone(), node.try_clone()) else { return false };
    let (Ok(mut answers), Ok(mut hears)) = (node.try_clone(), client.try_clone()) else { return false };
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut hears);
        let _ = hears.shutdown(Shutdown::Write);
    });
    let (mut left, mut buffer) = (most, [0; 16 * 1024]);
    loop {
        let wanted = usize::try_from(left.min(buffer.len() as u64)).unwrap_or(buffer.len());
        if wanted == 0 {
            counted.1.fetch_add(1, Ordering::SeqCst);
            return true;
        }
        let Ok(read @ 1..) = from.read(&mut buffer[..wanted]) else { return false };
        if to.write_all(&buffer[..read]).is_err() {
            return false;
        }
        counted.0.fetch_add(read as u64, Ordering::SeqCst);
        left -= read as u64;
    }
}
