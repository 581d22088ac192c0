//! A connection to where a challenge is answered, if it may be made.

use crate::ca::acme::look::reach::Reach;
use crate::ca::acme::networks::{described, is_allowed};
use crate::failure::words;
use crate::talk::note;
use handfast_acme::message::{ErrorKind, Problem};
use handfast_fetch::is_public;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Who says where to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whither {
    /// The name that is to be proven: wherever the operator allows.
    Proven,
    /// Somebody's redirect: to what anybody can reach alone. What only this machine reaches would
    /// be fetched for a stranger, who owns the redirect and not what is fetched.
    Redirected,
}

/// Connects to the first address of the host that may be connected to and answers; gives the
/// address, too. The name is resolved once, and what was looked at is what is connected to.
pub(super) async fn dial(
    reach: &Reach,
    (host, port): (&str, u16),
    whither: Whither,
) -> Result<(TcpStream, IpAddr), Problem> {
    let addresses = resolve(host, port).await?;
    let may = |address: &&SocketAddr| {
        let is_open = whither == Whither::Proven || is_public(address.ip());
        is_open && is_allowed(&reach.networks, address.ip())
    };
    let allowed: Vec<SocketAddr> = addresses.iter().filter(may).take(TRIED).copied().collect();
    let Some(first) = addresses.first() else {
        let detail = format!("{host} has no address");
        return Err(Problem::new(ErrorKind::Dns, detail));
    };
    if allowed.is_empty() {
        // Which address it is, is the operator's to know: by names of this house a stranger could
        // ask for its map.
        note(&format!("acme: {host}: {}", described(first.ip())));
        let detail = match whither {
            Whither::Proven => format!(
                "this server does not connect to {host}: its address is not among --acme-connect"
            ),
            Whither::Redirected => {
                format!("this server follows no redirect to {host}: its address is not public")
            }
        };
        return Err(Problem::new(ErrorKind::Unauthorized, detail));
    }
    let mut told = String::new();
    for address in allowed {
        let failed = match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, address.ip())),
            Ok(Err(error)) => words(&error),
            Err(_) => format!("no answer within {} s", CONNECT.as_secs()),
        };
        told = match is_public(address.ip()) {
            true => format!("{host} at {address}: {failed}"),
            false => format!("{host} port {port}: {failed}"),
        };
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
