//! `handfast ca VERB`: an authority of one's own in a folder.
//!
//! ```text
//! flags --> place (which folder) --> the verb --> page (text) | one JSON document
//! ```
//! A file a verb; what they share lies in `place`, `names`, `kept` and `page`.

mod acme;
mod audit;
mod crl;
mod exchange;
mod init;
pub(crate) mod issue;
mod kept;
pub(crate) mod kind;
mod list;
mod lists;
pub(crate) mod names;
mod ocsp;
pub(crate) mod opened;
pub(crate) mod output;
pub(crate) mod page;
pub(crate) mod place;
mod renew;
mod revoke;
pub(crate) mod rows;
pub(crate) mod serve;
mod show;
mod sign;
pub(crate) mod span;
mod table;
mod trust;
mod which;

use crate::exit::Exit;
use crate::talk::Talk;
use clap::{Args, Subcommand};

/// The verbs of `ca`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Clone, Debug)]
enum Verb {
    /// Make an authority: a root, an authority below it that issues, and the book of both
    ///
    /// What it may vouch for is limited to names of this machine and its network, unless
    /// --permit-name adds to them or --any-name lifts the limit. No trust store is touched:
    /// `handfast ca trust` does that, when it is told to.
    ///
    /// Exit codes: 0 it is made; 2 something lies in the folder, or it cannot be written.
    #[command(after_long_help = INIT_EXAMPLES)]
    Init(Box<init::Options>),
    /// Issue a certificate with a new key: for a server, a client, an OCSP responder
    ///
    /// The certificate is recorded before it is written. Files that are there stay as they are
    /// unless --force is given; the key's can be read by its owner alone.
    ///
    /// Exit codes: 0 it is issued; 1 the disk is full, or another command holds the authority's
    /// database; 2 a name is none or may not be vouched for, or a file cannot be written; 58 the
    /// authority's key cannot be opened.
    #[command(after_long_help = ISSUE_EXAMPLES)]
    Issue(Box<issue::Options>),
    /// Sign a request: a certificate for a key that someone else made and keeps
    ///
    /// The request's own signature is checked first. Of what it asks for, it gets what the profile
    /// allows, and is told what was left out and why; --san and --subject say otherwise.
    ///
    /// Exit codes: 0 it is signed; 1 the disk is full, or another command holds the authority's
    /// database; 2 the request cannot be used, a name may not be vouched for, or a file cannot be
    /// written; 58 the authority's key cannot be opened.
    #[command(after_long_help = SIGN_EXAMPLES)]
    Sign(Box<sign::Options>),
    /// Renew a certificate, or all that end soon: the same names and, unless told otherwise, key
    ///
    /// The certificate's file is replaced where it holds that very certificate; the old one stays
    /// beside it as .old. What is renewed stays good until its own end.
    ///
    /// Exit codes: 0 renewed, or nothing was due; 1 with --all, one that is due was not renewed
    /// because its file is not here; also the disk is full, or another command holds the
    /// authority's database; 2 nothing or several fit, or a file is another's or cannot be written;
    /// 58 the authority's key cannot be opened.
    #[command(after_long_help = RENEW_EXAMPLES)]
    Renew(Box<renew::Options>),
    /// List what was issued, and how it stands
    ///
    /// No key is read, so no pass phrase is needed.
    ///
    /// Exit codes: 0 it is listed, though nothing fits; 2 there is no authority, or it cannot be
    /// read.
    #[command(after_long_help = LIST_EXAMPLES)]
    List(list::Options),
    /// Revoke a certificate: by its name, where one in use bears it, or by its serial number
    ///
    /// Who asks learns of it from the next revocation list (`ca crl`, --crl here) or OCSP response.
    /// certificateHold can be taken back with removeFromCRL, nothing else can. What was revoked
    /// before stays as it was.
    ///
    /// Exit codes: 0 it is revoked, also before; 2 nothing or several fit, which are named then, or
    /// the authority cannot be read; 58 the key for the list cannot be opened.
    #[command(after_long_help = REVOKE_EXAMPLES)]
    Revoke(Box<revoke::Options>),
    /// Make the next revocation list, and that of the root beside it
    ///
    /// Each list has a number of its own, greater than the one before. A client that asks about
    /// every certificate of a chain needs the lists of both authorities, which stand in one PEM file.
    ///
    /// Exit codes: 0 it is written; 2 the authority or the file cannot be used; 58 the key cannot
    /// be opened.
    #[command(after_long_help = CRL_EXAMPLES)]
    Crl(Box<crl::Options>),
    /// Make a signed word about a certificate (OCSP): to staple, or to answer a request
    ///
    /// Exit codes: 0 it is written, whatever it says; 2 nothing or several fit, the request cannot be
    /// answered, or the authority cannot be read; 58 the key cannot be opened.
    #[command(after_long_help = OCSP_EXAMPLES)]
    Ocsp(Box<ocsp::Options>),
    /// Take over what `openssl ca` knows: its index.txt and crlnumber, and certificates
    ///
    /// The whole of a file is taken over, or nothing of it. What is recorded already stays, and what
    /// was revoked here stays revoked.
    ///
    /// Exit codes: 0 it is taken over, or was known before; 2 a file cannot be read, and in which
    /// line, or a certificate is another authority's.
    #[command(after_long_help = IMPORT_EXAMPLES)]
    Import(exchange::Import),
    /// Give what was issued and revoked to `openssl ca` and `openssl ocsp -index`
    ///
    /// Exit codes: 0 it is written; 2 there is no authority, or a file cannot be written.
    #[command(after_long_help = EXPORT_EXAMPLES)]
    Export(exchange::Export),
    /// Show what was done, when and by whom
    ///
    /// Exit codes: 0 it is shown; 2 nothing or several fit, or the authority cannot be read.
    #[command(after_long_help = AUDIT_EXAMPLES)]
    Audit(audit::Options),
    /// Serve what clients ask an authority for: revocation lists, OCSP, its certificates
    ///
    /// Plain HTTP by design: all of it is signed, and who asks whether a certificate is revoked must
    /// not need another one first. What `ca revoke` does meanwhile is told by OCSP at once to who
    /// asks with a nonce, to others within a second, and a new list is made by itself, as one is
    /// before the last ends. Listens on this machine alone unless --listen names another address.
    ///
    /// Exit codes: 0 it was told to stop; 2 it cannot listen there, or there is no authority; 58 the
    /// authority's key cannot be opened.
    #[command(after_long_help = SERVE_EXAMPLES)]
    Serve(Box<serve::options::Options>),
    /// Show the authority in a folder: its certificates, and for which names it may vouch
    ///
    /// No key is read, so no password is needed.
    ///
    /// Exit codes: 0 it is shown; 2 there is no authority in the folder, or it cannot be read.
    #[command(after_long_help = SHOW_EXAMPLES)]
    Show(show::Options),
    /// Put the root into the stores that programs read, so that they believe the authority
    ///
    /// The root alone is put there, never the certificate that issues, and only into the stores that
    /// are named: without a flag, the system's. Where that takes rights that you have not, nothing
    /// is changed, and the commands to run are printed. Afterwards the store is read again.
    ///
    /// A root that may vouch for every name is refused without --for-any-name.
    ///
    /// Exit codes: 0 trusted, also before; 1 a step failed or the store does not hold it, with
    /// --check: it is not trusted; 2 it cannot be read, no such store, rights or a program missing.
    #[command(after_long_help = TRUST_EXAMPLES)]
    Trust(Box<trust::Options>),
    /// Take the root out of the stores again, and look whether it is really gone
    ///
    /// What is removed is the entry that bears the root's fingerprint, which `ca trust` put there;
    /// what others put there under another name stays, and is named.
    ///
    /// Exit codes: 0 it is gone, or was not there; 1 it is still there, and where; 2 it cannot be
    /// read, no such store, rights or a program missing.
    #[command(after_long_help = UNTRUST_EXAMPLES)]
    Untrust(Box<trust::Away>),
}

