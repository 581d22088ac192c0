"""What `handfast cert inspect --json` says of certificates, beside Python's `cryptography` and
`openssl x509`, field by field.

    compare.py HANDFAST OPENSSL FOLDER FILE...

FILEs hold certificates in PEM or DER, or are x509-limbo's set (.json.gz). Prints one JSON object:
how many certificates and fields were compared, which certificates one side refused, and every
field in which two disagree.
"""

import collections
import gzip
import hashlib
import ipaddress
import json
import re
import ssl
import subprocess
import sys
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

warnings.simplefilter("ignore")
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.S)
# privateKeyUsagePeriod and Microsoft's template, which cryptography reads, and policyMappings, the
# poison of precertificates and id-pkix-ocsp-nocheck, of which one side shows no bytes.
READ_BY_ONE = {"2.5.29.16", "1.3.6.1.4.1.311.21.7", "2.5.29.33"}
READ_BY_ONE |= {"1.3.6.1.4.1.11129.2.4.3", "1.3.6.1.5.5.7.48.1.5"}
# Of the 9,572 cases of one suite, which differ in few fields.
EVERY = 200


def corpus(files):
    """The certificates of the files, each once: name to DER."""
    found = {}
    for name in files:
        path = Path(name)
        if name.endswith(".json.gz"):
            ders = limbo(path)
        else:
            data = path.read_bytes()
            blocks = [ssl.PEM_cert_to_DER_cert(block.decode()) for block in PEM.findall(data)]
            ders = blocks or [data]
        for at, der in enumerate(ders):
            found.setdefault(hashlib.sha256(der).hexdigest(), (f"{path.name}#{at + 1}", der))
    return dict(found.values())


def limbo(path):
    pems = {}
    for at, case in enumerate(json.load(gzip.open(path))["testcases"]):
        if case["id"].startswith("bettertls") and at % EVERY:
            continue
        for key in ("trusted_certs", "untrusted_intermediates"):
            pems.update(dict.fromkeys(case.get(key) or []))
        if case.get("peer_certificate"):
            pems[case["peer_certificate"]] = None
    return [ssl.PEM_cert_to_DER_cert(pem) for pem in pems]


# What handfast says.


def inspected(handfast, folder, ders):
    """What is said of each, and why of those that are refused."""
    places, said, refused = {}, {}, {}
    for at, (name, der) in enumerate(ders.items()):
        (folder / f"{at}.der").write_bytes(der)
        places[f"{at}.der"] = name
    names = list(places)
    for start in range(0, len(names), 1000):
        batch = names[start : start + 1000]
        document = run(handfast, folder, batch)
        for item in document.get("result", {}).get("items", []):
            said[places[item["source"]]] = item
    for file, name in places.items():
        if name not in said:
            refused[name] = run(handfast, folder, [file])["error"]["message"].split(": ", 1)[1]
    return said, refused


def run(handfast, folder, files):
    command = [handfast, "cert", "inspect", "--json", *files]
    out = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return json.loads(out.stdout)


