//! Secrets that machines share, in a file.

use core::fmt;
use handfast::ConfigFault;
use handfast::config::{Entropy, SystemEntropy};
use handfast::session::TicketKeys;
use handfast::stream::now;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// One secret or several that machines share: the first makes what is new, all read what is
/// there. From them come the keys of tickets ([`RootSecrets::ticket_keys`]) and of what is kept in a
/// store ([`crate::Sealed`]). Wiped when dropped; they do not print.
///
/// In a file each is a line of 64 hexadecimal digits; empty lines and those that begin with `#`
/// say nothing. A root is changed as [`TicketKeys::from_roots`] tells: the new one behind the old
/// on every machine, then before it, and 12 hours later the old one goes.
#[derive(Clone, PartialEq, Eq)]
pub struct RootSecrets(Vec<Zeroizing<Root>>);

type Root = [u8; 32];

/// RootSecrets in one file, at most.
const MOST: usize = 8;
/// Bytes of such a file, at most.
const LARGEST: u64 = 64 * 1024;

impl RootSecrets {
    /// One root, drawn from the system's randomness.
    ///
    /// # Errors
    /// [`RootSecretsFault::Random`].
    pub fn draw() -> Result<Self, RootSecretsFault> {
        let mut root = Zeroizing::new([0; 32]);
        let drawn = SystemEntropy.fill(&mut *root);
        drawn.map_err(|_| RootSecretsFault::Random)?;
        Ok(Self(vec![root]))
    }

    /// Reads a file that nobody else may read: on Unix neither its group nor others.
    ///
    /// # Errors
    /// [`RootSecretsFault`] says what is wrong and what to do.
    pub fn read(path: &Path) -> Result<Self, RootSecretsFault> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => RootSecretsFault::Missing(path.to_owned()),
            _ => RootSecretsFault::Unreadable(path.to_owned(), error.kind()),
        };
        let file = File::open(path).map_err(unreadable)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(RootSecretsFault::Exposed(path.to_owned(), mode));
            }
        }
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        let read = file.take(LARGEST).read_to_end(&mut text);
        read.map_err(unreadable)?;
        Self::parse(&text).map_err(|problem| RootSecretsFault::Line(path.to_owned(), problem))
    }

    /// Writes a new file that nobody else may read. One that is there is not touched.
    ///
    /// # Errors
    /// [`RootSecretsFault::Unwritten`].
    pub fn write_new(&self, path: &Path) -> Result<(), RootSecretsFault> {
        let unwritten =
            |error: io::Error| RootSecretsFault::Unwritten(path.to_owned(), error.kind());
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() * 65));
        for root in &self.0 {
            for byte in root.iter() {
                for digit in [byte >> 4, byte & 15] {
                    text.extend(char::from_digit(u32::from(digit), 16));
                }
            }
            text.push('\n');
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(unwritten)?;
        let written = file.write_all(text.as_bytes());
        written.and_then(|()| file.sync_all()).map_err(unwritten)
    }

    fn parse(text: &[u8]) -> Result<Self, RootLineFault> {
        let mut roots = Vec::new();
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let root = root(line).ok_or(RootLineFault::NotHex(number))?;
            let first = root.first();
            if root.iter().all(|byte| Some(byte) == first) {
                return Err(RootLineFault::Constant(number));
            }
            if roots.contains(&root) {
                return Err(RootLineFault::Twice(number));
            }
            roots.push(root);
        }
        match roots.len() {
            0 => Err(RootLineFault::None),
            1..=MOST => Ok(Self(roots)),
            _ => Err(RootLineFault::TooMany),
        }
    }

    /// Keys of tickets by these roots: on every machine that has them the same.
    ///
    /// # Errors
    /// [`ConfigFault::TicketRoot`]: a root is 32 equal bytes.
    ///
    /// ```
    /// use handfast_store::RootSecrets;
    /// use std::sync::Arc;
    ///
    /// # fn example(mut config: handfast::ServerConfig) -> Result<(), Box<dyn std::error::Error>> {
    /// let roots = RootSecrets::read("/etc/handfast/ticket-root".as_ref())?;
    /// config.ticket_keys = Some(Arc::new(roots.ticket_keys()?));
    /// # Ok(()) }
    /// ```
    pub fn ticket_keys(&self) -> Result<TicketKeys, ConfigFault> {
        TicketKeys::from_roots(self.iter(), Arc::new(SystemEntropy), now())
    }

    /// The roots, that which makes what is new first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8; 32]> {
        self.0.iter().map(|root| &**root)
    }
}

