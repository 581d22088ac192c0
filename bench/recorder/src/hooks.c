/* Stands between Handfast and the crypto library: the linker's --wrap sends every
 * call of these functions here. Symmetric ones are written down; within asymmetric
 * ones (GUARD) nothing is, for what these do inside is theirs. One thread. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHA256_BYTES, SHA256_END, SHA256_BLOCKS, SHA512_BYTES, SHA512_END, SHA512_BLOCK,
       AEAD_KEY, AEAD_SEAL, AEAD_OPEN, RANDOM };

/* Kind, AEAD's key length (32 + 128 for ChaCha20), length. */
static uint32_t calls[4096][3];
static uint32_t made, recording, inside;

void bench_record(uint32_t on) { recording = on; if (on) made = 0; }
uint32_t bench_recorded(void) { return made; }
uint32_t bench_call(uint32_t at, uint32_t word) { return calls[at % 4096][word % 3]; }

static void note(uint32_t kind, uint32_t aead, size_t length) {
    if (!recording || inside) return;
    if (made < 4096) {
        calls[made][0] = kind;
        calls[made][1] = aead;
        calls[made][2] = (uint32_t)length;
    }
    made++;
}

#define AWS(name) aws_lc_0_47_0_##name
#define REAL2(name) __real_aws_lc_0_47_0_##name
#define WRAP2(name) __wrap_aws_lc_0_47_0_##name
#define RECORD(name, type, parameters, arguments, kind, aead, length) \
    extern type REAL2(name) parameters; \
    type WRAP2(name) parameters { \
        note(kind, aead, length); \
        inside++; \
        type result = REAL2(name) arguments; \
        inside--; \
        return result; \
    }

extern size_t AWS(EVP_AEAD_key_length)(const void *);
extern const void *AWS(EVP_aead_chacha20_poly1305)(void);
extern const void *AWS(EVP_AEAD_CTX_aead)(const void *);

static uint32_t algorithm(const void *aead) {
    return (uint32_t)AWS(EVP_AEAD_key_length)(aead)
        + (aead == AWS(EVP_aead_chacha20_poly1305)() ? 128 : 0);
}
#define OF(context) algorithm(AWS(EVP_AEAD_CTX_aead)(context))

typedef const uint8_t *in;
typedef uint8_t *out;

RECORD(SHA256_Update, int, (void *c, in d, size_t n), (c, d, n), SHA256_BYTES, 0, n)
RECORD(SHA256_Final, int, (out o, void *c), (o, c), SHA256_END, 0, 0)
RECORD(SHA384_Update, int, (void *c, in d, size_t n), (c, d, n), SHA512_BYTES, 0, n)
RECORD(SHA384_Final, int, (out o, void *c), (o, c), SHA512_END, 0, 0)
RECORD(SHA512_Update, int, (void *c, in d, size_t n), (c, d, n), SHA512_BYTES, 0, n)
RECORD(SHA512_Final, int, (out o, void *c), (o, c), SHA512_END, 0, 0)
RECORD(EVP_AEAD_CTX_init, int, (void *c, const void *a, in k, size_t n, size_t t, void *e), (c, a, k, n, t, e), AEAD_KEY, algorithm(a), n)
RECORD(EVP_AEAD_CTX_init_with_direction, int, (void *c, const void *a, in k, size_t n, size_t t, int d), (c, a, k, n, t, d), AEAD_KEY, algorithm(a), n)
RECORD(EVP_AEAD_CTX_new, void *, (const void *a, in k, size_t n, size_t t), (a, k, n, t), AEAD_KEY, algorithm(a), n)
RECORD(EVP_AEAD_CTX_seal_scatter, int, (void *c, out o, out t, size_t *tl, size_t tm, in no, size_t nn, in i, size_t n, in x, size_t xn, in a, size_t an), (c, o, t, tl, tm, no, nn, i, n, x, xn, a, an), AEAD_SEAL, OF(c), n + xn)
RECORD(EVP_AEAD_CTX_seal, int, (void *c, out o, size_t *l, size_t m, in no, size_t nn, in i, size_t n, in a, size_t an), (c, o, l, m, no, nn, i, n, a, an), AEAD_SEAL, OF(c), n)
RECORD(EVP_AEAD_CTX_open_gather, int, (void *c, out o, in no, size_t nn, in i, size_t n, in t, size_t tn, in a, size_t an), (c, o, no, nn, i, n, t, tn, a, an), AEAD_OPEN, OF(c), n)
RECORD(EVP_AEAD_CTX_open, int, (void *c, out o, size_t *l, size_t m, in no, size_t nn, in i, size_t n, in a, size_t an), (c, o, l, m, no, nn, i, n, a, an), AEAD_OPEN, OF(c), n - 16)
RECORD(RAND_bytes, int, (out o, size_t n), (o, n), RANDOM, 0, n)

#undef RECORD
#define RECORD(name, parameters, arguments, kind, length) \
    extern void REAL2(name) parameters; \
    void WRAP2(name) parameters { note(kind, 0, length); inside++; REAL2(name) arguments; inside--; }

RECORD(SHA256_TransformBlocks, (uint32_t *s, in d, size_t n), (s, d, n), SHA256_BLOCKS, n)
RECORD(SHA512_Transform, (void *c, in d), (c, d), SHA512_BLOCK, 1)

/* Whatever they take, it goes on as it came: integers and pointers, ten at most. */
#define GUARD(name) \
    extern long REAL2(name)(long, long, long, long, long, long, long, long, long, long); \
    long WRAP2(name)(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { \
        inside++; \
        long result = REAL2(name)(a, b, c, d, e, f, g, h, i, j); \
        inside--; \
        return result; \
    }

GUARD(X25519)
GUARD(X25519_public_from_private)
GUARD(X25519_keypair)
GUARD(EVP_DigestSign)
GUARD(EVP_DigestVerify)
GUARD(ECDSA_sign)
GUARD(ECDSA_verify)
GUARD(ED25519_verify)
GUARD(RSA_sign)
GUARD(RSA_verify)
GUARD(RSA_sign_pss_mgf1)
GUARD(RSA_verify_pss_mgf1)
GUARD(EC_POINT_mul)
GUARD(ECDH_compute_key)
GUARD(EVP_PKEY_keygen)
GUARD(EVP_PKEY_keygen_deterministic)
GUARD(EVP_PKEY_encapsulate)
GUARD(EVP_PKEY_encapsulate_deterministic)
GUARD(EVP_PKEY_decapsulate)
