//! A hyper client over Handfast: `cargo run -p handfast-tokio --example hyper_client -- https://localhost:8443/ root.pem`
//!
//! Without a file of roots the system's are used.

use handfast::{ClientConfig, Roots, config::Trust};
use handfast_tokio::{Connector, HttpsConnector, PeerInfo};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("usage: hyper_client URL [ROOTS.pem]")?;
    let mut config = ClientConfig::new(trust(arguments.next())?);
    config.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connector = HttpsConnector::new(Connector::new(config.check()?)?);

    let client = Client::builder(TokioExecutor::new()).build::<_, Empty<Bytes>>(connector);
    let response = client.get(url.parse()?).await?;
    println!("{:?} {}", response.version(), response.status());
    if let Some(PeerInfo(negotiated)) = response.extensions().get() {
        println!(
            "{} {} {}",
            negotiated.version, negotiated.suite, negotiated.group
        );
    }
    let body = response.into_body().collect().await?.to_bytes();
    println!("{}", String::from_utf8_lossy(&body));
    Ok(())
}

fn trust(file: Option<String>) -> Result<Trust, Box<dyn std::error::Error>> {
    let Some(file) = file else {
        return Ok(Trust::System);
    };
    let mut roots = Roots::new();
    for certificate in handfast_pki::load::certificates(&std::fs::read(file)?)? {
        roots.add(certificate)?;
    }
    Ok(Trust::Roots(roots))
}