impl From<[u8; 32]> for RootSecrets {
    fn from(root: [u8; 32]) -> Self {
        Self(vec![Zeroizing::new(root)])
    }
}

fn root(line: &[u8]) -> Option<Zeroizing<Root>> {
    let mut root = Zeroizing::new([0; 32]);
    if line.len() != 2 * root.len() {
        return None;
    }
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|it| u8::try_from(it).ok())
    };
    for (to, pair) in root.iter_mut().zip(line.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = digit(high)? << 4 | digit(low)?;
    }
    Some(root)
}

/// Says how many there are.
impl fmt::Debug for RootSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootSecrets({})", self.0.len())
    }
}

/// Why there are no roots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootSecretsFault {
    /// There is no such file.
    Missing(PathBuf),
    /// It cannot be read.
    Unreadable(PathBuf, io::ErrorKind),
    /// Its group or others may read it: its mode.
    Exposed(PathBuf, u32),
    /// A line is wrong.
    Line(PathBuf, RootLineFault),
    /// A file cannot be written, or is there already.
    Unwritten(PathBuf, io::ErrorKind),
    /// The system gave no randomness.
    Random,
}

/// What is wrong in a file of roots: lines count from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootLineFault {
    /// This line is not 64 hexadecimal digits.
    NotHex(u32),
    /// The root in this line is one byte, over and over: nobody drew it.
    Constant(u32),
    /// The root in this line stands there before.
    Twice(u32),
    /// There is no root at all.
    None,
    /// There are more than eight.
    TooMany,
}

impl fmt::Display for RootSecretsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => {
                let path = path.display();
                write!(f, "{path}: there is no such file")
            }
            Self::Unreadable(path, why) => write!(f, "cannot read {}: {why}", path.display()),
            Self::Exposed(path, mode) => {
                let path = path.display();
                write!(
                    f,
                    "{path} may be read by others (mode {mode:04o}): who has the root can read \
                     connections; `chmod 600 {path}`, and if others have read it, draw another"
                )
            }
            Self::Line(path, problem) => write!(f, "{}: {problem}", path.display()),
            Self::Unwritten(path, why) => write!(f, "cannot write {}: {why}", path.display()),
            Self::Random => f.write_str("the source of randomness failed"),
        }
    }
}

impl fmt::Display for RootLineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHex(line) => {
                write!(
                    f,
                    "line {line} is no root: write 64 hexadecimal digits, drawn at random"
                )
            }
            Self::Constant(line) => write!(
                f,
                "the root in line {line} is one byte over and over; draw it at random"
            ),
            Self::Twice(line) => write!(f, "the root in line {line} stands there before"),
            Self::None => f.write_str("there is no root: write 64 hexadecimal digits in a line"),
            Self::TooMany => write!(f, "there are more than {MOST} roots"),
        }
    }
}

impl core::error::Error for RootSecretsFault {}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const B: &str = "F00102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";

    #[test]
    fn a_root_is_a_line_and_what_is_none_is_named_by_its_line() {
        let two = RootSecrets::parse(format!("# new\n{B}\r\n\n  {A}").as_bytes()).unwrap();
        let firsts: Vec<u8> = two.iter().map(|root| root[0]).collect();
        assert_eq!((firsts, two.iter().len()), (vec![0xf0, 0], 2));
        assert_eq!(format!("{two:?}"), "RootSecrets(2)");
        let short = &A[..62];
        for (text, expected) in [
            (String::new(), RootLineFault::None),
            ("# nothing\n\n".into(), RootLineFault::None),
            (format!("{A}\n{short}"), RootLineFault::NotHex(2)),
            (format!("{short}xy"), RootLineFault::NotHex(1)),
            (format!("{A}{A}"), RootLineFault::NotHex(1)),
            (format!("\n{}", "ab".repeat(32)), RootLineFault::Constant(2)),
            (format!("{A}\n{B}\n{A}\n"), RootLineFault::Twice(3)),
        ] {
            assert_eq!(
                RootSecrets::parse(text.as_bytes()).unwrap_err(),
                expected,
                "{text}"
            );
        }
        let nine: String = (1..=9)
            .map(|first| format!("{first:02}{}\n", &A[2..]))
            .collect();
        assert_eq!(
            RootSecrets::parse(nine.as_bytes()).unwrap_err(),
            RootLineFault::TooMany
        );
    }
}
