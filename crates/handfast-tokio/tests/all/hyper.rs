//! hyper's client and server over Handfast.

use crate::pair::Pair;
use handfast_tokio::{HttpsConnector, PeerInfo, TlsListener};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, Version, service::service_fn};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::net::SocketAddr;
use tokio::net::TcpListener;

async fn serve(pair: &Pair) -> SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut listener = TlsListener::new(tcp, pair.acceptor());
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await;
            let service = service_fn(|request: Request<Incoming>| async move {
                let body = request.into_body().collect().await?.to_bytes();
                Ok::<_, hyper::Error>(Response::new(Full::new(body)))
            });
            tokio::spawn(async move {
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}

#[tokio::test]
async fn http_1_and_http_2_are_chosen_by_alpn() {
    for (alpn, version) in [("h2", Version::HTTP_2), ("http/1.1", Version::HTTP_11)] {
        let mut pair = Pair::new();
        pair.client.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        pair.server.common.alpn = vec![alpn.into()];
        let address = serve(&pair).await;
        let connector = HttpsConnector::new(pair.connector()).https_only();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let body = vec![7; 300_000];
        let request = Request::post(format!("https://{address}/"))
            .body(Full::new(Bytes::from(body.clone())))
            .unwrap();
        let response = client.request(request).await.unwrap();
        assert_eq!(response.version(), version);
        let peer = response.extensions().get::<PeerInfo>().unwrap();
        assert_eq!(peer.0.peer_chain.len(), 1);
        assert!(response.into_body().collect().await.unwrap().to_bytes() == body);
        let plain = Request::get(format!("http://{address}/"))
            .body(Full::default())
            .unwrap();
        assert!(client.request(plain).await.is_err());
    }
}
