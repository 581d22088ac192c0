//! OpenSSL's `index.txt`: what `openssl ca` has issued, a line each.
//!
//! ```text
//! status TAB end TAB revocation TAB serial TAB file TAB subject
//! R  270115080000Z  260901120000Z,keyCompromise  0A1B  unknown  /C=DE/CN=a.test
//! ```

use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use handfast_ca::subject::Subject;
use handfast_pki::distinguished_name::DistinguishedName;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// One certificate of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Marked as expired, which `openssl ca -updatedb` does.
    pub(crate) is_expired: bool,
    pub(crate) not_after: u64,
    pub(crate) revoked: Option<(u64, RevocationReason)>,
    pub(crate) serial: SerialNumber,
    pub(crate) file: Option<String>,
    /// As `openssl x509 -subject -nameopt compat` shows it: `/C=DE/CN=a.test`.
    pub(crate) subject: String,
}

impl Line {
    /// Reads a line; none for a comment and for an empty one.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, String> {
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        let fields = fields(text);
        let [status, end, revocation, serial, file, subject] = fields.as_slice() else {
            let count = fields.len();
            return Err(format!(
                "it has {count} fields, not 6 with tabs between them"
            ));
        };
        let revoked = match (status.as_str(), revocation.as_str()) {
            ("V" | "E", "") => None,
            ("R", "") => return Err("it is revoked (R), and does not say when".to_owned()),
            ("R", revocation) => Some(read_revocation(revocation)?),
            ("V" | "E", _) => return Err(format!("its status is {status}, and it is revoked")),
            _ => return Err(format!("{status:?} is no status: V, R or E")),
        };
        Ok(Some(Self {
            is_expired: status == "E",
            not_after: read_time(end)?,
            revoked,
            serial: SerialNumber::parse(serial).map_err(|fault| fault.to_string())?,
            file: (file != NO_FILE && !file.is_empty()).then(|| file.clone()),
            subject: subject.clone(),
        }))
    }

    /// Writes the line, its end included.
    pub(crate) fn write(&self) -> String {
        let status = match (&self.revoked, self.is_expired) {
            (Some(_), _) => "R",
            (None, true) => "E",
            (None, false) => "V",
        };
        let revocation = self.revoked.map(|(at, reason)| match reason {
            RevocationReason::Unspecified
            // OpenSSL has no names for these two, and gives up on the whole index.
            | RevocationReason::PrivilegeWithdrawn
            | RevocationReason::AaCompromise => write_time(at),
            reason => format!("{},{}", write_time(at), reason.openssl_name()),
        });
        let fields = [
            status,
            &write_time(self.not_after),
            revocation.as_deref().unwrap_or_default(),
            &self.serial.to_string(),
            self.file.as_deref().unwrap_or(NO_FILE),
            &self.subject,
        ];
        let escaped = fields.map(|field| field.replace('\t', "\\\t"));
        escaped.join("\t") + "\n"
    }
}

