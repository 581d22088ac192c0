//! Certificates by ACME (RFC 8555): the protocol of both sides, without sockets.
