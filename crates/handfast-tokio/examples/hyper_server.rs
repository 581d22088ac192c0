//! A hyper server over Handfast: `cargo run -p handfast-tokio --example hyper_server -- chain.pem key.pem`

use handfast::{Credential, ServerConfig};
use handfast_tokio::{Acceptor, TlsListener};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(chain), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hyper_server CHAIN.pem KEY.pem".into());
    };
    let chain = handfast_pki::load::certificates(&std::fs::read(chain)?)?;
    let key = handfast_pki::load::private_key(&std::fs::read(key)?, None)?;
    let mut config = ServerConfig::new(Credential::new(chain, key)?);
    config.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

    let tcp = TcpListener::bind("127.0.0.1:8443").await?;
    // Handshakes run in tasks of their own: a silent client stops nobody.
    let mut listener = TlsListener::new(tcp, Acceptor::new(config.check()?)?)
        .on_refused(|peer, failed| eprintln!("{peer}: {failed}"));
    println!("https://localhost:8443/");
    loop {
        let (stream, peer) = listener.accept().await;
        tokio::spawn(async move {
            let connection = auto::Builder::new(TokioExecutor::new());
            let served = connection.serve_connection(TokioIo::new(stream), service_fn(hello));
            if let Err(error) = served.await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(format!(
        "you asked for {}\n",
        request.uri().path()
    ))))
}
