//! What the server keeps, as records of JSON.

use crate::jws::{Jwk, Jws};
use crate::message::{
    AccountStatus, AuthorizationStatus, ChallengeKind, ChallengeStatus, ErrorKind, Identifier,
    OrderStatus, Problem,
};
use crate::server::exchange::Refusal;
use crate::server::records::{Records, RecordsFault};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Something that is kept.
pub(crate) trait Kept: Serialize + DeserializeOwned {
    /// The kind of its records.
    const KIND: &'static str;

    /// From when on it may be removed.
    fn expires_unix(&self) -> Option<u64>;
}

/// Something that was read, and where from.
#[derive(Clone, Debug)]
pub(crate) struct Stored<T> {
    pub(crate) key: String,
    pub(crate) version: u64,
    pub(crate) value: T,
}

/// Reads a record.
pub(crate) fn load<T: Kept>(
    records: &dyn Records,
    key: &str,
) -> Result<Option<Stored<T>>, Refusal> {
    let Some(record) = records.load(T::KIND, key)? else {
        return Ok(None);
    };
    let value = serde_json::from_str(&record.body).map_err(|error| {
        // Written by another version of this program, or by hand.
        internal(&format!(
            "the record {}/{key} cannot be read: {error}",
            T::KIND
        ))
    })?;
    Ok(Some(Stored {
        key: key.to_owned(),
        version: record.version,
        value,
    }))
}

/// Writes a new record.
pub(crate) fn create<T: Kept>(
    records: &dyn Records,
    key: &str,
    value: T,
) -> Result<Stored<T>, Refusal> {
    write(records, key, None, &value).map(|version| Stored {
        key: key.to_owned(),
        version,
        value,
    })
}

impl<T: Kept> Stored<T> {
    /// Writes it over what was read.
    pub(crate) fn save(&mut self, records: &dyn Records) -> Result<(), Refusal> {
        self.version = write(records, &self.key, Some(self.version), &self.value)?;
        Ok(())
    }
}

fn write<T: Kept>(
    records: &dyn Records,
    key: &str,
    over: Option<u64>,
    value: &T,
) -> Result<u64, Refusal> {
    let body = serde_json::to_string(value).map_err(|error| internal(&error.to_string()))?;
    Ok(records.save(T::KIND, key, over, &body, value.expires_unix())?)
}

impl From<RecordsFault> for Refusal {
    fn from(fault: RecordsFault) -> Self {
        match fault {
            RecordsFault::Conflict => Self {
                is_conflict: true,
                ..Self::new(
                    ErrorKind::ServerInternal,
                    "another request changed the same thing meanwhile: try again",
                )
                .with("retry-after", "1")
            },
            RecordsFault::Failed(why) => internal(&why),
        }
    }
}

/// A failure of ours. Clients of a CA of one's own are the operator's own: they are told.
pub(crate) fn internal(why: &str) -> Refusal {
    Refusal::new(
        ErrorKind::ServerInternal,
        format!("the server failed, see its log: {why}"),
    )
}

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) status: AccountStatus,
    pub(crate) contact: Vec<String>,
    pub(crate) terms_agreed: bool,
    pub(crate) binding: Option<Jws>,
    pub(crate) key: Jwk,
    pub(crate) created_unix: u64,
}

impl Kept for Account {
    const KIND: &'static str = "acme.account";

    fn expires_unix(&self) -> Option<u64> {
        None
    }
}

/// Whose a key is, under its thumbprint. The account has the last word: it may have another key
/// by now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyOf {
    pub(crate) account: String,
}

impl Kept for KeyOf {
    const KIND: &'static str = "acme.key";

    fn expires_unix(&self) -> Option<u64> {
        None
    }
}

/// What an account has, under its name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ledger {
    /// Its orders, oldest first.
    pub(crate) orders: Vec<Listed>,
    /// Names that it has proven.
    pub(crate) proven: Vec<Proven>,
    /// Authorizations of which nothing came yet.
    #[serde(default)]
    pub(crate) pending: Vec<Pending>,
}

/// An authorization that waits for its proof.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) authorization: String,
    pub(crate) expires_unix: u64,
}

/// An order in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) order: String,
    pub(crate) expires_unix: u64,
}

/// A name that was proven, as an order has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Proven {
    pub(crate) identifier: Identifier,
    pub(crate) authorization: String,
    pub(crate) expires_unix: u64,
}

impl Kept for Ledger {
    const KIND: &'static str = "acme.ledger";

    fn expires_unix(&self) -> Option<u64> {
        None
    }
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) account: String,
    /// Pending stands for ready, too: that follows from the authorizations.
    pub(crate) status: OrderStatus,
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) authorizations: Vec<String>,
    pub(crate) not_before_unix: Option<u64>,
    pub(crate) not_after_unix: Option<u64>,
    pub(crate) expires_unix: u64,
    /// When signing began.
    pub(crate) processing_unix: Option<u64>,
    pub(crate) certificate: Option<String>,
    pub(crate) replaces: Option<String>,
    pub(crate) error: Option<Problem>,
}

impl Kept for Order {
    const KIND: &'static str = "acme.order";

    fn expires_unix(&self) -> Option<u64> {
        Some(self.expires_unix.saturating_add(KEPT_LONGER_S))
    }
}

/// An authorization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) account: String,
    pub(crate) identifier: Identifier,
    pub(crate) is_wildcard: bool,
    pub(crate) status: AuthorizationStatus,
    pub(crate) expires_unix: u64,
    pub(crate) challenges: Vec<Challenge>,
}

/// A challenge of an authorization, known by its kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) kind: ChallengeKind,
    pub(crate) token: String,
    pub(crate) status: ChallengeStatus,
    /// When the client said that it is done.
    pub(crate) since_unix: Option<u64>,
    pub(crate) validated_unix: Option<u64>,
    pub(crate) error: Option<Problem>,
}

impl Kept for Authorization {
    const KIND: &'static str = "acme.authorization";

    fn expires_unix(&self) -> Option<u64> {
        Some(self.expires_unix.saturating_add(KEPT_LONGER_S))
    }
}

/// A certificate that was issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Certificate {
    pub(crate) account: String,
    /// PEM, leaf first, without the root.
    pub(crate) chain: String,
    /// PEM.
    pub(crate) root: String,
    pub(crate) not_after_unix: u64,
}

impl Kept for Certificate {
    const KIND: &'static str = "acme.certificate";

    fn expires_unix(&self) -> Option<u64> {
        Some(self.not_after_unix.saturating_add(KEPT_LONGER_S))
    }
}

/// A certificate by the name that RFC 9773 section 4.1 gives it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Renewal {
    pub(crate) account: String,
    pub(crate) identifiers: Vec<Identifier>,
    /// DER in base64url.
    pub(crate) leaf: String,
    pub(crate) not_before_unix: u64,
    pub(crate) not_after_unix: u64,
    /// The order that takes its place.
    pub(crate) replaced_by: Option<String>,
}

impl Kept for Renewal {
    const KIND: &'static str = "acme.renewal";

    fn expires_unix(&self) -> Option<u64> {
        Some(self.not_after_unix.saturating_add(KEPT_LONGER_S))
    }
}

/// Things are kept a week after their time, so that clients that come late learn what happened.
const KEPT_LONGER_S: u64 = 7 * 86_400;
