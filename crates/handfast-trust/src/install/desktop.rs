//! The stores of macOS and Windows, which are no files.

use crate::install::commands::Command;
use crate::install::handed::UNNAMED;
use crate::install::root::Root;
use crate::install::step::{Act, Action, Step};

pub(crate) fn mac_os(action: Action, root: &Root) -> Vec<Step> {
    let source = source(root);
    let run = |words: &[&str], why: &str| Step::new(Act::Run(Command::new("security", words)), why);
    match action {
        Action::Trust => vec![run(
            &[
                "add-trusted-cert",
                "-d",
                "-r",
                "trustRoot",
                "-p",
                "ssl",
                "-k",
                KEYCHAIN,
                &source,
            ],
            "puts the root into the keychain of all users, and trusts it for TLS",
        )],
        Action::Untrust => {
            let mut steps = Vec::new();
            if root.source().is_some() {
                steps.push(run(
                    &["remove-trusted-cert", "-d", &source],
                    "takes the trust away",
                ));
            }
            steps.push(run(
                &[
                    "delete-certificate",
                    "-Z",
                    &root.danger_sha1(),
                    "-t",
                    KEYCHAIN,
                ],
                "takes the certificate itself out of the keychain, by its SHA-1",
            ));
            steps
        }
    }
}

pub(crate) fn windows(action: Action, root: &Root) -> Vec<Step> {
    let (source, sha1) = (source(root), root.danger_sha1());
    let (words, why) = match action {
        Action::Trust => (
            ["-addstore", "-user", "Root", &source],
            "puts the root among the user's; Windows asks once more",
        ),
        Action::Untrust => (
            ["-delstore", "-user", "Root", &sha1],
            "takes it out again, by its SHA-1; Windows asks once more",
        ),
    };
    vec![Step::new(Act::Run(Command::new("certutil", words)), why)]
}

fn source(root: &Root) -> String {
    let source = root
        .source()
        .map(|path| path.to_string_lossy().into_owned());
    source.unwrap_or_else(|| UNNAMED.to_owned())
}

/// What macOS and Windows trust, in DER.
pub(crate) fn native() -> Vec<Vec<u8>> {
    #[cfg(any(windows, target_os = "macos"))]
    {
        let roots = crate::system::native(&mut Vec::new()).unwrap_or_default();
        roots.encodings().map(<[u8]>::to_vec).collect()
    }
    #[cfg(not(any(windows, target_os = "macos")))]
    Vec::new()
}

/// The keychain that all users share.
pub(crate) const KEYCHAIN: &str = "/Library/Keychains/System.keychain";

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::CertificateDer;

    const DER: &[u8] = include_bytes!("../../../handfast-pki/testdata/root.der");

    fn lines(of: fn(Action, &Root) -> Vec<Step>, action: Action, root: &Root) -> Vec<String> {
        of(action, root)
            .iter()
            .map(|step| step.act.shell())
            .collect()
    }

    #[test]
    fn macos_and_windows_are_asked_in_their_own_words() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../handfast-pki/testdata/root.der"
        );
        let root = Root::read(path.as_ref()).unwrap();
        let (file, sha1) = (
            root.source().unwrap().display().to_string(),
            root.danger_sha1(),
        );
        assert_eq!(sha1.len(), 40);
        let keychain = "/Library/Keychains/System.keychain";
        assert_eq!(
            lines(mac_os, Action::Trust, &root),
            [format!(
                "security add-trusted-cert -d -r trustRoot -p ssl -k {keychain} {file}"
            )]
        );
        assert_eq!(
            lines(mac_os, Action::Untrust, &root),
            [
                format!("security remove-trusted-cert -d {file}"),
                format!("security delete-certificate -Z {sha1} -t {keychain}"),
            ]
        );
        assert_eq!(
            lines(windows, Action::Trust, &root),
            [format!("certutil -addstore -user Root {file}")]
        );
        assert_eq!(
            lines(windows, Action::Untrust, &root),
            [format!("certutil -delstore -user Root {sha1}")]
        );
    }

    #[test]
    fn what_has_no_file_any_more_is_removed_by_its_digest_alone() {
        let root = Root::from_der(CertificateDer::from(DER.to_vec())).unwrap();
        assert_eq!(lines(mac_os, Action::Untrust, &root).len(), 1);
    }
}
