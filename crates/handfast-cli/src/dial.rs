//! From a host and a port to a connection: names, TCP, proxies.

use crate::a_label::a_label;
use crate::exit::Exit;
use crate::failure::{Failure, words};
use clap::Args;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Url;

/// How the host is reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Dial {
    /// Take ADDRESS for HOST:PORT instead of asking DNS; may be repeated
    #[arg(long, value_name = "HOST:PORT:ADDRESS", value_parser = resolve)]
    resolve: Vec<Resolve>,
    /// Connect to HOST2:PORT2 where HOST:PORT is asked for; may be repeated
    #[arg(long, value_name = "HOST:PORT:HOST2:PORT2", value_parser = connect_to)]
    connect_to: Vec<ConnectTo>,
    /// Go through this HTTP proxy, by CONNECT
    #[arg(long, short = 'x', value_name = "http://HOST:PORT", value_parser = proxy)]
    proxy: Option<Proxy>,
    /// IPv4 addresses only
    #[arg(long, short = '4', conflicts_with = "ipv6")]
    ipv4: bool,
    /// IPv6 addresses only
    #[arg(long, short = '6')]
    ipv6: bool,
    /// Each phase may take this long: resolving, connecting, the handshake, waiting for data
    #[arg(
        long,
        short = 'm',
        value_name = "SECONDS",
        default_value_t = 10.0,
        value_parser = seconds
    )]
    pub(crate) timeout: f64,
}

/// Anything that carries bytes.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// A connection, without TLS yet.
pub(crate) struct Dialed {
    pub(crate) transport: Box<dyn Transport>,
    /// Who answered: the proxy where there is one.
    pub(crate) address: SocketAddr,
    pub(crate) resolve: Duration,
    pub(crate) connect: Duration,
}

impl Dial {
    /// A phase's limit.
    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }

    /// Whether requests for `http://` go to a proxy, which wants to see whole URLs.
    pub(crate) fn has_proxy(&self) -> bool {
        self.proxy.is_some()
    }

    /// Connects to a host, through the proxy if there is one. `tunnel` says
    /// whether the proxy is asked for a tunnel.
    pub(crate) async fn dial(
        &self,
        host: &str,
        port: u16,
        tunnel: bool,
    ) -> Result<Dialed, Failure> {
        let redirected = self.connect_to.iter().find(|rule| rule.fits(host, port));
        let (host, port) = redirected.map_or((host, port), |rule| rule.target(host, port));
        let Some(proxy) = &self.proxy else {
            return self.tcp(host, port).await;
        };
        let mut dialed = self.tcp(&proxy.host, proxy.port).await?;
        if tunnel {
            let start = Instant::now();
            let target = authority(host, port);
            let tunnel = timeout(self.limit(), through(dialed.transport, &target));
            let elapsed = |_| {
                Failure::timeout(
                    "proxy",
                    &format!("the proxy's answer about {target}"),
                    self.timeout,
                )
            };
            dialed.transport = tunnel.await.map_err(elapsed)??;
            dialed.connect += start.elapsed();
        }
        Ok(dialed)
    }

    async fn tcp(&self, host: &str, port: u16) -> Result<Dialed, Failure> {
        let start = Instant::now();
        let addresses = self.addresses(host, port).await?;
        let (resolve, start) = (start.elapsed(), Instant::now());
        let mut failed = None;
        for address in addresses {
            match timeout(self.limit(), TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    // Small writes must not wait for acknowledgements.
                    let _ = tcp.set_nodelay(true);
                    let (transport, connect) = (Box::new(tcp), start.elapsed());
                    return Ok(Dialed {
                        transport,
                        address,
                        resolve,
                        connect,
                    });
                }
                Ok(Err(error)) => {
                    failed = Some(
                        Failure::new(
                            Exit::Connect,
                            "connect",
                            "connect",
                            format!(
                                "cannot connect to {host}:{port} ({address}): {}",
                                words(&error)
                            ),
                        )
                        .hint(connect_hint(&error)),
                    );
                }
                Err(_) => {
                    let what = format!("connecting to {host}:{port} ({address})");
                    failed = Some(Failure::timeout("connect", &what, self.timeout));
                }
            }
        }
        Err(failed.unwrap_or_else(|| unknown_host(host, "no address of the wanted kind")))
    }

    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let named = self.resolve.iter().filter(|rule| rule.fits(bare, port));
        let named: Vec<_> = named
            .map(|rule| SocketAddr::new(rule.address, port))
            .collect();
        if !named.is_empty() {
            return Ok(named);
        }
        let found = timeout(self.limit(), lookup_host((bare, port))).await;
        let found = found
            .map_err(|_| Failure::timeout("resolve", &format!("looking {bare} up"), self.timeout))?
            .map_err(|error| unknown_host(bare, &words(&error)))?;
        let wanted = |address: &SocketAddr| {
            (!self.ipv4 || address.is_ipv4()) && (!self.ipv6 || address.is_ipv6())
        };
        Ok(found.filter(wanted).collect())
    }
}