def ours(item):
    """The fields, as `theirs` gives them."""
    pss = item["signature"]["algorithm"].get("pss")
    curve = item["key"].get("curve")
    aki = item["authority_key_id"]
    constraints = item["name_constraints"]
    return {
        "version": item["version"],
        "serial": int(item["serial"], 16),
        "subject": components(item["subject"]),
        "issuer": components(item["issuer"]),
        "not_before": item["not_before"],
        "not_after": item["not_after"],
        "key": [
            item["key"].get("algorithm", {}).get("oid"),
            item["key"].get("bits"),
            item["key"].get("exponent"),
            curve and curve["oid"],
        ],
        "signature_algorithm": item["signature"]["algorithm"]["oid"],
        "pss": pss and [pss["hash"]["name"], pss["mask_hash"]["name"], pss["salt_length"]],
        "signature": item["signature"]["value"],
        "sha256": item["fingerprints"]["sha256"],
        "sha1": item["fingerprints"]["sha1"],
        "extensions": [[one["oid"], one["critical"]] for one in item["extensions"]],
        "unknown": {
            one["oid"]: one["hex"]
            for one in item["extensions"]
            if one["hex"] is not None and one["oid"] not in READ_BY_ONE
        },
        "subject_alt_names": names(item["subject_alt_names"]),
        "issuer_alt_names": names(item["issuer_alt_names"]),
        "key_usage": item["key_usage"],
        "extended_key_usage": item["extended_key_usage"]
        and [one["oid"] for one in item["extended_key_usage"]],
        "basic_constraints": item["basic_constraints"]
        and [item["basic_constraints"]["ca"], item["basic_constraints"]["path_length"]],
        "name_constraints": constraints
        and [names(constraints["permitted"]), names(constraints["excluded"])],
        "policies": [
            [
                one["oid"],
                one["cps"],
                [[n["text"], n["organization"], n["numbers"]] for n in one["notices"]],
            ]
            for one in item["policies"]
        ],
        "policy_constraints": item["policy_constraints"]
        and list(item["policy_constraints"].values()),
        "inhibit_any_policy": item["inhibit_any_policy"],
        "crl_distribution_points": points(item["crl_distribution_points"]),
        "freshest_crl": points(item["freshest_crl"]),
        "authority_info_access": access(item["authority_info_access"]),
        "subject_info_access": access(item["subject_info_access"]),
        "urls": item["urls"],
        "subject_key_id": item["subject_key_id"],
        "authority_key_id": aki
        and [aki["key_id"], names(aki["issuer"]), aki["serial"] and int(aki["serial"], 16)],
        "tls_features": item["tls_features"],
        "scts": item["scts"] and [[one["log_id"], one["timestamp_ms"]] for one in item["scts"]],
    }


def components(name):
    return [
        [one["component"], one["oid"], one["value"], one["type"]] for one in name["components"]
    ]


def names(list_):
    shown = []
    for one in list_:
        value = one["value"]
        if one["kind"] == "directoryName":
            value = components(one["name"])
        elif one["kind"] == "otherName":
            value = one["type_id"]
        elif one["kind"] == "iPAddress" and "/" in value:
            value = str(ipaddress.ip_network(value))
        elif one["kind"] == "iPAddress":
            value = str(ipaddress.ip_address(value))
        shown.append([one["kind"], value])
    return shown


def points(list_):
    return [
        [
            names(one["full_names"]),
            one["relative_name"] and [[n["oid"], n["value"]] for n in one["relative_name"]],
            one["reasons"],
            names(one["crl_issuers"]),
        ]
        for one in list_ or []
    ]


def access(list_):
    return [[one["oid"], *names([one["location"]])[0]] for one in list_ or []]


# What cryptography says.

