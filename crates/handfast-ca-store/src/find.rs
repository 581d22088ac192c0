//! What was issued: all of it, by filter, or one certificate by name, serial or fingerprint.

use crate::database::Trouble;
use crate::directory::CaDirectory;
use crate::entry::signed;
use crate::error::StoreError;
use crate::fold::fold;
use crate::row::{Level, Name, Row, State, Status};
use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use rustls_pki_types::CertificateDer;

/// Which certificate is meant.
///
/// ```
/// use handfast_ca_store::find::Selector;
///
/// assert_eq!(Selector::parse("localhost"), Selector::Any("localhost".to_owned()));
/// assert!(matches!(Selector::parse("serial:0A:BC"), Selector::Serial(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// A name: a host, an address, a mail address, a common name. If nothing has that name, a
    /// serial number of sixteen hexadecimal digits or more, or a fingerprint, with or without
    /// colons; a shorter serial number needs [`Selector::Serial`].
    Any(String),
    /// A serial number.
    Serial(SerialNumber),
    /// SHA-256 of the certificate.
    Fingerprint([u8; 32]),
    /// A row's number.
    Id(i64),
}

impl Selector {
    /// As people write it: `localhost`, `serial:0A:BC…`, `sha256:…`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let after = |prefix: &str| {
            let start = text.get(..prefix.len())?;
            let rest = text.get(prefix.len()..)?;
            start.eq_ignore_ascii_case(prefix).then_some(rest)
        };
        if let Some(serial) = after("serial:").and_then(|text| SerialNumber::parse(text).ok()) {
            return Self::Serial(serial);
        }
        if let Some(digest) = after("sha256:").and_then(fingerprint) {
            return Self::Fingerprint(digest);
        }
        Self::Any(text.to_owned())
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any(text) => f.write_str(text),
            Self::Serial(serial) => write!(f, "serial {serial}"),
            Self::Fingerprint(digest) => {
                f.write_str("fingerprint ")?;
                digest.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
            }
            Self::Id(id) => write!(f, "number {id}"),
        }
    }
}

