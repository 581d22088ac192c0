//! Names as they are compared.

/// A name as it is compared: letters alike in both cases, addresses in one spelling, no final dot.
pub(crate) fn fold(name: &str) -> String {
    let inner = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    if let Ok(address) = inner.unwrap_or(name).parse::<std::net::IpAddr>() {
        return address.to_string();
    }
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}
