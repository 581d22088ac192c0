//! Where systems keep their roots: explicit paths, which no variable of the environment redirects.

#[cfg(any(windows, target_os = "macos"))]
use handfast_pki::roots::Roots;

/// Where systems keep their roots in one file: Debian and Alpine, Fedora and
/// its kin in two generations, openSUSE, and the BSDs.
pub const SYSTEM_ROOT_FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The store that lies in no file.
#[cfg(any(windows, target_os = "macos"))]
pub(crate) fn native(tried: &mut Vec<String>) -> Option<Roots> {
    // What reads the system's store obeys these where they are set, which nobody has asked for.
    let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    if let Some(set) = variables
        .iter()
        .find(|name| std::env::var_os(name).is_some())
    {
        tried.push(format!(
            "the system's store: cannot be read while {set} is set"
        ));
        return None;
    }
    let found = rustls_native_certs::load_native_certs();
    let mut roots = Roots::new();
    roots.add_readable(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(ToString::to_string);
        let why = why.unwrap_or_else(|| "no certificate in it".to_owned());
        tried.push(format!("the system's store: {why}"));
        return None;
    }
    Some(roots)
}
