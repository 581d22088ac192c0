//! TLS bytes to types and back: messages, extensions, records, alerts and the IANA registries.
