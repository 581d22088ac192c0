//! Which request is for whom.

use crate::message::{Directory, ErrorKind, Meta, Problem};
use crate::server::accounts::{account, new_account, orders};
use crate::server::authorizations::{authorization, challenge, validated};
use crate::server::certificates::{certificate, revoke};
use crate::server::context::{Context, Validation, World};
use crate::server::exchange::{Refusal, Reply, Request};
use crate::server::finalize::finalize;
use crate::server::key_change::key_change;
use crate::server::looks::Looks;
use crate::server::nonces::Nonces;
use crate::server::orders::{new_order, order};
use crate::server::rates::Rates;
use crate::server::renewal::renewal_info;
use crate::server::settings::Settings;
use crate::server::signed::{By, Signed, authenticate, malformed};
use handfast_crypto::random::{Random, RandomFailed};

/// A server: what requests do not share is in the [`World`] that each of them is given.
pub struct Server {
    settings: Settings,
    nonces: Nonces,
    rates: Rates,
    looks: Looks,
}

impl Server {
    /// A server. Nonces that another one gave out are not taken: clients try again by themselves.
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn new(settings: Settings, random: &mut dyn Random) -> Result<Self, RandomFailed> {
        Ok(Self {
            nonces: Nonces::new(random)?,
            rates: Rates::default(),
            looks: Looks::default(),
            settings,
        })
    }

    /// What the operator decided.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The URL of the directory, which is all that a client needs.
    #[must_use]
    pub fn directory_url(&self) -> String {
        format!("{}{DIRECTORY}", self.settings.base)
    }

    /// Answers a request. Of each [`Validation`] the server is to be told by
    /// [`Server::validated`].
    pub fn handle(
        &mut self,
        request: &Request<'_>,
        world: &mut World<'_>,
    ) -> (Reply, Vec<Validation>) {
        let route = Route::read(request.path);
        let mut validations = Vec::new();
        let reply = match self.routed(request, route, world, &mut validations) {
            Ok(reply) => reply,
            Err(refusal) => refusal.reply(),
        };
        let index = format!("<{}>;rel=\"index\"", self.directory_url());
        let mut reply = reply.with("link", index).with("cache-control", "no-store");
        // RFC 8555 section 6.5: on every success of a POST and every bad nonce; it does no harm
        // elsewhere.
        if route != Some(Route::Directory) {
            reply = reply.with("replay-nonce", self.nonces.give());
        }
        if request.method == "HEAD" {
            reply.body.clear();
        }
        (reply, validations)
    }

    /// Takes in what came of looking at a challenge. What is no longer waited for changes nothing.
    ///
    /// # Errors
    /// A [`Problem`] for the operator: the records failed.
    pub fn validated(
        &mut self,
        validation: &Validation,
        found: Result<(), Problem>,
        world: &mut World<'_>,
    ) -> Result<(), Problem> {
        let mut nothing = Vec::new();
        let done = self.with(world, &mut nothing, |context| {
            validated(context, validation, found.clone())
        });
        self.looks.end(&validation.authorization);
        done.map_err(|refusal| *refusal.problem)
    }

    fn routed(
        &mut self,
        request: &Request<'_>,
        route: Option<Route<'_>>,
        world: &mut World<'_>,
        validations: &mut Vec<Validation>,
    ) -> Result<Reply, Refusal> {
        let route = route.ok_or_else(|| {
            let detail = format!(
                "nothing is here: all URLs stand in {}",
                self.directory_url()
            );
            malformed(detail).status(404)
        })?;
        match (request.method, route.by()) {
            ("GET" | "HEAD", None) => self.told(request, route, world, validations),
            ("POST", Some(by)) => {
                let mut nothing = Vec::new();
                let counts = (&mut self.rates, &mut self.looks);
                let context = context(&self.settings, counts, world, &mut nothing);
                let signed = authenticate(&context, &mut self.nonces, request, by)?;
                self.with(world, validations, |context| {
                    signed_request(context, request, route, &signed)
                })
            }
            (_, by) => {
                let (allow, detail) = match by {
                    None => ("GET, HEAD", "this URL is read by GET"),
                    Some(_) => (
                        "POST",
                        "this URL takes a POST of a JWS (RFC 8555 section 6.2)",
                    ),
                };
                Err(malformed(detail).status(405).with("allow", allow))
            }
        }
    }

    /// What anybody may read.
    fn told(
        &mut self,
        request: &Request<'_>,
        route: Route<'_>,
        world: &mut World<'_>,
        validations: &mut Vec<Validation>,
    ) -> Result<Reply, Refusal> {
        match route {
            Route::Renewal(name) => {
                self.with(world, validations, |context| renewal_info(context, name))
            }
            // RFC 8555 section 7.2: 200 for HEAD, 204 for GET.
            Route::NewNonce => Ok(Reply::empty(match request.method {
                "HEAD" => 200,
                _ => 204,
            })),
            _ => Ok(Reply::json(200, &self.directory())),
        }
    }

