//! The names of a certificate.

use crate::cert::lint::found::Found;
use crate::cert::lint::table::{
    COMMON_NAME, DNS_MALFORMED, INTERNAL_NAME, IP_AS_DNS, SAN_DUPLICATE, SAN_MISSING, UNDERSCORE,
    WILDCARD_PART, WILDCARD_WIDE,
};
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use handfast_pki::name::DnsName;
use std::net::IpAddr;

/// The names of a certificate that is no authority's.
pub(super) fn check(certificate: &Certificate<'_>, found: &mut Found<'_>) {
    let names: Vec<_> = certificate.subject_alt_names().collect();
    if names.is_empty() {
        found.add(&SAN_MISSING, "");
    }
    let mut shown: Vec<String> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let text = name.to_string();
        if names.iter().take(index).any(|other| other == name) {
            found.add(&SAN_DUPLICATE, &text);
        }
        match name {
            GeneralName::Dns(dns) => check_dns(dns, found),
            GeneralName::Ip(_) if name.ip().is_some_and(is_internal_address) => {
                found.add(&INTERNAL_NAME, &text);
            }
            _ => {}
        }
        shown.push(text);
    }
    let subject = certificate.subject();
    let common = subject
        .attributes()
        .filter(|one| one.oid().to_string() == "2.5.4.3");
    for one in common {
        let text = one.text();
        let names_a_host = text.contains('.') && !text.contains([' ', '@']);
        if names_a_host && !shown.iter().any(|name| name.eq_ignore_ascii_case(&text)) {
            found.add(&COMMON_NAME, &text);
        }
    }
}

fn check_dns(text: &str, found: &mut Found<'_>) {
    if text.parse::<IpAddr>().is_ok() {
        found.add(&IP_AS_DNS, text);
        return;
    }
    let rest = text.strip_prefix("*.");
    let base = rest.unwrap_or(text);
    if base.contains('*') {
        found.add(&WILDCARD_PART, text);
        return;
    }
    if base.contains('_') {
        found.add(&UNDERSCORE, text);
    }
    if DnsName::parse(&base.replace('_', "x")).is_err() {
        found.add(&DNS_MALFORMED, text);
        return;
    }
    let base = base.trim_end_matches('.').to_ascii_lowercase();
    if is_internal_name(&base) {
        found.add(&INTERNAL_NAME, text);
    } else if rest.is_some() && !base.contains('.') {
        found.add(&WILDCARD_WIDE, text);
    }
}

/// One label, or a domain that nobody owns (RFC 6761, 6762, 8375; ICANN's resolution on
/// .internal of 2024).
fn is_internal_name(name: &str) -> bool {
    const NOBODYS: [&str; 8] = [
        "local",
        "localhost",
        "internal",
        "test",
        "example",
        "invalid",
        "home.arpa",
        "lan",
    ];
    NOBODYS.into_iter().any(|domain| {
        let rest = name.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Addresses that no one owns alone (IANA's special-purpose registries).
fn is_internal_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_documentation()
                || v4.is_broadcast()
                || v4.is_multicast()
                || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_multicast()
        }
    }
}
