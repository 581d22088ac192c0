//! A certificate authority in memory: issues the certificates that Handfast's demo, server and tests use.
