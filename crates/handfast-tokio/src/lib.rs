//! Handfast on tokio: connector, acceptor, stream and hyper connector.
