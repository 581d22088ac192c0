//! Two engines on one clock, a lying peer, test certificates: what Handfast is tested with.
