//! Blocks of PEM out of a large file, fast: what they hold is public, so base64 is read without
//! the care that keys need, and a store of 144 roots within a fraction of a millisecond.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast_pki::load::fault::LoadFault;
use handfast_pki::roots::Roots;
use handfast_pki::verify::Purpose;
use rustls_pki_types::CertificateDer;

/// The contents of the blocks with one of some labels.
pub(crate) struct Bundle {
    pub(crate) blocks: Vec<Vec<u8>>,
    /// How many could not be read.
    pub(crate) broken: usize,
    /// Whether there is anything that only the careful reader judges: other blocks, lines that may
    /// once have begun one, an END of another label, DER.
    is_odd: bool,
}

/// The anchors of a system's store: a block or certificate that cannot be read must not keep the
/// others out.
pub(crate) fn readable_roots(bytes: &[u8]) -> Roots {
    let found = read(bytes, CERTIFICATE);
    let mut roots = Roots::new();
    roots.add_readable(found.blocks.into_iter().map(CertificateDer::from));
    if roots.is_empty() {
        // It may be DER.
        return Roots::from_pem(bytes).unwrap_or_default();
    }
    roots
}

/// The anchors of a file that the caller named, PEM or DER: all of it must be readable.
pub(crate) fn roots(bytes: &[u8], purpose: Purpose) -> Result<Roots, LoadFault> {
    let found = read(bytes, CERTIFICATE);
    if found.broken == 0 && !found.is_odd && !found.blocks.is_empty() {
        let mut roots = Roots::new();
        let anchors = found.blocks.into_iter().map(CertificateDer::from);
        if roots.add_readable(anchors) == 0 {
            return Ok(roots);
        }
    }
    // DER, other blocks, or something is wrong: the careful reader says what, and on which line.
    Roots::from_pem_for(bytes, purpose)
}

/// The blocks of a file that bear one of `labels`. Text around them is passed over.
pub(crate) fn read(bytes: &[u8], labels: &[&[u8]]) -> Bundle {
    let mut found = Bundle {
        blocks: Vec::new(),
        broken: 0,
        // Text may stand inside DER, which begins with a SEQUENCE.
        is_odd: bytes.first() == Some(&0x30),
    };
    let mut lines = Lines(bytes);
    let mut text = Vec::new();
    while let Some(line) = lines.next() {
        let Some(label) = label(line, BEGIN) else {
            found.is_odd |= line.windows(WORD.len()).any(|window| window == WORD);
            continue;
        };
        let wanted = labels.contains(&label);
        text.clear();
        let end = lines.take_block(&mut text);
        found.is_odd |= !wanted || end != Some(label);
        if !wanted {
            continue;
        }
        match end.map(|_| STANDARD.decode(&text)) {
            Some(Ok(der)) => found.blocks.push(der),
            _ => found.broken += 1,
        }
    }
    found
}

/// What is left of a file.
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    /// The next line, without what surrounds its words.
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().position(|byte| *byte == b'\n');
        let (line, rest) = self.0.split_at(end.map_or(self.0.len(), |end| end + 1));
        self.0 = rest;
        Some(line.trim_ascii())
    }

    /// Gathers the base64 up to the block's end, and tells the label there.
    fn take_block(&mut self, text: &mut Vec<u8>) -> Option<&'a [u8]> {
        loop {
            // Nearly every line has the 64 characters of RFC 7468 s2.
            if let Some((line, rest)) = self.0.split_first_chunk::<64>()
                && let [b'\n', rest @ ..] = rest
                && !line.contains(&b'\n')
                && line[0] != b'-'
            {
                text.extend_from_slice(line);
                self.0 = rest;
                continue;
            }
            let before = self.0;
            let line = self.next()?;
            if line.starts_with(b"-") {
                let end = label(line, END);
                if end.is_none() {
                    // It may begin the next block.
                    self.0 = before;
                }
                return end;
            }
            text.extend_from_slice(line);
        }
    }
}

fn label<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(start)?.strip_suffix(b"-----")
}

pub(crate) const CERTIFICATE: &[&[u8]] = &[b"CERTIFICATE", b"X509 CERTIFICATE"];
pub(crate) const CRL: &[&[u8]] = &[b"X509 CRL"];
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const WORD: &[u8] = b"BEGIN ";

#[cfg(test)]
mod tests {
    use super::{CERTIFICATE, read, readable_roots, roots};
    use crate::system::SYSTEM_ROOT_FILES;
    use handfast_pki::load::{certificates, to_pem, to_pkcs7};
    use handfast_pki::roots::Roots;
    use handfast_pki::verify::Purpose;