KINDS = {
    x509.DNSName: "dNSName",
    x509.IPAddress: "iPAddress",
    x509.RFC822Name: "rfc822Name",
    x509.UniformResourceIdentifier: "uniformResourceIdentifier",
    x509.DirectoryName: "directoryName",
    x509.RegisteredID: "registeredID",
    x509.OtherName: "otherName",
}
USAGES = [
    ("digital_signature", "digitalSignature"),
    ("content_commitment", "nonRepudiation"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
    ("_encipher_only", "encipherOnly"),
    ("_decipher_only", "decipherOnly"),
]
REASONS = ["keyCompromise", "cACompromise", "affiliationChanged", "superseded"]
REASONS += ["cessationOfOperation", "certificateHold", "privilegeWithdrawn", "aACompromise"]
ALGORITHMS = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
STRINGS = {"T61String": "TeletexString", "BitString": "BIT STRING"}


def their_name(name):
    return [
        [at, one.oid.dotted_string, one.value, STRINGS.get(one._type.name, one._type.name)]
        for at, rdn in enumerate(name.rdns)
        for one in rdn
    ]


def their_names(list_):
    shown = []
    for one in list_ or []:
        value = one.value
        if isinstance(one, x509.DirectoryName):
            value = their_name(value)
        elif isinstance(one, x509.OtherName):
            value = one.type_id.dotted_string
        elif isinstance(one, x509.RegisteredID):
            value = value.dotted_string
        elif isinstance(one, x509.IPAddress):
            value = str(value)
        shown.append([KINDS[type(one)], value])
    return shown


def their_key(certificate):
    oid = certificate.public_key_algorithm_oid.dotted_string
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return [oid, key.key_size, str(key.public_numbers().e), None]
    if isinstance(key, ec.EllipticCurvePublicKey):
        curves = {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34"}
        curves |= {"secp521r1": "1.3.132.0.35", "secp192r1": "1.2.840.10045.3.1.1"}
        curves |= {"secp224r1": "1.3.132.0.33", "secp256k1": "1.3.132.0.10"}
        return [oid, key.key_size, None, curves[key.curve.name]]
    if isinstance(key, dsa.DSAPublicKey):
        return [oid, key.key_size, None, None]
    bits = {"1.3.101.112": 256, "1.3.101.113": 456, "1.3.101.110": 256, "1.3.101.111": 456}
    return [oid, bits.get(oid), None, None]


def their_pss(certificate):
    try:
        parameters = certificate.signature_algorithm_parameters
    except Exception:
        return None
    if not isinstance(parameters, padding.PSS):
        return None
    mask = ALGORITHMS[parameters.mgf._algorithm.name]
    return [
        ALGORITHMS[certificate.signature_hash_algorithm.name],
        mask,
        parameters._salt_length,
    ]


def their_points(list_):
    return [
        [
            their_names(one.full_name),
            one.relative_name and [[n.oid.dotted_string, n.value] for n in one.relative_name],
            one.reasons and [name for name in REASONS if x509.ReasonFlags(name) in one.reasons],
            their_names(one.crl_issuer),
        ]
        for one in list_
    ]


def their_policies(list_):
    shown = []
    for one in list_:
        cps, notices = [], []
        for qualifier in one.policy_qualifiers or []:
            if isinstance(qualifier, str):
                cps.append(qualifier)
                continue
            reference = qualifier.notice_reference
            notices.append(
                [
                    qualifier.explicit_text,
                    reference and reference.organization,
                    [str(n) for n in reference.notice_numbers] if reference else [],
                ]
            )
        shown.append([one.policy_identifier.dotted_string, cps, notices])
    return shown


def their_access(list_):
    return [
        [one.access_method.dotted_string, *their_names([one.access_location])[0]] for one in list_
    ]


def uris(list_):
    return [one.value for one in list_ if isinstance(one, x509.UniformResourceIdentifier)]


def theirs(certificate):
    extensions = {one.oid.dotted_string: one.value for one in certificate.extensions}

    def has(kind):
        return next((one for one in extensions.values() if type(one) is kind), None)

    def read(kind, value, absent=None):
        found = has(kind)
        return absent if found is None else value(found)

    aia = list(has(x509.AuthorityInformationAccess) or [])
    crls = list(has(x509.CRLDistributionPoints) or [])
    method = x509.AuthorityInformationAccessOID
    return {
        "version": certificate.version.value + 1,
        "serial": certificate.serial_number,
        "subject": their_name(certificate.subject),
        "issuer": their_name(certificate.issuer),
        "not_before": certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "key": their_key(certificate),
        "signature_algorithm": certificate.signature_algorithm_oid.dotted_string,
        "pss": their_pss(certificate),
        "signature": certificate.signature.hex(),
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
        "sha1": certificate.fingerprint(hashes.SHA1()).hex(),
        "extensions": [[one.oid.dotted_string, one.critical] for one in certificate.extensions],
        "unknown": {
            oid: one.value.hex()
            for oid, one in extensions.items()
            if isinstance(one, x509.UnrecognizedExtension) and oid not in READ_BY_ONE
        },
        "subject_alt_names": their_names(has(x509.SubjectAlternativeName)),
        "issuer_alt_names": their_names(has(x509.IssuerAlternativeName)),
        "key_usage": read(
            x509.KeyUsage, lambda one: [name for key, name in USAGES if getattr(one, key)]
        ),
        "extended_key_usage": read(
            x509.ExtendedKeyUsage, lambda list_: [one.dotted_string for one in list_]
        ),
        "basic_constraints": read(x509.BasicConstraints, lambda one: [one.ca, one.path_length]),
        "name_constraints": read(
            x509.NameConstraints,
            lambda one: [their_names(one.permitted_subtrees), their_names(one.excluded_subtrees)],
        ),
        "policies": read(x509.CertificatePolicies, their_policies, []),
        "policy_constraints": read(
            x509.PolicyConstraints,
            lambda one: [one.require_explicit_policy, one.inhibit_policy_mapping],
        ),
        "inhibit_any_policy": read(x509.InhibitAnyPolicy, lambda one: one.skip_certs),
        "crl_distribution_points": their_points(crls),
        "freshest_crl": their_points(has(x509.FreshestCRL) or []),
        "authority_info_access": their_access(aia),
        "subject_info_access": their_access(has(x509.SubjectInformationAccess) or []),
        "urls": {
            "ca_issuers": uris(
                one.access_location for one in aia if one.access_method == method.CA_ISSUERS
            ),
            "ocsp": uris(one.access_location for one in aia if one.access_method == method.OCSP),
            "crl": uris(name for one in crls for name in one.full_name or []),
        },
        "subject_key_id": read(x509.SubjectKeyIdentifier, lambda one: one.digest.hex()),
        "authority_key_id": read(
            x509.AuthorityKeyIdentifier,
            lambda one: [
                one.key_identifier.hex() if one.key_identifier is not None else None,
                their_names(one.authority_cert_issuer),
                one.authority_cert_serial_number,
            ],
        ),
        "tls_features": read(x509.TLSFeature, lambda list_: [one.value for one in list_], []),
        "scts": read(x509.PrecertificateSignedCertificateTimestamps, their_scts),
    }


def their_scts(list_):
    import base64

    return [
        [base64.b64encode(one.log_id).decode(), round(one.timestamp.timestamp() * 1000)]
        for one in list_
    ]


# What OpenSSL says.

OPENSSL_USAGES = {
    "Digital Signature": "digitalSignature",
    "Non Repudiation": "nonRepudiation",
    "Key Encipherment": "keyEncipherment",
    "Data Encipherment": "dataEncipherment",
    "Key Agreement": "keyAgreement",
    "Certificate Sign": "keyCertSign",
    "CRL Sign": "cRLSign",
    "Encipher Only": "encipherOnly",
    "Decipher Only": "decipherOnly",
}


def by_openssl(openssl, der):
    options = "-noout -serial -subject -issuer -dates -dateopt iso_8601 -sha256 -fingerprint -text"
    form = "oid,show_type,sep_multiline,space_eq,utf8"
    command = [openssl, "x509", "-inform", "DER", *options.split(), "-nameopt", form]
    out = subprocess.run(command, input=der, capture_output=True, check=True).stdout
    return out.decode(errors="replace")


def openssl_fields(text):
    """What of OpenSSL's text is told apart without doubt."""

    def one(pattern, fallback=None):
        found = re.search(pattern, text, re.M)
        return found.group(1) if found else fallback

    def section(title):
        found = re.search(
            rf"^ +(?:X509v3 )?{title}: ?(?:critical)? *\n((?: {{16}}.*\n)*)", text, re.M
        )
        return found.group(1) if found else None

    usage = section("Key Usage")
    constraints = section("Basic Constraints")
    fields = {
        "serial": one(r"^serial=(.*)$").lower(),
        "sha256": one(r"^sha256 Fingerprint=(.*)$").replace(":", "").lower(),
        "version": one(r"^ +Version: (\d)"),
        "not_before": one(r"^notBefore=(.*)$").replace(" ", "T"),
        "not_after": one(r"^notAfter=(.*)$").replace(" ", "T"),
        "subject": openssl_name(text, "subject"),
        "issuer": openssl_name(text, "issuer"),
        "bits": one(r"Public-Key: \((\d+) bit\)"),
        "exponent": one(r"^ +Exponent: (\d+)"),
        "key_usage": usage and [OPENSSL_USAGES[word.strip()] for word in usage.split(",")],
        "basic_constraints": constraints
        and [
            "CA:TRUE" in constraints,
            int(constraints.split("pathlen:")[1]) if "pathlen" in constraints else None,
        ],
        "subject_key_id": (section("Subject Key Identifier") or "").strip().replace(":", "").lower(),
        "policies": re.findall(
            r"Policy: ([\d.]+)$",
            (section("Certificate Policies") or "").replace("X509v3 Any Policy", "2.5.29.32.0"),
            re.M,
        ),
        "cps": re.findall(r"CPS: (.*)$", section("Certificate Policies") or "", re.M),
        "ocsp": re.findall(r"OCSP - URI:(.*)$", section("Authority Information Access") or "", re.M),
        "ca_issuers": re.findall(
            r"CA Issuers - URI:(.*)$", section("Authority Information Access") or "", re.M
        ),
        "crl": re.findall(
            r"^ +URI:(\S*)", section("CRL Distribution Points") or "", re.M
        ),
        "dns": re.findall(r"DNS:([^\s,]*)", section("Subject Alternative Name") or ""),
        "critical": len(re.findall(r"^ {12}\S.*: critical$", text, re.M)),
    }
    return fields


TYPES = {"UTF8STRING": "UTF8String", "PRINTABLESTRING": "PrintableString"}
TYPES |= {"IA5STRING": "IA5String", "T61STRING": "TeletexString", "BMPSTRING": "BMPString"}
TYPES |= {"TELETEXSTRING": "TeletexString", "NUMERICSTRING": "NumericString"}
TYPES |= {"UNIVERSALSTRING": "UniversalString", "VISIBLESTRING": "VisibleString"}


def openssl_name(text, whose):
    found = re.search(rf"^{whose}=(.*\n(?: {{4}}.*\n)*)", text, re.M).group(1)
    attributes = re.findall(r"([\d.]+) = (\w+):((?:[^+\n]|\+(?! [\d.]+ = ))*)", found)
    return [[oid, TYPES.get(kind, kind), value.strip()] for oid, kind, value in attributes]


def as_openssl(item):
    """Ours, in the fields of OpenSSL."""

    def name(whose):
        return [
            [one["oid"], one["type"], (one["value"] or "").strip()]
            for one in item[whose]["components"]
        ]

    # Of Ed25519 and its like OpenSSL says no length.
    raw = item["key"].get("algorithm", {}).get("oid", "").startswith("1.3.101.")
    bits = None if raw else item["key"].get("bits")
    return {
        "serial": item["serial"],
        "sha256": item["fingerprints"]["sha256"],
        "version": str(item["version"]),
        "not_before": item["not_before"],
        "not_after": item["not_after"],
        "subject": name("subject"),
        "issuer": name("issuer"),
        "bits": bits and str(bits),
        "exponent": item["key"].get("exponent"),
        "key_usage": item["key_usage"],
        "basic_constraints": item["basic_constraints"]
        and [item["basic_constraints"]["ca"], item["basic_constraints"]["path_length"]],
        "subject_key_id": item["subject_key_id"] or "",
        "policies": [one["oid"] for one in item["policies"]],
        "cps": [uri for one in item["policies"] for uri in one["cps"]],
        "ocsp": item["urls"]["ocsp"],
        "ca_issuers": item["urls"]["ca_issuers"],
        "crl": item["urls"]["crl"],
        "dns": [n["value"] for n in item["subject_alt_names"] if n["kind"] == "dNSName"],
        "critical": sum(one["critical"] for one in item["extensions"]),
    }


EC = "1.2.840.10045.2.1"


def is_spelled_out(field, own, value):
    return field == "key" and own[0] == EC and own[1] is None and value[0] == EC


def compare(peer, name, own, other, report):
    for field, value in other.items():
        report["fields"] += 1
        # A curve that is spelled out is not named by us: RFC 5480 s2.1.1 forbids it.
        if own[field] != value and not is_spelled_out(field, own[field], value):
            report["disagreements"].append(
                {
                    "peer": peer,
                    "certificate": name,
                    "field": field,
                    "ours": own[field],
                    "theirs": value,
                }
            )


def main():
    handfast, openssl, folder, *files = sys.argv[1:]
    ders = corpus(files)
    said, refused = inspected(handfast, Path(folder), ders)
    report = collections.defaultdict(int)
    report["certificates"] = len(ders)
    report |= {"refused": {}, "refused_by_python": {}, "disagreements": []}
    for name, why in refused.items():
        try:
            theirs(x509.load_der_x509_certificate(ders[name]))
            report["refused"][name] = why
        except Exception:
            report["refused_by_both"] += 1
    for name, item in said.items():
        der = ders[name]
        try:
            other = theirs(x509.load_der_x509_certificate(der))
        except Exception as error:
            report["refused_by_python"][name] = f"{type(error).__name__}: {error}"
        else:
            report["by_python"] += 1
            compare("cryptography", name, ours(item), other, report)
        if "limbo" not in name or report["by_openssl"] < 220:
            report["by_openssl"] += 1
            text = openssl_fields(by_openssl(openssl, der))
            compare("openssl", name, as_openssl(item), text, report)
    print(json.dumps(report))


main()