/// Runs a verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    // A program that asked for one document reads all in it.
    let talk = &Talk {
        quiet: talk.quiet || talk.json,
        ..talk.clone()
    };
    match &options.verb {
        Verb::Init(options) => init::run(options, talk),
        Verb::Issue(options) => issue::run(options, talk),
        Verb::Sign(options) => sign::run(options, talk),
        Verb::Ocsp(options) => ocsp::run(options, talk),
        Verb::Renew(options) => renew::run(options, talk),
        Verb::Import(options) => exchange::run_import(options, talk),
        Verb::Export(options) => exchange::run_export(options, talk),
        Verb::List(options) => list::run(options, talk),
        Verb::Revoke(options) => revoke::run(options, talk),
        Verb::Crl(options) => crl::run(options, talk),
        Verb::Audit(options) => audit::run(options, talk),
        Verb::Serve(options) => serve::run(options, talk).await,
        Verb::Show(options) => show::run(options, talk),
        Verb::Trust(options) => trust::run(options, talk),
        Verb::Untrust(options) => trust::run_away(options, talk),
    }
}

const INIT_EXAMPLES: &str = "\
Examples:
  handfast ca init
  handfast ca init --permit-name example.test --pass-file phrase
  handfast ca init 'Acme lab' --ca-dir lab --root-only --days 365
  handfast ca init --url http://ca.local:8888";

