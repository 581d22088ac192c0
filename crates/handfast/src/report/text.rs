//! A report in plain words.

use crate::connection::RefusalDetail;
use crate::report::offer::Offer;
use crate::report::remedy::Remedy;
use core::fmt;

/// What a refusal says beside its rule.
pub(crate) fn detail(detail: &RefusalDetail) -> Option<String> {
    match detail {
        RefusalDetail::None | RefusalDetail::Certificate(_) => None,
        RefusalDetail::Decode(decode) => Some(decode.to_string()),
        RefusalDetail::Offers { what, peer, own } => Some(format!(
            "{what} of the peer: {}; here: {}",
            list(peer),
            list(own)
        )),
        RefusalDetail::Ech {
            retry_configs: Some(list),
        } => Some(format!("its retry configs: {}", list.to_base64())),
        RefusalDetail::Ech {
            retry_configs: None,
        } => Some("it takes none any more".to_owned()),
        RefusalDetail::Plaintext { what, line } => Some(match line {
            Some(line) => format!("{}: \"{line}\"", what.name()),
            None => what.name().to_owned(),
        }),
        RefusalDetail::Alert(alert) => Some(format!("the caller chose the alert {alert}")),
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_likely {
            f.write_str("likely: ")?;
        }
        f.write_str(&self.words)?;
        if let Some(lets_in) = self.lets_in {
            write!(f, " (which lets in {lets_in})")?;
        }
        Ok(())
    }
}

/// One line for each list that is known.
pub(crate) fn lines(f: &mut fmt::Formatter<'_>, who: &str, offer: &Offer) -> fmt::Result {
    let mut label = format!("{who}:");
    let mut line = |f: &mut fmt::Formatter<'_>, what: &str, words: Option<String>| {
        if let Some(words) = words {
            write!(f, "\n  {label:<8} {what} {words}")?;
            label.clear();
        }
        Ok::<(), fmt::Error>(())
    };
    line(f, "versions", offer.versions.as_deref().map(shown))?;
    line(f, "suites", offer.suites.as_deref().map(shown))?;
    line(f, "groups", offer.groups.as_deref().map(shown))?;
    line(f, "signatures", offer.schemes.as_deref().map(shown))?;
    let protocols = offer.alpn.as_ref().filter(|names| !names.is_empty());
    let protocols = protocols.map(|names| {
        let names = names.iter().map(|name| name.escape_ascii().to_string());
        shown(&names.collect::<Vec<_>>())
    });
    line(f, "protocols", protocols)?;
    line(f, "host", offer.server_name.clone())
}

/// The first few, and how many more there are.
fn shown<T: ToString>(list: &[T]) -> String {
    if list.is_empty() {
        return "none".to_owned();
    }
    let first: Vec<String> = list.iter().take(SHOWN).map(ToString::to_string).collect();
    let first = first.join(", ");
    match list.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn list(names: &[String]) -> String {
    shown(names)
}

/// Entries of a list that a person reads.
const SHOWN: usize = 8;
