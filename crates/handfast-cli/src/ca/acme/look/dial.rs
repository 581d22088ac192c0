//! A connection to where a challenge is answered, if it may be made.

use crate::ca::acme::look::reach::Reach;
use crate::ca::acme::networks::{described, is_allowed};
use crate::failure::words;
use handfast_acme::message::{ErrorKind, Problem};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Connects to the first address of the host that may be connected to and answers. The name is
/// resolved once, and what was looked at is what is connected to.
pub(super) async fn dial(reach: &Reach, host: &str, port: u16) -> Result<TcpStream, Problem> {
    let addresses = resolve(host, port).await?;
    let may = |address: &&SocketAddr| is_allowed(&reach.networks, address.ip());
    let allowed: Vec<SocketAddr> = addresses.iter().filter(may).take(TRIED).copied().collect();
    let Some(first) = addresses.first() else {
        let detail = format!("{host} has no address");
        return Err(Problem::new(ErrorKind::Dns, detail));
    };
    if allowed.is_empty() {
        let detail = format!(
            "this server does not connect to {host}: {}",
            described(first.ip())
        );
        return Err(Problem::new(ErrorKind::Unauthorized, detail));
    }
    let mut told = String::new();
    for address in allowed {
        let failed = match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => words(&error),
            Err(_) => format!("no answer within {} s", CONNECT.as_secs()),
        };
        told = format!("{host} at {address}: {failed}");
    }
    Err(Problem::new(ErrorKind::Connection, told))
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Problem> {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Ok(address) = inner.unwrap_or(host).parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    match lookup_host((host, port)).await {
        Ok(found) => Ok(found.collect()),
        Err(error) => {
            let detail = format!("{host} was not found: {}", words(&error));
            Err(Problem::new(ErrorKind::Dns, detail))
        }
    }
}

/// How long one address may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Addresses that are tried at most.
const TRIED: usize = 4;
