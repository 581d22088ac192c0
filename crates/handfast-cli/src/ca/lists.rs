//! The revocation lists of an authority: its own, and its root's where that is another. A client
//! that is to know of every certificate of a chain needs both.

use crate::ca::opened::failure;
use crate::ca::rows::time;
use crate::failure::Failure;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::row::Level;
use handfast_pki::crl::Crl;
use handfast_pki::load::to_pem;
use serde_json::{Value, json};

/// Lists that were made just now.
pub(crate) struct Lists(Vec<(Level, Vec<u8>)>);

impl Lists {
    /// Makes those of all levels, that of the certificates that are issued first.
    pub(crate) fn make(
        directory: &mut CaDirectory,
        validity_s: u64,
        now_s: u64,
    ) -> Result<Self, Failure> {
        let mut levels = vec![Level::Issuing];
        if directory.has_issuing() {
            levels.push(Level::Root);
        }
        Self::of(directory, &levels, validity_s, now_s)
    }

    /// Makes those of some levels.
    pub(crate) fn of(
        directory: &mut CaDirectory,
        levels: &[Level],
        validity_s: u64,
        now_s: u64,
    ) -> Result<Self, Failure> {
        let lists = levels.iter().map(|level| {
            let der = directory.next_crl_of(*level, validity_s, now_s);
            Ok((*level, der.map_err(|fault| failure(&fault))?))
        });
        lists.collect::<Result<_, _>>().map(Self)
    }

    /// As PEM, one after the other.
    pub(crate) fn pem(&self) -> String {
        let lists = self.0.iter();
        lists
            .map(|(_, der)| to_pem("X509 CRL", der).to_string())
            .collect()
    }

    /// The first as DER, which holds one alone.
    pub(crate) fn first_der(&self) -> &[u8] {
        self.0.first().map_or(&[], |(_, der)| der)
    }

    /// What they hold, for people.
    pub(crate) fn words(&self) -> Vec<String> {
        let each = self.views().map(|(_, list)| {
            let entries = list.revoked().count();
            let plural = if entries == 1 { "" } else { "s" };
            format!(
                "list {} of {}: {entries} certificate{plural}, the next until {}",
                number(&list),
                list.issuer(),
                list.next_update()
            )
        });
        each.collect()
    }

    /// The same for programs.
    pub(crate) fn described(&self) -> Value {
        let each = self.views().map(|(level, list)| {
            let unix = |unix: i64| time(u64::try_from(unix).unwrap_or(0));
            json!({
                "issuer": list.issuer().to_string(),
                "level": match level {
                    Level::Root => "root",
                    Level::Issuing => "issuing",
                },
                "number": number(&list),
                "entries": list.revoked().count(),
                "this_update": unix(list.this_update().0),
                "next_update": unix(list.next_update().0),
            })
        });
        Value::Array(each.collect())
    }

    fn views(&self) -> impl Iterator<Item = (Level, Crl<'_>)> {
        let each = self.0.iter();
        each.filter_map(|(level, der)| Some((*level, Crl::parse(der).ok()?)))
    }
}

fn number(list: &Crl<'_>) -> u64 {
    let octets = list.number().iter();
    octets.fold(0, |sum, octet| sum << 8 | u64::from(*octet))
}

/// How long a list is good where nothing else is said.
pub(crate) const WEEK_S: u64 = 7 * 86_400;
