//! `handfast cert VERB`: certificates, in files and on live hosts.

mod bundle;
mod convert;
mod csr;
mod delegate;
mod fetching;
pub(crate) mod inspect;
mod lint;
mod matching;
pub(crate) mod moment;
mod new;
mod order;
mod own_key;
mod pile;
mod presented;
pub(crate) mod renew;
pub(crate) mod reserved;
mod target;
mod verify;
pub(crate) mod written;

use crate::exit::Exit;
use crate::talk::Talk;
use clap::{Args, Subcommand};

/// The verbs of `cert`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Clone, Debug)]
enum Verb {
    /// Make a key and a certificate that vouches for itself, for quick use
    ///
    /// Nobody vouches for such a certificate: each client has to be told to trust this very one, or
    /// to know its key by the pin that is printed. For more than one server, `handfast ca init` and
    /// `ca issue` make an authority that is trusted once. A file that is there is never written
    /// over without --force; the key can be read by its owner alone.
    ///
    /// Exit codes: 0 it is made; 2 a name is none, or a file cannot be read or written; 58 the
    /// password of --key is missing or wrong.
    #[command(after_long_help = NEW_EXAMPLES)]
    New(Box<new::Options>),
    /// Make a request for a certificate, with a new key or one that is there, for an authority
    ///
    /// The request holds the names, what it is for and the public key, signed by the key; the key
    /// stays here. With --from it asks for what a certificate holds, to renew it elsewhere. A file
    /// that is there is never written over without --force; a new key can be read by its owner
    /// alone.
    ///
    /// Exit codes: 0 it is made; 2 a name is none, or a file cannot be read or written; 58 the
    /// password of --key is missing or wrong.
    #[command(after_long_help = CSR_EXAMPLES)]
    Csr(Box<csr::Options>),
    /// Have a certificate's key vouch for another one that stands for it for some days (RFC 9345)
    ///
    /// A server that many machines are, or that stands where few keys should lie, gets a key that is of no
    /// use a week later, and the certificate's own stays elsewhere. Clients that take such a key, as
    /// Firefox does, in TLS 1.3, judge the certificate as ever; for the others the server still needs the
    /// certificate's own. Nobody can take back what was signed before it ends. A file that is there is
    /// never written over without --force; it can be read by its owner alone.
    ///
    /// Exit codes: 0 it is made; 2 the certificate does not let its key vouch, or a file cannot be read or
    /// written; 58 the certificate, its key or its password is missing or wrong.
    #[command(after_long_help = DELEGATE_EXAMPLES)]
    Delegate(Box<delegate::Options>),
    /// Renew a certificate that one's own authority issued, or one that vouches for itself
    ///
    /// The new one has the same subject, names and uses, and the same key unless --new-key says
    /// otherwise; it takes the old one's place at once, and the old one stays beside it as
    /// FILE.old. With --if-needed it is renewed only when it ends soon, so that it may be asked
    /// for every day.
    ///
    /// Exit codes: 0 renewed, or not needed; 2 it cannot be read or renewed here, or a file cannot be
    /// written; 58 a password is missing or wrong, or the key is not the certificate's.
    #[command(after_long_help = RENEW_EXAMPLES)]
    Renew(Box<renew::Options>),
    /// Show what certificates say, in files or as live hosts send them; nothing is judged
    ///
    /// Takes PEM, DER, PKCS#7 and PKCS#12 files, several certificates in one file, and also
    /// certificate requests, keys, revocation lists and OCSP responses: what a file holds is found
    /// out by its contents, not by its name. Of private keys nothing secret is shown. A host is
    /// connected to, and the chain that it sends is shown even where it cannot be verified.
    ///
    /// Exit codes: 0 all is shown; 2 a file cannot be read or used; 58 its password is missing or
    /// wrong, or its encryption unknown. Of several targets the first that is not shown decides.
    #[command(after_long_help = INSPECT_EXAMPLES)]
    Inspect(Box<inspect::Options>),
    /// Judge certificates as a TLS client or server would, and say why
    ///
    /// The first certificate of a file is judged, with the others in it and those of --untrusted as
    /// possible intermediates. A host is asked for its own. The answer names the path that was
    /// found and what was checked of each certificate, or which certificate broke which rule, and
    /// what to do. Without --fetch nothing is fetched.
    ///
    /// Exit codes: 0 verified; 1 not verified; 60 a live host is not verified; 91 revoked, or not
    /// known to be good where that is asked for; 2 a file cannot be read or used; 58 its password is
    /// missing or wrong, or its encryption unknown. Of several targets the first that is not good
    /// decides.
    #[command(after_long_help = VERIFY_EXAMPLES)]
    Verify(Box<verify::Options>),
    /// Find everything that is wrong with certificates and their chain
    ///
    /// Every finding has an id that never changes its meaning, a severity, the section of the rule,
    /// what it was found by and what to do. Nothing is verified: `cert verify` says whether a chain
    /// is believed.
    ///
    /// Exit codes: 0 nothing found of --fail-on's severity or worse; 1 something, a damaged
    /// certificate too; 2 a file cannot be read or used; 58 its password is missing or wrong, or its
    /// encryption unknown. Of several targets the first that is not good decides.
    #[command(after_long_help = LINT_EXAMPLES)]
    Lint(Box<lint::Options>),
    /// Say which certificates, keys and requests belong together
    ///
    /// Things that hold the same public key belong together, and so do certificates of which one
    /// issued the other.
    ///
    /// Exit codes: 0 everything belongs to something; 1 something belongs to nothing else here, or
    /// one file of several cannot be used. Where less than two things are left: 2 a file cannot be
    /// read or used; 58 its password is missing or wrong, or its encryption unknown.
    #[command(after_long_help = MATCH_EXAMPLES)]
    Match(Box<matching::Options>),
    /// Write certificates and keys in another format: PEM, DER, PKCS#7, PKCS#8, PKCS#12
    ///
    /// What the input is, its contents say; what is written, the ending of -o says, or --to. A file
    /// that is there is never written over without --force. Keys are written so that only their
    /// owner can read them, and stay encrypted unless --unencrypted-key says otherwise; what is
    /// encrypted here is by AES-256 and PBKDF2 with HMAC-SHA-256, as OpenSSL 3 does.
    ///
    /// Exit codes: 0 it is written; 2 a file cannot be read, used or written; 58 a password is
    /// missing or wrong, the encryption unknown, or the key belongs to none of the certificates.
    #[command(after_long_help = CONVERT_EXAMPLES)]
    Convert(Box<convert::Options>),
    /// Put a certificate and those above it into the order in which a server sends them
    ///
    /// The server's own certificate comes first, then its issuer, and so on; the root, what stands
    /// there twice and what does not belong to it are left out, and said to be. Missing
    /// intermediates are taken from any of the files, and with --fetch from where the certificates
    /// say that they are published.
    ///
    /// Exit codes: 0 the chain leads to a trusted certificate or to a root among the files; 1 it
    /// does not (it is written all the same); 2 a file cannot be read, used or written; 58 its
    /// password is missing or wrong, or its encryption unknown.
    #[command(after_long_help = BUNDLE_EXAMPLES)]
    Bundle(Box<bundle::Options>),
}

