#!/bin/sh
# How the files of this folder were made (OpenSSL 3.0); they are kept, not made again, because each
# run draws new keys. No key here protects anything.
set -eu
pass='correct h\303\266rse'
pass=$(printf "$pass")
openssl ecparam -name prime256v1 -genkey -noout -outform DER -out ec-sec1.der
openssl pkcs8 -topk8 -nocrypt -inform DER -in ec-sec1.der -outform DER -out ec-pkcs8.der
openssl genrsa -traditional 2048 | openssl rsa -traditional -outform DER -out rsa-pkcs1.der
openssl genrsa -traditional 1024 | openssl rsa -traditional -outform DER -out rsa-1024-pkcs1.der
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 \
    -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 \
    -pkeyopt rsa_pss_keygen_saltlen:32 -outform DER -out rsa-pss-pkcs8.der
openssl pkey -inform DER -in rsa-pss-pkcs8.der -pubout -outform DER -out rsa-pss-spki.der
openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -passout "pass:$pass" \
    -inform DER -in ec-sec1.der -outform DER -out ec-pkcs8-aes.der
openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout "pass:$pass" \
    -inform DER -in ec-sec1.der -outform DER -out ec-pkcs8-3des.der
openssl pkcs8 -topk8 -scrypt -passout "pass:$pass" \
    -inform DER -in ec-sec1.der -outform DER -out ec-pkcs8-scrypt.der
openssl ec -inform DER -in ec-sec1.der -out leaf.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key.pem \
    -out ca.pem -subj '/CN=Handfast test CA' -days 36500
openssl req -new -key leaf.pem -subj '/CN=localhost' |
    openssl x509 -req -CA ca.pem -CAkey ca.key.pem -CAcreateserial -days 36500 -out leaf.crt
openssl x509 -in leaf.crt -outform DER -out leaf.der
openssl x509 -in ca.pem -outform DER -out ca.der
openssl pkcs12 -export -inkey leaf.pem -in leaf.crt -certfile ca.pem -passout "pass:$pass" \
    -out modern.p12
openssl pkcs12 -export -inkey leaf.pem -in leaf.crt -certfile ca.pem -passout "pass:$pass" \
    -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out 3des.p12
openssl pkcs12 -export -inkey leaf.pem -in leaf.crt -passout pass: -out empty-password.p12
openssl pkcs12 -export -nokeys -in ca.pem -passout "pass:$pass" -out certificates.p12
rm -f leaf.pem leaf.crt ca.key.pem ca.pem ca.srl