/// Which certificates to list; the default is all, the latest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those with this name, serial or fingerprint.
    pub selector: Option<Selector>,
    /// Those that stand so at this moment, in Unix time.
    pub state: Option<(State, u64)>,
    /// Those whose last second comes before this one.
    pub ends_before: Option<u64>,
    /// Those of this profile: `server`, `client`, ….
    pub profile: Option<String>,
    /// Those recorded before this one: the next page after a row of this number.
    pub before_id: Option<i64>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl CaDirectory {
    /// The certificates that a filter lets through, the latest first.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Row>, StoreError> {
        let (conditions, values) = conditions(filter);
        let mut query = format!("{COLUMNS} WHERE {conditions} ORDER BY id DESC");
        if let Some(limit) = filter.limit {
            query.push_str(&format!(" LIMIT {limit}"));
        }
        self.database.snapshot("list certificates", |connection| {
            self.rows(connection, &query, values)
        })
    }

    /// The certificates that fit, in whatever state, the latest first.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn find(&self, selector: &Selector) -> Result<Vec<Row>, StoreError> {
        self.list(&Filter {
            selector: Some(selector.clone()),
            ..Filter::default()
        })
    }

    /// The one certificate in use that fits; if none is in use, the one that fits at all.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Ambiguous`], [`StoreError::NoneLeft`].
    pub fn find_one(&self, selector: &Selector, now: u64) -> Result<Row, StoreError> {
        let found = self.find(selector)?;
        one(found, selector, |row| {
            matches!(row.state(now), State::Valid | State::NotYetValid)
        })
    }

    /// A certificate's bytes; none for one that was imported by its serial alone.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn certificate(&self, id: i64) -> Result<Option<CertificateDer<'static>>, StoreError> {
        self.database.read("read a certificate", |connection| {
            let query = "SELECT der FROM certificates WHERE id = ?1";
            let found: Option<Option<Vec<u8>>> = connection
                .query_row(query, [id], |row| row.get(0))
                .optional()?;
            Ok(found.flatten().map(CertificateDer::from))
        })
    }

    /// What a responder may say of a serial number of the authority that issues (RFC 6960 section
    /// 2.2).
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn status(&self, serial: &SerialNumber) -> Result<Status, StoreError> {
        self.status_at(Level::Issuing, serial)
    }

    /// What a responder may say of a serial number of either authority.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn status_at(&self, level: Level, serial: &SerialNumber) -> Result<Status, StoreError> {
        let authority = self.tier(level).id;
        self.database.read("look up a status", |connection| {
            let query = "SELECT revoked_at, reason FROM certificates
                WHERE authority = ?1 AND serial = ?2";
            let found = connection
                .query_row(query, params![authority, serial.as_bytes()], |row| {
                    Ok((
                        row.get::<_, Option<i64>>(0)?,
                        row.get::<_, Option<String>>(1)?,
                    ))
                })
                .optional()?;
            Ok(match found {
                None => Status::Unknown,
                Some((None, _)) => Status::Good,
                Some((Some(at), reason)) => Status::Revoked {
                    at_unix: unsigned(at),
                    reason: reason
                        .as_deref()
                        .map_or(RevocationReason::Unspecified, read_reason),
                },
            })
        })
    }

    /// A number that changes whenever another connection has written: as long as it stays, what
    /// was read before holds. What this connection writes leaves it as it is.
    ///
    /// # Errors
    /// A [`StoreError`] of the database.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.database.read("ask for changes", |connection| {
            Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
        })
    }

    /// One row by its number.
    pub(crate) fn row(&self, connection: &Connection, id: i64) -> Result<Row, Trouble> {
        let query = format!("{COLUMNS} WHERE id = ?1");
        let rows = self.rows(connection, &query, vec![Value::Integer(id)])?;
        rows.into_iter().next().ok_or_else(|| {
            Trouble::Store(StoreError::NotFound {
                wanted: Selector::Id(id).to_string(),
            })
        })
    }

    fn rows(
        &self,
        connection: &Connection,
        query: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, Trouble> {
        let mut statement = connection.prepare(query)?;
        let mut names = connection
            .prepare("SELECT kind, name FROM names WHERE certificate = ?1 ORDER BY place")?;
        let mut found = statement.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        while let Some(raw) = found.next()? {
            let id: i64 = raw.get(0)?;
            let names = names.query_map([id], |name| {
                Ok(Name {
                    kind: name.get(0)?,
                    text: name.get(1)?,
                })
            })?;
            rows.push(self.row_of(raw, names.collect::<Result<_, _>>()?)?);
        }
        Ok(rows)
    }

    fn row_of(&self, raw: &rusqlite::Row<'_>, names: Vec<Name>) -> Result<Row, Trouble> {
        let time = |place| Ok::<_, Trouble>(raw.get::<_, Option<i64>>(place)?.map(unsigned));
        let serial: Vec<u8> = raw.get(2)?;
        let damaged = || StoreError::Damaged {
            path: self.database.path().to_owned(),
            findings: vec!["a serial number that is none".to_owned()],
        };
        Ok(Row {
            id: raw.get(0)?,
            issuer: self.level(raw.get(1)?),
            serial: SerialNumber::from_bytes(&serial).map_err(|_| damaged())?,
            fingerprint: raw.get(3)?,
            subject: raw.get(4)?,
            common_name: raw.get(5)?,
            names,
            profile: raw.get(6)?,
            not_before: time(7)?,
            not_after: time(8)?.unwrap_or(0),
            revoked_at: time(9)?,
            reason: raw
                .get::<_, Option<String>>(10)?
                .as_deref()
                .map(read_reason),
            issued_at: time(11)?.unwrap_or(0),
            renewed_from: raw.get(12)?,
            file: raw.get(13)?,
        })
    }
}

/// The one that is in use; else the one that there is.
pub(crate) fn one(
    found: Vec<Row>,
    selector: &Selector,
    in_use: impl Fn(&Row) -> bool,
) -> Result<Row, StoreError> {
    let wanted = selector.to_string();
    if found.is_empty() {
        return Err(StoreError::NotFound { wanted });
    }
    let (mut using, mut rest): (Vec<Row>, Vec<Row>) = found.into_iter().partition(in_use);
    match (using.len(), rest.len()) {
        (1, _) => Ok(using.remove(0)),
        (0, 1) => Ok(rest.remove(0)),
        (0, _) => Err(StoreError::NoneLeft {
            wanted,
            candidates: rest,
        }),
        _ => Err(StoreError::Ambiguous {
            wanted,
            candidates: using,
        }),
    }
}

