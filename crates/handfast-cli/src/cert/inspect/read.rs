//! The extensions that are read here.

use handfast_pki::extension::Extension;

/// Whether what the extension says is shown in a place of its own, and not as bytes.
pub(super) fn is_read(extension: &Extension<'_>) -> bool {
    READ.iter().any(|name| extension.name() == Some(name))
}

const READ: [&str; 18] = [
    "subjectKeyIdentifier",
    "keyUsage",
    "subjectAltName",
    "issuerAltName",
    "basicConstraints",
    "nameConstraints",
    "cRLDistributionPoints",
    "certificatePolicies",
    "policyMappings",
    "authorityKeyIdentifier",
    "policyConstraints",
    "extKeyUsage",
    "freshestCRL",
    "inhibitAnyPolicy",
    "authorityInfoAccess",
    "subjectInfoAccess",
    "tlsFeature",
    "signedCertificateTimestamps",
];