/// Runs a verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    // A program that asked for one document reads all in it.
    let talk = &Talk {
        quiet: talk.quiet || talk.json,
        ..talk.clone()
    };
    match &options.verb {
        Verb::New(options) => new::run(options, talk),
        Verb::Csr(options) => csr::run(options, talk),
        Verb::Delegate(options) => delegate::run(options, talk),
        Verb::Renew(options) => renew::run(options, talk),
        Verb::Inspect(options) => inspect::run(options, talk).await,
        Verb::Verify(options) => verify::run(options, talk).await,
        Verb::Lint(options) => lint::run(options, talk).await,
        Verb::Match(options) => matching::run(options, talk).await,
        Verb::Convert(options) => convert::run(options, talk),
        Verb::Bundle(options) => bundle::run(options, talk).await,
    }
}

const NEW_EXAMPLES: &str = "\
Examples:
  handfast cert new localhost 127.0.0.1 ::1
  handfast cert new --days 7 --key-type rsa2048 -o tls/ printer.local
  handfast cert new --profile client --p12 --out-pass-file pw ada mail:ada@example.test";

const CSR_EXAMPLES: &str = "\
Examples:
  handfast cert csr www.example.test example.test
  handfast cert csr --subject CN=www.example.test,O=Acme,C=DE www.example.test
  handfast cert csr --from server.pem --key server.key    # renewal elsewhere
  handfast cert csr --key server.key -o - example.test > www.csr";

const DELEGATE_EXAMPLES: &str = "\
Examples:
  handfast ca issue --delegation -o web.pem www.example.test
  handfast cert delegate --cert web.pem --key web.key -o edge.pem
  handfast serve --cert web.pem --delegated edge.pem .    # clients that take such ones alone
  handfast cert delegate -E web.pem --key web.key --public-key edge.pub --valid 12h";

const RENEW_EXAMPLES: &str = "\
Examples:
  handfast cert renew api.local.pem
  handfast cert renew --if-needed 30d --ca-dir /srv/ca api.local.pem    # from a timer
  handfast cert renew --new-key --key tls/api.key tls/api.pem";

const INSPECT_EXAMPLES: &str = "\
Examples:
  handfast cert inspect fullchain.pem server.csr ca.crl
  handfast cert inspect example.test    # what a live host sends
  handfast cert inspect --pass-file pw server.p12
  handfast cert inspect --json fullchain.pem";

const VERIFY_EXAMPLES: &str = "\
Examples:
  handfast cert verify --cacert root.pem --name shop.test fullchain.pem
  handfast cert verify example.test               # what a live host sends
  handfast cert verify --at +30d fullchain.pem    # will it do in a month?
  handfast cert verify --crl ca.crl --revocation hard fullchain.pem";

const LINT_EXAMPLES: &str = "\
Examples:
  handfast cert lint fullchain.pem
  handfast cert lint --rules web --fail-on warning example.test
  handfast cert lint --soon 14 --json *.pem";

const MATCH_EXAMPLES: &str = "\
Examples:
  handfast cert match server.pem server.key
  handfast cert match *.pem *.key *.csr";

const CONVERT_EXAMPLES: &str = "\
Examples:
  handfast cert convert chain.p7b -o chain.pem
  handfast cert convert full.pem --key s.key --out-pass-file pw -o s.p12
  handfast cert convert s.p12 --pass-file pw --unencrypted-key -o s.key
  handfast cert convert server.pem -o server.der";

const BUNDLE_EXAMPLES: &str = "\
Examples:
  handfast cert bundle server.crt intermediate.crt -o fullchain.pem
  handfast cert bundle server.crt ca-bundle.crt > fullchain.pem
  handfast cert bundle server.crt --fetch -o fullchain.pem";
