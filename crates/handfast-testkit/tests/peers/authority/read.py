"""Reads what Handfast made in the folder argv[1], and says what it is by Python's cryptography."""
import sys
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtensionOID, ExtendedKeyUsageOID, NameOID

folder = sys.argv[1]


def read(name):
    with open(f"{folder}/{name}", "rb") as file:
        return file.read()


root = x509.load_pem_x509_certificate(read("root.pem"))
issuing = x509.load_pem_x509_certificate(read("issuing.pem"))
good = x509.load_pem_x509_certificate(read("good.pem"))
revoked = x509.load_pem_x509_certificate(read("revoked.pem"))
issuing.verify_directly_issued_by(root)
good.verify_directly_issued_by(issuing)
try:
    good.verify_directly_issued_by(root)
except Exception:
    pass
else:
    raise SystemExit("the root did not issue the leaf")

names = good.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
assert names.get_values_for_type(x509.DNSName) == ["a.test"], names
assert names.get_values_for_type(x509.RFC822Name) == ["ada@a.test"], names
assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["https://a.test/x"], names
assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"], names
other = names.get_values_for_type(x509.OtherName)[0]
assert other.type_id.dotted_string == "1.3.6.1.4.1.311.20.2.3", other
assert other.value == b"\x0c\x0aada@a.test", other
uses = good.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
assert list(uses) == [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], uses
features = good.extensions.get_extension_for_class(x509.TLSFeature).value
assert list(features) == [x509.TLSFeatureType.status_request], features
access = good.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
assert len(list(access)) == 2, access
points = good.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
assert points[0].full_name[0].value == "http://ca.test/crl", points
basic = issuing.extensions.get_extension_for_class(x509.BasicConstraints)
assert basic.critical and basic.value.ca and basic.value.path_length == 0, basic

request = x509.load_pem_x509_csr(read("request.pem"))
assert request.is_signature_valid
assert request.subject.rfc4514_string() == "CN=a.test,O=Acme,C=DE", request.subject
asked = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
assert asked == names, asked

key = load_pem_private_key(read("key.pem"), None)
locked = load_pem_private_key(read("locked.pem"), b"a pass phrase")
spki = lambda one: one.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
assert spki(key.public_key()) == spki(locked.public_key()) == spki(good.public_key())

crl = x509.load_pem_x509_crl(read("issuing.crl"))
assert crl.is_signature_valid(issuing.public_key())
assert not crl.is_signature_valid(key.public_key())
number = crl.extensions.get_extension_for_class(x509.CRLNumber).value
assert number.crl_number == 258, number
assert crl.get_revoked_certificate_by_serial_number(good.serial_number) is None
entry = crl.get_revoked_certificate_by_serial_number(revoked.serial_number)
reason = entry.extensions.get_extension_for_class(x509.CRLReason).value
assert reason.reason == x509.ReasonFlags.key_compromise, reason
print("read")
