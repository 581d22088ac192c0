"""Makes a request for a certificate, one for a status, and a list, in the folder argv[1]."""
import datetime
import sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, NameOID

folder = sys.argv[1]


def read(name):
    with open(f"{folder}/{name}", "rb") as file:
        return file.read()


def write(name, content):
    with open(f"{folder}/{name}", "wb") as file:
        file.write(content)


key = ec.generate_private_key(ec.SECP384R1())
builder = (
    x509.CertificateSigningRequestBuilder()
    .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "c.test")]))
    .add_extension(
        x509.SubjectAlternativeName([x509.DNSName("c.test"), x509.RFC822Name("ada@c.test")]), False
    )
    .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    .add_attribute(AttributeOID.CHALLENGE_PASSWORD, b"secret")
)
write("python.csr", builder.sign(key, hashes.SHA384()).public_bytes(Encoding.PEM))

issuing = x509.load_pem_x509_certificate(read("issuing.pem"))
good = x509.load_pem_x509_certificate(read("good.pem"))
revoked = x509.load_pem_x509_certificate(read("revoked.pem"))
for name, leaf in [("good", good), ("revoked", revoked)]:
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(leaf, issuing, hashes.SHA512())
        .add_extension(x509.OCSPNonce(b"\x07" * 32), False)
        .build()
    )
    write(f"{name}.ask", request.public_bytes(Encoding.DER))

signer = load_pem_private_key(read("issuing.key"), None)
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)
entry = (
    x509.RevokedCertificateBuilder()
    .serial_number(revoked.serial_number)
    .revocation_date(now - day)
    .add_extension(x509.CRLReason(x509.ReasonFlags.superseded), False)
    .build()
)
crl = (
    x509.CertificateRevocationListBuilder()
    .issuer_name(issuing.subject)
    .last_update(now - day)
    .next_update(now + day)
    .add_revoked_certificate(entry)
    .add_extension(x509.CRLNumber(77), False)
    .sign(signer, hashes.SHA256())
)
write("python.crl", crl.public_bytes(Encoding.PEM))
answer = (
    ocsp.OCSPResponseBuilder()
    .add_response(
        cert=revoked,
        issuer=issuing,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.REVOKED,
        this_update=now - day,
        next_update=now + day,
        revocation_time=now - day,
        revocation_reason=x509.ReasonFlags.superseded,
    )
    .responder_id(ocsp.OCSPResponderEncoding.HASH, issuing)
    .sign(signer, hashes.SHA256())
)
write("python.ocsp", answer.public_bytes(Encoding.DER))
print("asked")