/// A backslash takes a tab's meaning away, and no other character's.
fn fields(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    for character in text.chars() {
        let Some(field) = fields.last_mut() else {
            break;
        };
        match character {
            '\t' if field.ends_with('\\') => {
                field.pop();
                field.push('\t');
            }
            '\t' => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}

/// `time`, `time,reason`, or `time,what,more` of the reasons that OpenSSL says more about.
fn read_revocation(text: &str) -> Result<(u64, RevocationReason), String> {
    let (time, reason) = text.split_once(',').unwrap_or((text, "unspecified"));
    let time = read_time(time)?;
    let name = reason.split(',').next().unwrap_or_default();
    let reason = match name {
        "holdInstruction" => Some(RevocationReason::CertificateHold),
        "keyTime" => Some(RevocationReason::KeyCompromise),
        "CAkeyTime" => Some(RevocationReason::CaCompromise),
        // Of what was taken back an index has no line.
        "removeFromCRL" => None,
        name => RevocationReason::parse(name),
    };
    let known = reason.ok_or_else(|| format!("{name:?} is no reason of revocation"))?;
    Ok((time, known))
}

/// UTCTime or GeneralizedTime, in Unix seconds; what is before 1970 counts as 1970.
fn read_time(text: &str) -> Result<u64, String> {
    let bad = || format!("{text:?} is no time: YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ");
    // RFC 5280 section 4.1.2.5.1: 50 is 1950, and 49 is 2049.
    let century = match (text.len(), text.get(..2)) {
        (13, Some(year)) if year < "50" => "20",
        (13, Some(_)) => "19",
        (15, _) => "",
        _ => return Err(bad()),
    };
    let time = strtime::parse("%Y%m%d%H%M%SZ", format!("{century}{text}"))
        .and_then(|time| time.to_datetime())
        .and_then(|time: DateTime| time.to_zoned(TimeZone::UTC))
        .map_err(|_| bad())?;
    Ok(u64::try_from(time.timestamp().as_second()).unwrap_or(0))
}

/// UTCTime until 2049, GeneralizedTime from then on.
fn write_time(unix: u64) -> String {
    let format = if unix < FIRST_OF_2050 {
        "%y%m%d%H%M%SZ"
    } else {
        "%Y%m%d%H%M%SZ"
    };
    let time = i64::try_from(unix).ok();
    let time = time.and_then(|time| Timestamp::from_second(time).ok());
    time.unwrap_or(Timestamp::MAX).strftime(format).to_string()
}

/// A subject as the index has it (X509_NAME_oneline): all that is not printable ASCII in octets.
pub(crate) fn one_line(name: &DistinguishedName<'_>) -> String {
    let mut line = String::new();
    for attribute in name.attributes() {
        line.push('/');
        match attribute.name() {
            Some(name) => line.push_str(name),
            None => line.push_str(&attribute.oid().to_string()),
        }
        line.push('=');
        for octet in attribute.text().bytes() {
            match octet {
                b' '..=b'~' => line.push(char::from(octet)),
                _ => line.push_str(&format!("\\x{octet:02X}")),
            }
        }
    }
    line
}

/// The subject of a line; none where it cannot be told, as a value may hold a slash.
pub(crate) fn subject(line: &str) -> Option<Subject> {
    let mut text = String::new();
    for part in parts(line) {
        let (kind, value) = part.split_once('=')?;
        text.push('/');
        text.push_str(kind);
        text.push('=');
        for octet in octets(value) {
            match octet {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => text.push(char::from(octet)),
                _ => text.push_str(&format!("\\{octet:02x}")),
            }
        }
    }
    Subject::parse(&text).ok()
}

/// What stands between slashes: a slash before something without an equals sign is part of a
/// value.
fn parts(line: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in line.strip_prefix('/').unwrap_or(line).split('/') {
        let kind = piece.split_once('=').map_or("", |pair| pair.0);
        let begins = !kind.is_empty()
            && kind
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || one == '.');
        match parts.last_mut() {
            Some(last) if !begins => {
                last.push('/');
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// The octets of a value, of which some stand as `\xC3`.
fn octets(value: &str) -> Vec<u8> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(character) = rest.chars().next() {
        let code = rest.strip_prefix("\\x").and_then(|after| after.get(..2));
        if let Some(octet) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            found.push(octet);
            rest = rest.get(4..).unwrap_or_default();
        } else {
            found.extend(character.to_string().bytes());
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    found
}

/// What stands for a file's name where there is none.
const NO_FILE: &str = "unknown";

/// 2050-01-01T00:00:00Z.
const FIRST_OF_2050: u64 = 2_524_608_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_as_they_were_read() {
        for text in [
            "V\t270115080000Z\t\t0A1B\tunknown\t/C=DE/O=Acme, Inc./CN=a.test\n",
            "R\t20500101000000Z\t260901120000Z,keyCompromise\t01\tcerts/1.pem\t/CN=b\n",
            "R\t491231235959Z\t260901120000Z\t7F\tunknown\t/CN=c\\x09d\n",
            "E\t700101000000Z\t\t1000\tunknown\t/CN=d\n",
            "V\t270115080000Z\t\t02\twith a \\\ttab\t/CN=e\\\\f\n",
        ] {
            let line = Line::read(text.trim_end_matches('\n')).unwrap().unwrap();
            assert_eq!(line.write(), text);
        }
        assert_eq!(Line::read("# a comment"), Ok(None));
        assert_eq!(Line::read("\r"), Ok(None));
    }

    #[test]
    fn times_are_those_of_rfc_5280() {
        assert_eq!(read_time("491231235959Z"), Ok(FIRST_OF_2050 - 1));
        assert_eq!(read_time("20500101000000Z"), Ok(FIRST_OF_2050));
        assert_eq!(read_time("500101000000Z"), Ok(0), "1950");
        for bad in [
            "",
            "4912312359Z",
            "491231235959",
            "991332000000Z",
            "äöüäöü1",
        ] {
            assert!(read_time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_openssl_says_more_about_is_understood() {
        let reason = |text: &str| read_revocation(text).map(|found| found.1);
        let hold = "260901120000Z,holdInstruction,holdInstructionReject";
        assert_eq!(reason(hold), Ok(RevocationReason::CertificateHold));
        let key = "260901120000Z,keyTime,20260101000000Z";
        assert_eq!(reason(key), Ok(RevocationReason::KeyCompromise));
        let ca = "260901120000Z,CAkeyTime,20260101000000Z";
        assert_eq!(reason(ca), Ok(RevocationReason::CaCompromise));
        assert!(reason("260901120000Z,because").is_err());
    }

    #[test]
    fn broken_lines_are_told() {
        for (text, why) in [
            ("V\t270115080000Z\t\t0A\tunknown", "5 fields"),
            ("X\t270115080000Z\t\t0A\tunknown\t/CN=a", "status"),
            ("V\tsoon\t\t0A\tunknown\t/CN=a", "time"),
            ("V\t270115080000Z\t\txyz\tunknown\t/CN=a", "xyz"),
            ("R\t270115080000Z\t\t0A\tunknown\t/CN=a", "when"),
            (
                "V\t270115080000Z\t260901120000Z\t0A\tunknown\t/CN=a",
                "revoked",
            ),
        ] {
            let said = Line::read(text).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn subjects_survive_the_way_there_and_back() {
        for text in [
            "/C=DE/O=Acme, Inc./CN=a.test",
            "/CN=\\xC3\\xA4/emailAddress=a@b.test",
            "/O=a+b/CN=http://a.test/x",
            "/CN=#1",
        ] {
            let subject = subject(text).unwrap();
            let name = DistinguishedName::parse(subject.der()).unwrap();
            assert_eq!(one_line(&name), text);
        }
        assert_eq!(subject("no subject"), None);
    }
}
