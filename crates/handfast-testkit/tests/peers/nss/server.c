/* An NSS server with a delegated credential (RFC 9345) that NSS signs itself: PORT DATABASE SECONDS [damage].
 * Its own tools have no flag for that. Each client's first line is sent back. */
#include <cert.h>
#include <keyhi.h>
#include <nspr.h>
#include <nss.h>
#include <pk11pub.h>
#include <secerr.h>
#include <secoid.h>
#include <ssl.h>
#include <sslexp.h>
#include <sslproto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, PR_ErrorToName(PR_GetError()));
    return 1;
}

static SECKEYPrivateKey *made(SECOidTag curve, SECKEYPublicKey **public_key) {
    SECOidData *oid = SECOID_FindOIDByTag(curve);
    unsigned char der[32] = {SEC_ASN1_OBJECT_ID, (unsigned char)oid->oid.len};
    memcpy(der + 2, oid->oid.data, oid->oid.len);
    SECItem parameters = {siBuffer, der, oid->oid.len + 2};
    PK11SlotInfo *slot = PK11_GetInternalSlot();
    return PK11_GenerateKeyPair(slot, CKM_EC_KEY_PAIR_GEN, &parameters, public_key, PR_FALSE, PR_FALSE, NULL);
}

static int serve(PRFileDesc *ssl, CERTCertificate *cert, SECKEYPrivateKey *key,
                 const SSLExtraServerCertData *extra) {
    SSLVersionRange range = {SSL_LIBRARY_VERSION_TLS_1_3, SSL_LIBRARY_VERSION_TLS_1_3};
    if (SSL_OptionSet(ssl, SSL_SECURITY, PR_TRUE) || SSL_OptionSet(ssl, SSL_HANDSHAKE_AS_SERVER, PR_TRUE) ||
        SSL_OptionSet(ssl, SSL_ENABLE_DELEGATED_CREDENTIALS, PR_TRUE) || SSL_VersionRangeSet(ssl, &range) ||
        SSL_ConfigServerCert(ssl, cert, key, extra, sizeof *extra) || SSL_ResetHandshake(ssl, PR_TRUE))
        return die("settings");
    char line[256];
    PRInt32 came = PR_Recv(ssl, line, sizeof line, 0, PR_SecondsToInterval(20));
    if (came <= 0)
        return die("handshake");
    if (PR_Send(ssl, line, came, 0, PR_SecondsToInterval(20)) != came)
        return die("answer");
    return 0;
}

int main(int count, char **words) {
    if (count < 4)
        return 2;
    if (NSS_Init(words[2]) || NSS_SetDomesticPolicy() || SSL_ConfigServerSessionIDCache(0, 0, 0, NULL))
        return die("database");
    CERTCertificate *cert = PK11_FindCertFromNickname("localhost", NULL);
    SECKEYPrivateKey *key = cert ? PK11_FindKeyByAnyCert(cert, NULL) : NULL;
    SECKEYPublicKey *public_key = NULL;
    SECKEYPrivateKey *own = made(SEC_OID_SECG_EC_SECP384R1, &public_key);
    if (!key || !own)
        return die("keys");
    SECItem signed_for = {siBuffer, NULL, 0};
    if (SSL_DelegateCredential(cert, key, public_key, ssl_sig_ecdsa_secp384r1_sha384,
                               (PRUint32)atoi(words[3]), PR_Now(), &signed_for))
        return die("delegation");
    if (count > 4)
        signed_for.data[signed_for.len - 1] ^= 1;
    SSLExtraServerCertData extra = {ssl_auth_null, NULL, NULL, NULL, &signed_for, own};
    PRNetAddr address;
    PR_InitializeNetAddr(PR_IpAddrLoopback, (PRUint16)atoi(words[1]), &address);
    PRFileDesc *listener = PR_NewTCPSocket();
    PRSocketOptionData reuse = {PR_SockOpt_Reuseaddr, {.reuse_addr = PR_TRUE}};
    if (!listener || PR_SetSocketOption(listener, &reuse) || PR_Bind(listener, &address) ||
        PR_Listen(listener, 5))
        return die("port");
    for (;;) {
        PRFileDesc *tcp = PR_Accept(listener, NULL, PR_INTERVAL_NO_TIMEOUT);
        PRFileDesc *ssl = tcp ? SSL_ImportFD(NULL, tcp) : NULL;
        if (!ssl)
            return die("accept");
        if (serve(ssl, cert, key, &extra) == 0)
            printf("answered\n");
        fflush(stdout);
        PR_Close(ssl);
    }
}
