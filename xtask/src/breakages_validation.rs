//! Ways to break what says whether it is the peer that was meant: as [`crate::breakages`].

use crate::breakages::Breakage;

const RULES: &str = "validation::every_rule_is_kept_and_its_breach_named";
const CONSTRAINTS: &str = "validation::name_constraints_say_what_the_textbook_says";
const TABLE: &str = "revocation::every_row_comes_out_as_the_table_says";

pub(crate) const BREAKAGES: &[Breakage] = &[
    // Whether it is the peer that was meant.
    Breakage {
        what: "validation: a wrong signature of an issuer is accepted",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "        .map_err(|_| Broken::Child(Reason::BadSignature))?;\n    Ok(new)",
        replacement: "        .ok();\n    Ok(new)",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: whoever signs is an authority",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    if !old && !issuer.basic_constraints().unwrap_or_default().ca {",
        replacement: "    if old && !issuer.basic_constraints().unwrap_or_default().ca {",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: path lengths do not count",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    if found > usize::from(allowed) {",
        replacement: "    if found > usize::from(allowed) + 9 {",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: keyUsage of an authority is not looked at",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    if usage.is_some_and(|usage| !usage.allows(KeyUsage::KEY_CERT_SIGN)) {",
        replacement: "    if usage.is_some_and(|usage| false && !usage.allows(KeyUsage::KEY_CERT_SIGN)) {",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: an authority for another purpose will do",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    purpose::check_authority(issuer, request.purpose)?;",
        replacement: "    purpose::check_authority(issuer, request.purpose).ok();",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: name constraints are not looked at",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    check_constraints(link.path, link.issuer, budget)?;",
        replacement: "    check_constraints(link.path, link.issuer, budget).ok();",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: a star is compared as it stands",
        file: "crates/handfast-pki/src/name_constraints.rs",
        text: "    Some(all || some)",
        replacement: "    Some(all || some && false)",
        turns_red: CONSTRAINTS,
    },
    Breakage {
        what: "validation: constraints are compared with case",
        file: "crates/handfast-pki/src/name_constraints.rs",
        text: "    back.eq_ignore_ascii_case(base) && at_label",
        replacement: "    back == base && at_label",
        turns_red: CONSTRAINTS,
    },
    Breakage {
        what: "validation: nothing is excluded",
        file: "crates/handfast-pki/src/name_constraints.rs",
        text: "if relation(name, base, Side::Excluded) == Relation::Inside {",
        replacement: "if false && relation(name, base, Side::Excluded) == Relation::Inside {",
        turns_red: CONSTRAINTS,
    },
    Breakage {
        what: "validation: an issuer's dates are not looked at",
        file: "crates/handfast-pki/src/verify/issuer.rs",
        text: "    check_dates(issuer, request)?;\n    check_critical(issuer)?;\n    // RFC",
        replacement: "    check_critical(issuer)?;\n    // RFC",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: a leaf's unknown critical extension is passed over",
        file: "crates/handfast-pki/src/verify/leaf.rs",
        text: "    check_critical(leaf)?;\n",
        replacement: "",
        turns_red: RULES,
    },
    Breakage {
        what: "validation: any name will do",
        file: "crates/handfast-pki/src/verify/leaf.rs",
        text: "    if names.any(|name| wanted.is_proved_by(&name)) {",
        replacement: "    if names.any(|name| wanted.is_proved_by(&name)) || names.next().is_none() {",
        turns_red: RULES,
    },
    Breakage {
        what: "revocation: anybody signs a CRL",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "                Ok(()) => return Ok(member.clone()),\n                Err(why) => doubt = why,",
        replacement: "                Ok(()) | Err(Doubt::BadSignature) => return Ok(member.clone()),\n                Err(why) => doubt = why,",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a CRL is about any certificate",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "        if !meets {",
        replacement: "        if false && !meets {",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: one distribution point is enough",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "    for point in points {\n        match cover_point",
        replacement: "    for point in points.iter().take(1) {\n        match cover_point",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a CRL never gets old",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "        let fresh = delta.is_some() || !is_past(next_update, now);",
        replacement: "        let fresh = delta.is_some() || !is_past(next_update, now) || true;",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: what is critical on a CRL is passed over",
        file: "crates/handfast-pki/src/verify/revocation/crls.rs",
        text: "    if let Some(oid) = crl.unknown_critical {",
        replacement: "    if let Some(oid) = crl.unknown_critical.filter(|_| false) {",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: anybody answers for an issuer",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: ".is_some_and(|mut list| list.any(|one| one.0 == OCSP_SIGNING));",
        replacement: ".is_none_or(|mut list| list.next().is_some());",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: an answer is about any certificate",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: "    let about = |single: &SingleResponse<'_>| single.id.is(link.certificate, link.issuer);",
        replacement: "    let about = |single: &SingleResponse<'_>| single.id.is(link.certificate, link.issuer) || true;",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a staple never gets stale",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: "        _ if !fresh => Err(Doubt::Stale { next_update, now }),",
        replacement: "        _ if !fresh && now.0 == 0 => Err(Doubt::Stale { next_update, now }),",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: a nonce may be missing",
        file: "crates/handfast-pki/src/verify/revocation/responses.rs",
        text: "    if nonce.is_some() && nonce != basic.nonce() {",
        replacement: "    if nonce.is_some() && basic.nonce().is_some() && nonce != basic.nonce() {",
        turns_red: TABLE,
    },
    Breakage {
        what: "revocation: hard-fail is soft",
        file: "crates/handfast-pki/src/verify/revocation/check.rs",
        text: "        None if mode == Mode::HardFail => {",
        replacement: "        None if mode == Mode::HardFail && tally.dropped.len() > 9 => {",
        turns_red: TABLE,
    },
];