    #[test]
    fn the_fast_reader_finds_what_the_careful_one_finds() {
        let mut compared = 0;
        for bytes in SYSTEM_ROOT_FILES
            .iter()
            .filter_map(|p| std::fs::read(p).ok())
        {
            let found = read(&bytes, CERTIFICATE);
            let careful = certificates(&bytes).unwrap();
            assert_eq!(found.broken, 0);
            assert_eq!(found.blocks.len(), careful.len());
            assert!(found.blocks.iter().zip(&careful).all(|(a, b)| **a == **b));
            // Line ends of another system, and lines of another length.
            let dos: Vec<u8> = bytes
                .iter()
                .flat_map(|byte| match byte {
                    b'\n' => b"\r\n".to_vec(),
                    other => vec![*other],
                })
                .collect();
            assert_eq!(read(&dos, CERTIFICATE).blocks, found.blocks);
            compared += 1;
        }
        assert!(
            compared > 0 || cfg!(not(target_os = "linux")),
            "no store here"
        );
    }

    #[test]
    fn blocks_are_found_among_text_and_others() {
        let text = b"x\n-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN CERTIFICATE-----\r\n\
            AAEC\r\nAw==\r\n-----END CERTIFICATE-----\r\nthen\n-----BEGIN X509 CERTIFICATE-----\n\
            BAUG\n-----END X509 CERTIFICATE-----";
        let found = read(text, CERTIFICATE);
        assert_eq!(found.blocks, [&[0, 1, 2, 3][..], &[4, 5, 6]]);
        assert_eq!(found.broken, 0);
    }

    #[test]
    fn a_short_line_before_the_sixty_fifth_byte_is_a_line_of_its_own() {
        let short = "AAEC\n".to_owned() + &"A".repeat(59) + "\n" + "A\n-----END CERTIFICATE-----";
        let found = read(
            format!("-----BEGIN CERTIFICATE-----\n{short}").as_bytes(),
            CERTIFICATE,
        );
        assert_eq!((found.blocks.len(), found.broken), (1, 0));
    }

    #[test]
    fn what_is_broken_is_counted_and_keeps_nothing_else_out() {
        let good = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
        for broken in [
            "-----BEGIN CERTIFICATE-----\nAA?C\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAE\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAEC\n",
        ] {
            let found = read(format!("{good}{broken}{good}").as_bytes(), CERTIFICATE);
            assert_eq!((found.blocks.len(), found.broken), (2, 1), "{broken}");
        }
        let cut = read(b"-----BEGIN CERTIFICATE-----\nAAEC\n", CERTIFICATE);
        assert_eq!((cut.blocks.len(), cut.broken), (0, 1));
    }

    #[test]
    fn a_file_that_was_named_says_on_which_line_it_breaks() {
        let text = b"-----BEGIN CERTIFICATE-----\nAA?C\n-----END CERTIFICATE-----\n";
        let fault = roots(text, Purpose::ServerAuth).unwrap_err();
        assert_eq!(fault.line, Some(2));
    }

    #[test]
    fn a_file_that_was_named_is_read_as_the_careful_reader_reads_it() {
        let root = include_bytes!("../../handfast-pki/testdata/root.der");
        let good = to_pem("CERTIFICATE", root).to_string();
        let other = |from: &str, to: &str| good.clone() + &good.replace(from, to);
        let pkcs7 = to_pkcs7([&root[..]], []);
        let cases = [
            (good.clone(), true),
            (format!("# text\n{good}then\n{good}"), true),
            (good.clone() + &to_pem("PKCS7", &pkcs7), true),
            (good.clone() + &to_pem("TRUSTED CERTIFICATE", root), true),
            (good.clone() + &to_pem("TRUSTED CERTIFICATE", b"no"), false),
            (good.clone() + &to_pem("PKCS7", b"no"), false),
            (other("-----BEGIN", "\u{2013}BEGIN"), false),
            (other("-----BEGIN", "---BEGIN"), false),
            (other("END CERT", "END X509 CERT"), false),
            (other("-----BEGIN CERT", "-----BEGIN X509 CERT"), false),
        ];
        for (text, is_good) in cases {
            let found = roots(text.as_bytes(), Purpose::ServerAuth);
            assert_eq!(found.is_ok(), is_good, "{text}");
            let careful = Roots::from_pem(text.as_bytes());
            assert_eq!(found.err(), careful.err(), "{text}");
        }
        // A system's store keeps what can be read of it.
        let damaged = other("-----BEGIN", "---BEGIN");
        assert_eq!(readable_roots(damaged.as_bytes()).len(), 1);
    }
}
