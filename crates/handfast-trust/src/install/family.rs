//! How families of Linux keep what their administrator trusts.

/// One family. Paths are without their first slash.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// What people call it.
    pub(crate) name: &'static str,
    /// It is this family if all of these are there.
    pub(crate) marks: &'static [&'static str],
    /// Where the administrator puts roots.
    pub(crate) anchors: &'static str,
    /// How the names of files there end.
    pub(crate) ending: &'static str,
    /// What makes the rest from them.
    pub(crate) update: &'static [&'static str],
    /// The same after something was taken away.
    pub(crate) renew: &'static [&'static str],
    /// The file that programs read.
    pub(crate) bundle: &'static str,
    /// Folders with a file a certificate.
    pub(crate) folders: &'static [&'static str],
    /// Java's keystore.
    pub(crate) keystore: &'static str,
    /// How the names of entries in it begin, where what makes it leaves behind what was removed.
    pub(crate) stale_alias: Option<&'static str>,
}

/// All that are known. Those first whose marks the others may have too.
pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "Fedora, RHEL and their kin",
        marks: &["etc/pki/ca-trust/source/anchors"],
        anchors: "etc/pki/ca-trust/source/anchors",
        ending: "pem",
        update: &["update-ca-trust", "extract"],
        renew: &["update-ca-trust", "extract"],
        bundle: "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        folders: &["etc/pki/ca-trust/extracted/pem/directory-hash"],
        keystore: "etc/pki/ca-trust/extracted/java/cacerts",
        stale_alias: None,
    },
    Family {
        name: "Arch",
        marks: &["etc/ca-certificates/trust-source/anchors"],
        anchors: "etc/ca-certificates/trust-source/anchors",
        ending: "crt",
        update: &["update-ca-trust"],
        renew: &["update-ca-trust"],
        bundle: "etc/ca-certificates/extracted/tls-ca-bundle.pem",
        folders: &["etc/ssl/certs"],
        keystore: "etc/ssl/certs/java/cacerts",
        stale_alias: None,
    },
    Family {
        name: "openSUSE and SLES",
        marks: &["etc/pki/trust/anchors"],
        anchors: "etc/pki/trust/anchors",
        ending: "pem",
        update: &["update-ca-certificates"],
        renew: &["update-ca-certificates"],
        bundle: "var/lib/ca-certificates/ca-bundle.pem",
        folders: &["var/lib/ca-certificates/pem"],
        keystore: "var/lib/ca-certificates/java-cacerts",
        stale_alias: None,
    },
    Family {
        name: "Alpine",
        marks: &["etc/alpine-release", "usr/local/share/ca-certificates"],
        anchors: "usr/local/share/ca-certificates",
        ending: "crt",
        update: &["update-ca-certificates"],
        renew: &["update-ca-certificates"],
        bundle: "etc/ssl/certs/ca-certificates.crt",
        folders: &["etc/ssl/certs"],
        keystore: "etc/ssl/certs/java/cacerts",
        stale_alias: None,
    },
    Family {
        name: "Debian, Ubuntu and their kin",
        marks: &["usr/local/share/ca-certificates"],
        anchors: "usr/local/share/ca-certificates",
        ending: "crt",
        update: &["update-ca-certificates"],
        // Without it, links to the file that is gone stay, and OpenSSL looks no further than the
        // first link of a name: a second authority of that name would no longer be found.
        renew: &["update-ca-certificates", "--fresh"],
        bundle: "etc/ssl/certs/ca-certificates.crt",
        folders: &["etc/ssl/certs"],
        keystore: "etc/ssl/certs/java/cacerts",
        // Its hook is told of no file that went away with its link.
        stale_alias: Some("debian:"),
    },
];
