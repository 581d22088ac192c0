//! What servers share: the address they listen on, and the signal that ends them.

use crate::exit::Exit;
use crate::failure::{Failure, words};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// The value of `--listen`: a port of 127.0.0.1, or an address with its port.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(([127, 0, 0, 1], port).into());
    }
    let whole = text.replacen("localhost:", "127.0.0.1:", 1);
    whole
        .parse()
        .map_err(|_| format!("{text} is neither a port nor ADDRESS:PORT"))
}

/// Listens there, and says where that is: a port of 0 means any.
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let fault = |error| taken(address, &error);
    let listener = TcpListener::bind(address).await.map_err(fault)?;
    let bound = listener.local_addr().map_err(fault)?;
    // A server needs a descriptor a client; where the limit cannot be raised, it stays.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    Ok((listener, bound))
}

/// The next client. Neither want of descriptors nor a client that has gone ends a server.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Returns when the user or the system wants the server to stop.
#[cfg(unix)]
pub(crate) async fn stop() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Returns when the user wants the server to stop.
#[cfg(not(unix))]
pub(crate) async fn stop() -> Result<(), Failure> {
    tokio::signal::ctrl_c().await.map_err(deaf)
}

fn deaf(error: std::io::Error) -> Failure {
    let message = format!("cannot wait for signals: {}", words(&error));
    Failure::new(Exit::Bad, "signal", "start", message)
}

fn taken(address: SocketAddr, error: &std::io::Error) -> Failure {
    let message = format!("cannot listen on {address}: {}", words(error));
    let failure = Failure::new(Exit::Usage, "listen", "start", message);
    match error.kind() {
        std::io::ErrorKind::AddrInUse => failure
            .hint("another program has the port: choose one with --listen PORT, or 0 for any"),
        std::io::ErrorKind::PermissionDenied => {
            failure.hint("ports below 1024 need rights: choose another with --listen PORT")
        }
        _ => failure.hint("choose an address of this machine with --listen ADDRESS:PORT"),
    }
}

/// How long connections have to finish when a server stops.
pub(crate) const GRACE: Duration = Duration::from_secs(10);
