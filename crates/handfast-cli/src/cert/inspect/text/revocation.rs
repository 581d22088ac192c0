//! CRLs and OCSP responses for people.

use crate::cert::inspect::found::Found;
use crate::cert::inspect::shown::{colons, hex, named, number, serial_words};
use crate::cert::inspect::text::{GREEN, Page, RED, YELLOW};
use crate::cert::inspect::validity::Standing;
use handfast_pki::algorithm::identifier::AlgorithmIdentifier;
use handfast_pki::crl::Crl;
use handfast_pki::fingerprint::sha256;
use handfast_pki::ocsp::single::{CertificateStatus, SingleResponse};
use handfast_pki::ocsp::{OcspResponse, ResponderId};
use handfast_pki::time::{UnixTime, Validity};

impl Page {
    pub(super) fn crl(&mut self, found: &Found, crl: &Crl<'_>, now_s: i64) {
        let kind = if crl.base_number().is_some() {
            "delta revocation list"
        } else {
            "revocation list"
        };
        self.title(&crl.issuer().to_string(), found, kind);
        self.term(crl.this_update(), Some(crl.next_update()), now_s);
        self.line("number", &number(crl.number()));
        let base = crl.base_number().map(number);
        self.line("builds on", &base.unwrap_or_default());
        if crl.is_indirect() {
            self.line(
                "indirect",
                "it may speak about certificates of other issuers",
            );
        }
        self.line("signature", &algorithm(crl.signature_algorithm()));
        let count = crl.revoked().count();
        let words = match count {
            0 => "nothing".to_owned(),
            1 => "1 certificate".to_owned(),
            _ => format!("{count} certificates"),
        };
        self.line("revoked", &words);
        let shown = crl.revoked().take(SHOWN_ENTRIES);
        self.lines(
            "",
            shown.map(|one| format!("{} {} {}", one.since, serial_words(one.serial), one.reason)),
        );
        if count > SHOWN_ENTRIES {
            let more = count - SHOWN_ENTRIES;
            self.line("", &format!("… and {more} more; --json shows all"));
        }
        self.line("SHA-256", &colons(&sha256(crl.der())));
    }

    pub(super) fn response(&mut self, found: &Found, response: &OcspResponse<'_>, now_s: i64) {
        let basic = match response {
            OcspResponse::Basic(basic) => basic,
            OcspResponse::Refused(status) => {
                self.title("no answer", found, "OCSP response");
                return self.styled("status", &status.to_string(), RED);
            }
        };
        let responder = match basic.responder() {
            ResponderId::Name(name) => name.to_string(),
            ResponderId::Key(hash) => format!("the key with SHA-1 {}", hex(hash)),
        };
        self.title(&responder, found, "OCSP response");
        for single in basic.responses() {
            self.single(&single, now_s);
        }
        self.line("made", &basic.produced_at().to_string());
        self.line("nonce", &basic.nonce().map(hex).unwrap_or_default());
        self.line("signature", &algorithm(basic.signature_algorithm()));
        let count = basic.certificates().count();
        let words = match count {
            0 => "none: the issuer signed it itself".to_owned(),
            _ => format!("{count} came along"),
        };
        self.line("certificates", &words);
    }

    fn single(&mut self, single: &SingleResponse<'_>, now_s: i64) {
        let (text, style) = match single.status {
            CertificateStatus::Good => ("good".to_owned(), GREEN),
            CertificateStatus::Revoked { since, reason } => {
                (format!("REVOKED since {since}: {reason}"), RED)
            }
            CertificateStatus::Unknown => ("unknown to the responder".to_owned(), YELLOW),
        };
        let serial = serial_words(single.id.serial);
        self.styled("status", &format!("{text} (serial {serial})"), style);
        self.term(single.this_update, single.next_update, now_s);
    }

    /// For how long it is news.
    fn term(&mut self, from: UnixTime, until: Option<UnixTime>, now_s: i64) {
        let Some(until) = until else {
            return self.line("news", &format!("of {from}; there always is newer"));
        };
        let standing = Standing::of(
            Validity {
                not_before: from,
                not_after: until,
            },
            now_s,
        );
        let style = match standing {
            Standing::Valid { .. } => GREEN,
            _ => RED,
        };
        let text = format!("{} ({from} to {until})", standing.words());
        self.styled("news", &text, style);
    }
}

fn algorithm(contents: &[u8]) -> String {
    AlgorithmIdentifier::parse(contents).map_or_else(
        |_| "unreadable".to_owned(),
        |algorithm| named(algorithm.oid, algorithm.name()),
    )
}

/// Entries of a list that are shown.
const SHOWN_ENTRIES: usize = 10;
