//! A line between a phone and a server that counts what goes over it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How every request of a phone begins.
const REQUEST: &[u8] = b"POST /api/";

/// The line.
pub struct CountingLine {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
    requests: Arc<AtomicU64>,
}

impl CountingLine {
    /// A line to a server.
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (server, bytes, requests) =
            (server.to_owned(), Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let counts = (Arc::clone(&bytes), Arc::clone(&requests));
        thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                let Ok(upstream) = TcpStream::connect(&server) else { continue };
                let (bytes, requests) = counts.clone();
                let both = (phone.try_clone(), upstream.try_clone());
                let (Ok(phone_again), Ok(upstream_again)) = both else { continue };
                let upwards = (Arc::clone(&bytes), Some(requests));
                thread::spawn(move || carry(phone, upstream, &upwards.0, upwards.1.as_deref()));
                thread::spawn(move || carry(upstream_again, phone_again, &bytes, None));
            }
        });
        Self { address, bytes, requests }
    }

    /// Where a phone finds it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes both ways and requests, since it was last asked.
    pub fn taken(&self) -> (u64, u64) {
        (self.bytes.swap(0, Ordering::SeqCst), self.requests.swap(0, Ordering::SeqCst))
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicU64, requests: Option<&AtomicU64>) {
    let mut buffer = vec![0; 64 * 1_024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        bytes.fetch_add(length as u64, Ordering::SeqCst);
        if let Some(requests) = requests {
            let begun = buffer[..length].windows(REQUEST.len()).filter(|window| *window == REQUEST).count();
            requests.fetch_add(begun as u64, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