/// The filter as SQL, and its values.
fn conditions(filter: &Filter) -> (String, Vec<Value>) {
    let mut all = vec!["1".to_owned()];
    let mut values = Vec::new();
    if let Some(selector) = &filter.selector {
        all.push(condition(selector, &mut values));
    }
    if let Some((state, at)) = filter.state {
        values.push(Value::Integer(signed(at)));
        let at = values.len();
        all.push(match state {
            State::Valid => format!(
                "revoked_at IS NULL AND not_after >= ?{at} AND coalesce(not_before, 0) <= ?{at}"
            ),
            State::NotYetValid => {
                format!("revoked_at IS NULL AND not_after >= ?{at} AND not_before > ?{at}")
            }
            State::Expired => format!("revoked_at IS NULL AND not_after < ?{at}"),
            // The moment does not matter: a certificate stays revoked.
            State::Revoked => format!("revoked_at IS NOT NULL AND ?{at} IS NOT NULL"),
        });
    }
    if let Some(end) = filter.ends_before {
        values.push(Value::Integer(signed(end)));
        all.push(format!("not_after < ?{}", values.len()));
    }
    if let Some(profile) = &filter.profile {
        values.push(Value::Text(profile.clone()));
        all.push(format!("profile = ?{}", values.len()));
    }
    if let Some(id) = filter.before_id {
        values.push(Value::Integer(id));
        all.push(format!("id < ?{}", values.len()));
    }
    (all.join(" AND "), values)
}

fn condition(selector: &Selector, values: &mut Vec<Value>) -> String {
    let mut bind = |value| {
        values.push(value);
        values.len()
    };
    match selector {
        Selector::Id(id) => format!("id = ?{}", bind(Value::Integer(*id))),
        Selector::Serial(serial) => {
            let serial = Value::Blob(serial.as_bytes().to_vec());
            format!("serial = ?{}", bind(serial))
        }
        Selector::Fingerprint(digest) => {
            format!("fingerprint = ?{}", bind(Value::Blob(digest.to_vec())))
        }
        Selector::Any(text) => {
            let name = bind(Value::Text(fold(text)));
            let serial = long_serial(text).map_or(Value::Null, |serial| {
                Value::Blob(serial.as_bytes().to_vec())
            });
            let serial = bind(serial);
            let digest =
                fingerprint(text).map_or(Value::Null, |digest| Value::Blob(digest.to_vec()));
            let digest = bind(digest);
            // A name goes first: who says `ada` means nobody's serial number 0ADA.
            format!(
                "(id IN (SELECT certificate FROM names WHERE folded = ?{name})
                  OR folded = ?{name}
                  OR ((serial = ?{serial} OR fingerprint = ?{digest})
                      AND NOT EXISTS (SELECT 1 FROM names WHERE folded = ?{name})
                      AND NOT EXISTS (SELECT 1 FROM certificates WHERE folded = ?{name})))"
            )
        }
    }
}

/// A serial number that no word is taken for.
fn long_serial(text: &str) -> Option<SerialNumber> {
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    let serial = SerialNumber::parse(text).ok();
    serial.filter(|_| digits >= PLAIN_SERIAL_DIGITS)
}

/// 32 octets in hexadecimal digits, with or without colons.
fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits = text.chars().filter(|character| *character != ':');
    let nibbles = digits
        .map(|digit| digit.to_digit(16).and_then(|one| u8::try_from(one).ok()))
        .collect::<Option<Vec<u8>>>()?;
    if nibbles.len() != 64 {
        return None;
    }
    let pairs = nibbles.chunks_exact(2);
    let octets = pairs.map(|pair| pair.iter().fold(0, |octet, nibble| octet << 4 | nibble));
    octets.collect::<Vec<u8>>().try_into().ok()
}

/// A reason as the database has it.
fn read_reason(text: &str) -> RevocationReason {
    RevocationReason::parse(text).unwrap_or_default()
}

/// A time from SQLite; those before 1970 count as 1970.
fn unsigned(time: i64) -> u64 {
    u64::try_from(time).unwrap_or(0)
}

/// Serial numbers with as many hexadecimal digits need no `serial:` before them: 64 bits, the least
/// that randomly drawn ones have. Words that are hexadecimal by chance are shorter.
const PLAIN_SERIAL_DIGITS: usize = 16;

const COLUMNS: &str = "SELECT id, authority, serial, fingerprint, subject, common_name, profile,
    not_before, not_after, revoked_at, reason, issued_at, renewed_from, file FROM certificates";
