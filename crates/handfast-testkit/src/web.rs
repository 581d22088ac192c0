//! An HTTP server on loopback that says exactly what a test wants it to say.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query, as they came.
    pub path: String,
    /// The head in lower case.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What is said.
#[derive(Clone, Debug)]
pub enum Say {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing, for so many milliseconds.
    Wait(u64),
    /// These bytes, again and again, with a pause in milliseconds.
    Endless(Vec<u8>, u64),
}

type Handler = dyn Fn(&Asked) -> Vec<Say> + Send + Sync;

/// The server; dropped, it ends.
#[derive(Debug)]
pub struct Web {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    at_once: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
}

impl Web {
    /// One that answers by a function.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn new(handler: impl Fn(&Asked) -> Vec<Say> + Send + Sync + 'static) -> Self {
        Self::at(IpAddr::V4(Ipv4Addr::LOCALHOST), handler)
    }

    /// One that says the same to everybody.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn saying(say: Vec<Say>) -> Self {
        Self::new(move |_| say.clone())
    }

    /// As [`Web::new`], at this address.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn at(
        address: IpAddr,
        handler: impl Fn(&Asked) -> Vec<Say> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a free port");
        let web = Self {
            address: listener.local_addr().expect("an address"),
            asked: Arc::default(),
            at_once: Arc::default(),
            ended: Arc::default(),
        };
        let handler: Arc<Handler> = Arc::new(handler);
        let (asked, ended) = (Arc::clone(&web.asked), Arc::clone(&web.ended));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&web.at_once));
        thread::spawn(move || {
            for tcp in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(tcp) = tcp else { continue };
                let (asked, handler) = (Arc::clone(&asked), Arc::clone(&handler));
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                thread::spawn(move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    serve(tcp, &asked, &*handler);
                    now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        web
    }

    /// A URL of its own.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What was asked so far.
    ///
    /// # Panics
    /// If a connection of it has panicked.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no connection panicked").clone()
    }

    /// How often it was asked.
    ///
    /// # Panics
    /// If a connection of it has panicked.
    #[must_use]
    pub fn count(&self) -> usize {
        self.asked.lock().expect("no connection panicked").len()
    }

    /// How many connections there were at most at the same time.
    #[must_use]
    pub fn at_once(&self) -> usize {
        self.at_once.load(Ordering::SeqCst)
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut tcp: TcpStream, asked: &Mutex<Vec<Asked>>, handler: &Handler) {
    let patience = Some(Duration::from_secs(10));
    let _ = tcp.set_read_timeout(patience);
    let Some(one) = read(&mut tcp) else { return };
    asked
        .lock()
        .expect("no connection panicked")
        .push(one.clone());
    for say in handler(&one) {
        let done = match say {
            Say::Bytes(bytes) => tcp.write_all(&bytes).is_err(),
            Say::Wait(ms) => {
                thread::sleep(Duration::from_millis(ms));
                false
            }
            Say::Endless(bytes, ms) => {
                while tcp.write_all(&bytes).is_ok() {
                    thread::sleep(Duration::from_millis(ms));
                }
                true
            }
        };
        if done {
            return;
        }
    }
}

fn read(tcp: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|here| here == b"\r\n\r\n") {
            break at + 4;
        }
        let mut more = [0; 4096];
        let count = tcp.read(&mut more).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&more[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut words = head.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let mut body = bytes.split_off(end);
    while body.len() < length.unwrap_or(0) {
        let mut more = [0; 4096];
        let count = tcp.read(&mut more).ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&more[..count]);
    }
    Some(Asked {
        method,
        path,
        head,
        body,
    })
}

/// 200 with a body.
#[must_use]
pub fn ok(body: &[u8]) -> Vec<Say> {
    head_and(
        "200 OK",
        &[&format!("Content-Length: {}", body.len())],
        body,
    )
}

/// A status without a body.
#[must_use]
pub fn status(line: &str) -> Vec<Say> {
    head_and(line, &["Content-Length: 0"], b"")
}

/// A redirect.
#[must_use]
pub fn redirect(line: &str, to: &str) -> Vec<Say> {
    let location = format!("Location: {to}");
    head_and(line, &[&location, "Content-Length: 0"], b"")
}

/// Any head, and what comes after it.
#[must_use]
pub fn head_and(line: &str, headers: &[&str], body: &[u8]) -> Vec<Say> {
    let headers: String = headers.iter().map(|one| format!("{one}\r\n")).collect();
    let head = format!("HTTP/1.1 {line}\r\n{headers}\r\n");
    vec![Say::Bytes([head.as_bytes(), body].concat())]
}