    fn directory(&self) -> Directory {
        let settings = &self.settings;
        let url = |path: &str| format!("{}{path}", settings.base);
        Directory {
            new_nonce: url(NEW_NONCE),
            new_account: url(NEW_ACCOUNT),
            new_order: url(NEW_ORDER),
            new_authz: None,
            revoke_cert: url(REVOKE),
            key_change: url(KEY_CHANGE),
            renewal_info: Some(url("/acme/renewal-info")),
            meta: Some(Meta {
                terms_of_service: settings.terms.clone(),
                website: settings.website.clone(),
                caa_identities: Vec::new(),
                external_account_required: settings.external.is_required,
            }),
        }
    }

    /// Does something with the records, and again where somebody else changed them meanwhile.
    fn with<T>(
        &mut self,
        world: &mut World<'_>,
        validations: &mut Vec<Validation>,
        mut act: impl FnMut(&mut Context<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut tries = 0;
        loop {
            let mut found = Vec::new();
            let counts = (&mut self.rates, &mut self.looks);
            let mut context = context(&self.settings, counts, world, &mut found);
            let done = act(&mut context);
            tries += 1;
            match done {
                Err(refusal) if refusal.is_conflict && tries < TRIES => {}
                done => {
                    validations.append(&mut found);
                    return done;
                }
            }
        }
    }
}

impl core::fmt::Debug for Server {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Server({})", self.settings.base)
    }
}

fn context<'a>(
    settings: &'a Settings,
    (rates, looks): (&'a mut Rates, &'a mut Looks),
    world: &'a mut World<'_>,
    validations: &'a mut Vec<Validation>,
) -> Context<'a> {
    Context {
        settings,
        rates,
        looks,
        records: world.records,
        authority: &mut *world.authority,
        random: &mut *world.random,
        now_unix: world.now_unix,
        validations,
    }
}

fn signed_request(
    context: &mut Context<'_>,
    request: &Request<'_>,
    route: Route<'_>,
    signed: &Signed,
) -> Result<Reply, Refusal> {
    match route {
        Route::NewAccount => new_account(context, request, signed),
        Route::Account(name) => account(context, signed, name),
        Route::Orders(name) => orders(context, signed, name),
        Route::NewOrder => new_order(context, signed),
        Route::Order(name) => order(context, signed, name),
        Route::Finalize(name) => finalize(context, signed, name),
        Route::Authorization(name) => authorization(context, signed, name),
        Route::Challenge(name, kind) => challenge(context, signed, (name, kind)),
        Route::Certificate(name, with_root) => certificate(context, signed, (name, with_root)),
        Route::Revoke => revoke(context, signed),
        Route::KeyChange => key_change(context, signed),
        Route::Directory | Route::NewNonce | Route::Renewal(_) => Err(Refusal::new(
            ErrorKind::Malformed,
            "this URL is read by GET",
        )),
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route<'p> {
    Directory,
    NewNonce,
    NewAccount,
    Account(&'p str),
    Orders(&'p str),
    NewOrder,
    Order(&'p str),
    Finalize(&'p str),
    Authorization(&'p str),
    Challenge(&'p str, &'p str),
    Certificate(&'p str, bool),
    Revoke,
    KeyChange,
    Renewal(&'p str),
}

impl<'p> Route<'p> {
    fn read(path: &'p str) -> Option<Self> {
        match path {
            DIRECTORY => return Some(Self::Directory),
            NEW_NONCE => return Some(Self::NewNonce),
            NEW_ACCOUNT => return Some(Self::NewAccount),
            NEW_ORDER => return Some(Self::NewOrder),
            REVOKE => return Some(Self::Revoke),
            KEY_CHANGE => return Some(Self::KeyChange),
            _ => {}
        }
        let mut parts = path.strip_prefix("/acme/")?.split('/');
        let (kind, name) = (parts.next()?, parts.next().filter(|name| is_name(name))?);
        let rest = (parts.next(), parts.next());
        Some(match (kind, rest) {
            ("account", (None, None)) => Self::Account(name),
            ("account", (Some("orders"), None)) => Self::Orders(name),
            ("order", (None, None)) => Self::Order(name),
            ("order", (Some("finalize"), None)) => Self::Finalize(name),
            ("authorization", (None, None)) => Self::Authorization(name),
            ("challenge", (Some(kind), None)) => Self::Challenge(name, kind),
            ("certificate", (None, None)) => Self::Certificate(name, false),
            ("certificate", (Some("with-root"), None)) => Self::Certificate(name, true),
            ("renewal-info", (None, None)) => Self::Renewal(name),
            _ => return None,
        })
    }

    /// How requests say who sends them; nothing where anybody may read.
    const fn by(self) -> Option<By> {
        match self {
            Self::Directory | Self::NewNonce | Self::Renewal(_) => None,
            Self::NewAccount => Some(By::Key),
            Self::Revoke => Some(By::Either),
            _ => Some(By::Account),
        }
    }
}

/// Base64url, and the dot between two of them.
fn is_name(name: &str) -> bool {
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_of_one)
}

/// Two key identifiers of twenty octets, or one of RFC 5280's longest serials, with room.
const MAX_NAME_BYTES: usize = 128;
/// How often a request is tried where others write the same records.
const TRIES: u32 = 4;
const DIRECTORY: &str = "/acme/directory";
const NEW_NONCE: &str = "/acme/new-nonce";
const NEW_ACCOUNT: &str = "/acme/new-account";
const NEW_ORDER: &str = "/acme/new-order";
const REVOKE: &str = "/acme/revoke-cert";
const KEY_CHANGE: &str = "/acme/key-change";