/// Asks a proxy for a tunnel (RFC 9110 section 9.3.6).
async fn through(proxy: Box<dyn Transport>, target: &str) -> Result<Box<dyn Transport>, Failure> {
    let broken = |error: &hyper::Error| Failure::broken("the proxy", "proxy", error);
    let (mut sender, connection) = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(proxy))
        .await
        .map_err(|error| broken(&error))?;
    tokio::spawn(connection.with_upgrades());
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri(target)
        .header(header::HOST, target)
        .body(Empty::new())
        .map_err(|error| Failure::usage(format!("{target}: {error}")))?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| broken(&error))?;
    if !response.status().is_success() {
        let message = format!(
            "the proxy does not connect to {target}: {}",
            response.status()
        );
        // curl's code for it, though nothing was cut off.
        return Err(Failure::new(Exit::Truncated, "proxy", "proxy", message));
    }
    let tunnel = hyper::upgrade::on(response)
        .await
        .map_err(|error| broken(&error))?;
    Ok(Box::new(TokioIo::new(tunnel)))
}

fn unknown_host(host: &str, why: &str) -> Failure {
    Failure::new(
        Exit::Dns,
        "dns",
        "resolve",
        format!("cannot find the address of {host}: {why}"),
    )
    .hint("check the name, or give its address with --resolve HOST:PORT:ADDRESS")
}

fn connect_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nobody listens there: check the port, and whether the server runs"
        }
        _ => "check the address, the network and firewalls",
    }
}

/// `host:port`, an IPv6 address in brackets.
pub(crate) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[derive(Clone, Debug)]
struct Resolve {
    host: String,
    port: u16,
    address: IpAddr,
}

impl Resolve {
    fn fits(&self, host: &str, port: u16) -> bool {
        self.port == port && (self.host == "*" || self.host.eq_ignore_ascii_case(host))
    }
}

fn resolve(text: &str) -> Result<Resolve, String> {
    let mut parts = text.splitn(3, ':');
    let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("write HOST:PORT:ADDRESS".to_owned());
    };
    let port = port.parse().map_err(|_| format!("{port} is no port"))?;
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    let address = bare
        .parse()
        .map_err(|_| format!("{address} is no address"))?;
    Ok(Resolve {
        host: ascii(host)?,
        port,
        address,
    })
}

/// As the host is asked for.
fn ascii(host: &str) -> Result<String, String> {
    let host = a_label(host).map_err(|failure| failure.message.clone())?;
    Ok(host.into_owned())
}

#[derive(Clone, Debug)]
struct ConnectTo {
    from: (String, String),
    to: (String, String),
    port: u16,
}

impl ConnectTo {
    /// An empty part fits anything, as in curl.
    fn fits(&self, host: &str, port: u16) -> bool {
        let (own_host, own_port) = &self.from;
        (own_host.is_empty() || own_host.eq_ignore_ascii_case(host))
            && (own_port.is_empty() || *own_port == port.to_string())
    }

    fn target<'a>(&'a self, host: &'a str, port: u16) -> (&'a str, u16) {
        let (own_host, own_port) = &self.to;
        (
            if own_host.is_empty() { host } else { own_host },
            if own_port.is_empty() { port } else { self.port },
        )
    }
}

fn connect_to(text: &str) -> Result<ConnectTo, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    // A bracketed address has colons of its own.
    for _ in 0..3 {
        let end = if rest.starts_with('[') {
            rest.find("]:").map(|at| at + 1)
        } else {
            rest.find(':')
        };
        let end = end.ok_or("write HOST:PORT:HOST2:PORT2")?;
        let (part, after) = rest.split_at(end);
        parts.push(part.to_owned());
        rest = after.get(1..).unwrap_or_default();
    }
    let mut parts = parts.into_iter();
    let mut next = || parts.next().unwrap_or_default();
    let (from, to) = ((next(), next()), (next(), rest.to_owned()));
    for port in [&from.1, &to.1] {
        if !port.is_empty() && port.parse::<u16>().is_err() {
            return Err(format!("{port} is no port"));
        }
    }
    let (from, to) = ((ascii(&from.0)?, from.1), (ascii(&to.0)?, to.1));
    let port = to.1.parse().unwrap_or_default();
    Ok(ConnectTo { from, to, port })
}

#[derive(Clone, Debug)]
struct Proxy {
    host: String,
    port: u16,
}

fn proxy(text: &str) -> Result<Proxy, String> {
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let url = Url::parse(&whole).map_err(|error| error.to_string())?;
    match (url.scheme(), url.host_str()) {
        ("http", Some(host)) => Ok(Proxy {
            host: host.to_owned(),
            port: url.port().unwrap_or(1080),
        }),
        ("http", None) => Err("the proxy has no host".to_owned()),
        (scheme, _) => Err(format!("proxies are spoken to by http://, not {scheme}://")),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("{text} is no number"))?;
    if seconds > 0.0 && seconds < 1e9 {
        Ok(seconds)
    } else {
        Err("give a number of seconds above 0".to_owned())
    }
}
