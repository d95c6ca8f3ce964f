//! One address in front of several nodes, as a load balancer gives it: each connection goes to the
//! next node that takes it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a node may take to accept a connection.
const ACCEPT: Duration = Duration::from_millis(500);

/// A running balancer; it ends with its process.
pub struct Balancer {
    address: SocketAddr,
    nodes: Arc<Mutex<Vec<SocketAddr>>>,
    ended: Arc<AtomicBool>,
}

impl Balancer {
    /// A balancer in front of these nodes.
    ///
    /// # Panics
    /// When no port is to be had.
    pub fn before(nodes: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let nodes: Vec<SocketAddr> = nodes.iter().map(|node| node.parse().expect("an address")).collect();
        let nodes = Arc::new(Mutex::new(nodes));
        let (behind, ended) = (Arc::clone(&nodes), Arc::new(AtomicBool::new(false)));
        let until = Arc::clone(&ended);
        std::thread::spawn(move || {
            let next = AtomicUsize::new(0);
            for taken in listener.incoming() {
                if until.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(client), nodes) = (taken, behind.lock().expect("no panic while held").clone()) else {
                    continue;
                };
                let first = next.fetch_add(1, Ordering::Relaxed);
                std::thread::spawn(move || forward(client, &nodes, first));
            }
        });
        Self { address, nodes, ended }
    }

    /// Its address, for instance `http://127.0.0.1:40000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, only these nodes stand behind it.
    ///
    /// # Panics
    /// When one of them is no address.
    pub fn set(&self, nodes: &[&str]) {
        let nodes = nodes.iter().map(|node| node.parse().expect("an address")).collect();
        *self.nodes.lock().expect("no panic while held") = nodes;
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn forward(client: TcpStream, nodes: &[SocketAddr], first: usize) {
    let tried = (0..nodes.len()).map(|step| nodes[(first + step) % nodes.len()]);
    let Some(node) = tried.into_iter().find_map(|node| TcpStream::connect_timeout(&node, ACCEPT).ok()) else {
        return;
    };
    let (Ok(to_node), Ok(to_client)) = (node.try_clone(), client.try_clone()) else { return };
    let back = std::thread::spawn(move || pass(node, to_client));
    pass(client, to_node);
    let _ = back.join();
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