const ISSUE_EXAMPLES: &str = "\
Examples:
  handfast ca issue api.local 127.0.0.1
  handfast ca issue --client ada ada@example.test
  handfast ca issue --key-type ed25519 --hours 24 -o /run/api.pem api.test
  handfast ca issue --client --p12 --out-pass-file pw ada@example.test
  handfast ca issue --profile ocsp-signer 'OCSP signer'";

const SIGN_EXAMPLES: &str = "\
Examples:
  handfast ca sign api.csr
  handfast ca sign --profile client --days 30 ada.csr -o ada.pem
  handfast ca sign --san api.local --san 127.0.0.1 old.csr";

const OCSP_EXAMPLES: &str = "\
Examples:
  handfast ca ocsp api.local -o staple.der
  handfast ca ocsp --request asked.der -o answer.der";

const RENEW_EXAMPLES: &str = "\
Examples:
  handfast ca renew api.local
  handfast ca renew --all
  handfast ca renew --all --within 7d --new-key -o /etc/api";

const IMPORT_EXAMPLES: &str = "\
Examples:
  handfast ca import index.txt crlnumber
  handfast ca import newcerts/01.pem";

const EXPORT_EXAMPLES: &str = "\
Examples:
  handfast ca export > index.txt
  handfast ca export -o for-openssl";

const LIST_EXAMPLES: &str = "\
Examples:
  handfast ca list
  handfast ca list --expiring 30d
  handfast ca list --revoked --json";

const REVOKE_EXAMPLES: &str = "\
Examples:
  handfast ca revoke localhost
  handfast ca revoke api.local --reason keyCompromise --crl ca.crl
  handfast ca revoke api.local.pem --reason superseded
  handfast ca revoke ada@example.test --reason certificateHold
  handfast ca revoke ada@example.test --reason removeFromCRL";

const CRL_EXAMPLES: &str = "\
Examples:
  handfast ca crl -o ca.crl
  handfast ca crl --der --next-update 12h -o issuing.der
  handfast ca crl --of root -o root.crl";

const AUDIT_EXAMPLES: &str = "\
Examples:
  handfast ca audit
  handfast ca audit -n 20 --json
  handfast ca audit api.local";
const SERVE_EXAMPLES: &str = "\
Examples:
  handfast ca serve
  handfast ca serve --listen 0.0.0.0:80 --pass-file phrase
  handfast ca serve --crl-life 12h --ocsp-life 10m --json
  curl -O http://127.0.0.1:8888/issuing.crl";

const SHOW_EXAMPLES: &str = "\
Examples:
  handfast ca show
  handfast ca show --ca-dir /srv/ca --json";

const TRUST_EXAMPLES: &str = "\
Examples:
  handfast ca trust --dry-run              # each step, and why; changes nothing
  sudo handfast ca trust                   # the system's store
  handfast ca trust --nss                  # your Firefox and Chromium
  handfast ca trust --java \"$JAVA_HOME/lib/security/cacerts\"
  handfast ca trust --check                # is it trusted?
  handfast ca trust --root /srv/image      # in the files of a container";

const UNTRUST_EXAMPLES: &str = "\
Examples:
  sudo handfast ca untrust
  handfast ca untrust --nss --dry-run
  sudo handfast ca untrust --fingerprint 5f:0a:…    # where its folder is gone";
