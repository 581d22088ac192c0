//! Names to addresses.

use core::future::Future;
use core::net::IpAddr;
use core::pin::Pin;
use std::io;

/// Addresses that are being looked up.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of hosts. It is asked once for each request, and the connection goes to an
/// address that was looked at: a name that changes its mind in between gains nothing.
pub trait Resolve: Send + Sync {
    /// The addresses of a host's name, or of an address in text, which is its own.
    fn resolve(&self, host: &str) -> Resolving;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> Resolving {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|one| one.ip()).collect())
        })
    }
}
