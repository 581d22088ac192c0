//! A TLS engine that takes bytes, time and randomness and gives bytes and events.
