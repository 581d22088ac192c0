"""Judges Handfast's answers to what ask.py asked."""
import sys
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

folder = sys.argv[1]


def read(name):
    with open(f"{folder}/{name}", "rb") as file:
        return file.read()


issuing = x509.load_pem_x509_certificate(read("issuing.pem"))
for name, wanted in [
    ("good", ocsp.OCSPCertStatus.GOOD),
    ("revoked", ocsp.OCSPCertStatus.REVOKED),
]:
    leaf = x509.load_pem_x509_certificate(read(f"{name}.pem"))
    for signed in ["issuer", "delegate"]:
        answer = ocsp.load_der_ocsp_response(read(f"{name}.{signed}"))
        assert answer.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
        assert answer.certificate_status == wanted, answer.certificate_status
        assert answer.serial_number == leaf.serial_number
        nonce = answer.extensions.get_extension_for_class(x509.OCSPNonce).value
        assert nonce.nonce == b"\x07" * 32, nonce
        signer = issuing
        if signed == "delegate":
            signer = answer.certificates[0]
            signer.verify_directly_issued_by(issuing)
        hashed = x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest
        assert answer.responder_key_hash == hashed
        signer.public_key().verify(
            answer.signature, answer.tbs_response_bytes, ec.ECDSA(answer.signature_hash_algorithm)
        )
    if wanted == ocsp.OCSPCertStatus.REVOKED:
        assert answer.revocation_reason == x509.ReasonFlags.key_compromise
certified = x509.load_pem_x509_certificate(read("python.pem"))
request = x509.load_pem_x509_csr(read("python.csr"))
certified.verify_directly_issued_by(issuing)
assert certified.public_key() == request.public_key()
names = certified.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
assert names.get_values_for_type(x509.DNSName) == ["c.test"], names
print("answered")
