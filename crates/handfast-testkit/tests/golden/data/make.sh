#!/bin/sh
# How the files of this folder were made (OpenSSL 3.0); they are kept, not made again, because each
# run draws new keys. No key here protects anything. Ed25519 signs alike each time.
set -eu
for name in root server client; do
    openssl genpkey -algorithm ed25519 -outform DER -out "$name.key.der"
done
days=36500
issue() { # name, subject, extensions
    openssl req -new -key "$1.key.der" -keyform DER -subj "$2" |
        openssl x509 -req -CA root.der -CAform DER -CAkey root.key.der -CAkeyform DER \
            -days $days -set_serial "$4" -extfile "$3" -outform DER -out "$1.der"
}
openssl req -new -x509 -key root.key.der -keyform DER -subj "/CN=Golden root" -days $days \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
    -outform DER -out root.der
printf 'subjectAltName=DNS:localhost\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' >ext
issue server "/CN=localhost" ext 2
printf 'keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n' >ext
issue client "/CN=Ada" ext 3
rm ext root.key.der
