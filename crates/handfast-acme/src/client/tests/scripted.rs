//! A server of one account and one order, by the book but for one lie; time is a number.

use crate::client::tests::certificates::{NAME, START_MS, csr, during, issue};
use crate::client::{
    Action, Advice, AdviceAction, Adviser, Client, ClientFault, HttpMethod, HttpRequest,
    HttpResponse, Input, Kept, Limits, Proof, Settings,
};
use crate::jws::{Jwk, Jws, verify_binding};
use handfast_ca::issued::certificate_pem;
use handfast_ca::profile::{KeyKind, Validity};
use handfast_crypto::random::SystemRandom;
use handfast_crypto::signature::PrivateKey;
use serde_json::{Value, json};

pub(super) const HOST: &str = "https://ca.test";

/// In what a server does not keep to the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    None,
    ProvenAlready,
    AccountGone,
    AccountClosed,
    AccountOfOtherKey(&'static str),
    OrdersRefused,
    EarlierOrderInvalid,
    EarlierOrderGone,
    NonceRefusedOnce,
    NonceRefusedAlways,
    NonceMissing,
    NonceMalformed,
    TroubleTwice,
    TroubleAlways,
    Silence,
    RateLimited,
    RetryAfterEachTime,
    OrderNeverReady,
    OrderProcessingForEver,
    VerdictNever,
    ReadyIsNotReady,
    /// No lie: the port of https, written out.
    UrlsWithPort,
    UrlOfNonce,
    UrlOfAccount,
    UrlOfOrder,
    UrlOfAuthorization,
    UrlOfChallenge,
    UrlOfFinalize,
    UrlOfCertificate,
    UrlOfAdvice,
    LocationElsewhere,
    Redirect,
    OtherName,
    OrderForOthers,
    TokenIsPath,
    HugeDirectory,
    HugeChain,
    Garbage,
    ManyAuthorizations,
    ChainOfOtherKey,
    ChainOfOtherName,
    ChainOfMoreNames,
    ChainOfMail,
    ChainExpired,
    ChainEndsSoon,
    ChainNotYet,
    ChainOutOfOrder,
    ChainIsText,
    Terms,
    BindingRequired,
    OtherChallenges,
    ChallengeFails,
    AlreadyReplaced,
    NoAdvice,
}

pub(super) struct Scripted {
    lie: Lie,
    pub(super) fails_to_prepare: bool,
    csr: Vec<u8>,
    pem: String,
    nonces: u32,
    refused: u32,
    account: Option<Jwk>,
    is_told: bool,
    verdicts: u32,
    is_finalized: bool,
    order_polls: u32,
}

/// How it went.
pub(super) struct Ended {
    pub(super) end: Action,
    pub(super) prepared: Vec<Proof>,
    pub(super) taken_away: Vec<Proof>,
    pub(super) kept: Vec<Kept>,
    pub(super) paths: Vec<String>,
    pub(super) hosts_asked: Vec<String>,
    pub(super) requests: u32,
    pub(super) waited_ms: u64,
}

pub(super) fn settings() -> Settings {
    Settings::new(format!("{HOST}/directory"))
}

pub(super) fn drive(lie: Lie) -> Ended {
    drive_with(Scripted::new(lie), settings())
}

pub(super) fn drive_with(server: Scripted, settings: Settings) -> Ended {
    let key = PrivateKey::generate(KeyKind::EcP256).unwrap();
    let mut client = Client::new(settings, key, server.csr.clone()).unwrap();
    run(&mut client, server)
}

pub(super) fn client(settings: Settings) -> Client {
    let key = PrivateKey::generate(KeyKind::EcP256).unwrap();
    Client::new(settings, key, Scripted::new(Lie::None).csr).unwrap()
}

/// Does what the client says, until it says no more.
pub(super) fn run(client: &mut Client, mut server: Scripted) -> Ended {
    let mut ended = Ended {
        end: Action::Wait(0),
        prepared: Vec::new(),
        taken_away: Vec::new(),
        kept: Vec::new(),
        paths: Vec::new(),
        hosts_asked: Vec::new(),
        requests: 0,
        waited_ms: 0,
    };
    let mut input = Input::Start;
    for _ in 0..10_000 {
        let now = START_MS + ended.waited_ms;
        input = match client.advance(input, now, &mut SystemRandom) {
            Action::Send(request) => {
                ended.requests += 1;
                let (host, path) = request.url.split_at(HOST.len());
                ended.hosts_asked.push(host.to_owned());
                ended.paths.push(path.to_owned());
                match server.answer(&request) {
                    Some(response) => Input::Response(response),
                    None => Input::Unanswered("no route to host".to_owned()),
                }
            }
            Action::Wait(ms) => {
                ended.waited_ms += ms;
                Input::Done
            }
            Action::Keep(kept) => {
                ended.kept.push(kept);
                Input::Done
            }
            Action::Prepare(proof) => {
                ended.prepared.push(proof);
                match server.fails_to_prepare {
                    true => Input::Failed("the hook said no".to_owned()),
                    false => Input::Done,
                }
            }
            Action::TakeAway(proof) => {
                ended.taken_away.push(proof);
                Input::Done
            }
            end => {
                ended.end = end;
                return ended;
            }
        };
    }
    panic!("no end");
}

/// What the server advises about some certificate.
pub(super) fn advice(lie: Lie) -> Result<Option<Advice>, ClientFault> {
    let mut server = Scripted::new(lie);
    let directory = format!("{HOST}/directory");
    let leaf = some_certificate();
    let mut adviser = Adviser::new(&directory, &leaf, Limits::default())?.unwrap();
    let mut action = adviser.begin()?;
    loop {
        action = match action {
            AdviceAction::Send(request) => {
                let response = server.answer(&request).unwrap();
                adviser.heard(response, START_MS, &mut SystemRandom)?
            }
            AdviceAction::Wait(_) => adviser.waited()?,
            AdviceAction::Given(advice) => return Ok(advice),
        };
    }
}

pub(super) fn some_certificate() -> Vec<u8> {
    let (issued, _) = issue(&[NAME], during(0, 90));
    issued.chain()[0].to_vec()
}

impl Scripted {
    pub(super) fn new(lie: Lie) -> Self {
        let (names, validity): (&[&str], _) = match lie {
            Lie::ChainOfOtherName => (&["other.test"], during(0, 90)),
            Lie::ChainOfMoreNames => (&[NAME, "more.test"], during(0, 90)),
            Lie::ChainOfMail => (&[NAME, "ann@host.test"], during(0, 90)),
            Lie::ChainExpired => (&[NAME], during(-90, -1)),
            Lie::ChainNotYet => (&[NAME], during(1, 90)),
            Lie::ChainEndsSoon => (
                &[NAME],
                Validity {
                    not_before_unix: START_MS / 1000 - 60,
                    not_after_unix: START_MS / 1000 + 3,
                },
            ),
            _ => (&[NAME], during(0, 90)),
        };
        let (issued, authority) = issue(names, validity);
        let mut pem = issued.chain_pem();
        let csr = match lie {
            Lie::ChainOfOtherKey => csr(&PrivateKey::generate(KeyKind::EcP256).unwrap()),
            _ => csr(issued.key()),
        };
        match lie {
            Lie::ChainOutOfOrder => {
                let (_, other) = issue(names, validity);
                pem += &certificate_pem(other.root_der());
                assert_ne!(other.root_der(), authority.root_der());
            }
            Lie::ChainIsText => pem = "no certificate".to_owned(),
            Lie::HugeChain => pem += &"\n".repeat(300_000),
            _ => {}
        }
        Self {
            lie,
            fails_to_prepare: false,
            csr,
            pem,
            nonces: 0,
            refused: 0,
            account: None,
            is_told: false,
            verdicts: 0,
            is_finalized: false,
            order_polls: 0,
        }
    }

    fn url(&self, lie: Lie, path: &str) -> String {
        let host = if self.lie == lie {
            "https://elsewhere.test"
        } else {
            self.host()
        };
        format!("{host}{path}")
    }

    /// As it is written in the server's URLs.
    fn host(&self) -> &'static str {
        match self.lie {
            Lie::UrlsWithPort => "https://ca.test:443",
            _ => HOST,
        }
    }

    fn answer(&mut self, request: &HttpRequest) -> Option<HttpResponse> {
        let path = request.url.strip_prefix(HOST).unwrap();
        match self.lie {
            Lie::Silence => return None,
            Lie::Redirect => {
                let to = [("location", "https://elsewhere.test/")];
                return Some(response(302, &to, &json!({})));
            }
            Lie::TroubleAlways | Lie::TroubleTwice if path == "/new-order" => {
                self.refused += 1;
                if self.lie == Lie::TroubleAlways || self.refused <= 2 {
                    return Some(response(503, &[], &json!({})));
                }
            }
            _ => {}
        }
        let mut response = match request.method {
            HttpMethod::Get => self.document(path),
            HttpMethod::Head => response(200, &[], &json!({})),
            HttpMethod::Post => self.post(path, request),
        };
        if request.method != HttpMethod::Get && self.lie != Lie::NonceMissing {
            self.nonces += 1;
            let nonce = match self.lie {
                Lie::NonceMalformed => "no nonce".to_owned(),
                _ => format!("nonce-{}", self.nonces),
            };
            response.headers.push(("Replay-Nonce".to_owned(), nonce));
        }
        if self.lie == Lie::RetryAfterEachTime {
            response
                .headers
                .push(("Retry-After".to_owned(), "9999999".to_owned()));
        }
        Some(response)
    }

    fn document(&self, path: &str) -> HttpResponse {
        if self.lie == Lie::Garbage {
            let mut garbage = response(200, &[], &json!({}));
            garbage.body = b"<html>\x1b[2J".to_vec();
            return garbage;
        }
        if path.starts_with("/renewal/") {
            let window = json!({
                "suggestedWindow": { "start": "2030-01-01T00:00:00Z", "end": "2030-01-02T00:00:00Z" },
                "explanationURL": "https://ca.test/why\u{7}",
            });
            return response(200, &[("retry-after", "1")], &window);
        }
        assert_eq!(path, "/directory");
        let mut directory = json!({
            "newNonce": self.url(Lie::UrlOfNonce, "/new-nonce"),
            "newAccount": self.url(Lie::UrlOfAccount, "/new-account"),
            "newOrder": self.url(Lie::UrlOfOrder, "/new-order"),
            "revokeCert": format!("{HOST}/revoke"),
            "keyChange": format!("{HOST}/key-change"),
            "renewalInfo": self.url(Lie::UrlOfAdvice, "/renewal"),
            "meta": {},
        });
        match self.lie {
            Lie::Terms => directory["meta"]["termsOfService"] = json!("https://ca.test/terms"),
            Lie::BindingRequired => directory["meta"]["externalAccountRequired"] = json!(true),
            Lie::HugeDirectory => directory["more"] = json!("x".repeat(300_000)),
            Lie::NoAdvice => directory["renewalInfo"] = Value::Null,
            _ => {}
        }
        response(200, &[], &directory)
    }

    fn post(&mut self, path: &str, request: &HttpRequest) -> HttpResponse {
        let type_of = |(name, _): &&(&str, &str)| *name == "content-type";
        assert_eq!(
            request.headers.iter().find(type_of).unwrap().1,
            "application/jose+json"
        );
        let received = Jws::read(&request.body).unwrap().open().unwrap();
        let header = received.header().clone();
        assert_eq!(header.url, format!("{}{path}", self.host()));
        let refuses = match self.lie {
            Lie::NonceRefusedAlways => true,
            Lie::NonceRefusedOnce => self.refused == 0,
            _ => false,
        };
        assert_eq!(header.nonce.unwrap(), format!("nonce-{}", self.nonces));
        if refuses {
            self.refused += 1;
            return problem(400, "badNonce");
        }
        let by_key = path == "/new-account";
        assert_eq!(header.jwk.is_some(), by_key);
        if let Some(key) = header.jwk {
            self.account = Some(key);
        } else {
            assert_eq!(header.kid.unwrap(), format!("{}/account/1", self.host()));
        }
        let verified = match &self.account {
            Some(key) => received.verify(key).unwrap().payload,
            // An account from before, whose key this server never saw.
            None if self.lie == Lie::AccountGone => return problem(400, "accountDoesNotExist"),
            None => {
                if let Lie::AccountOfOtherKey(kind) = self.lie {
                    return problem(401, kind);
                }
                let jws = Jws::read(&request.body).unwrap();
                crate::jws::decode(&jws.payload, "payload").unwrap()
            }
        };
        self.act(path, &verified)
    }

    fn act(&mut self, path: &str, payload: &[u8]) -> HttpResponse {
        let said = || serde_json::from_slice::<Value>(payload).unwrap();
        match path {
            "/new-account" => self.account(&said()),
            "/new-order" => {
                let said = said();
                assert_eq!(
                    said["identifiers"],
                    json!([{ "type": "dns", "value": NAME }])
                );
                match self.lie {
                    Lie::RateLimited => {
                        let mut limited = problem(429, "rateLimited");
                        let after = ("retry-after".to_owned(), "3600".to_owned());
                        limited.headers.push(after);
                        return limited;
                    }
                    Lie::AlreadyReplaced if said.get("replaces").is_some() => {
                        return problem(409, "alreadyReplaced");
                    }
                    Lie::OrdersRefused => return problem(403, "unauthorized"),
                    Lie::EarlierOrderInvalid | Lie::EarlierOrderGone => self.lie = Lie::None,
                    _ => {}
                }
                let at = self.url(Lie::LocationElsewhere, "/order/1");
                response(201, &[("Location", &at)], &self.order())
            }
            "/order/1" => {
                assert!(payload.is_empty());
                if self.lie == Lie::EarlierOrderGone {
                    return problem(404, "malformed");
                }
                self.order_polls += 1;
                response(200, &[], &self.order())
            }
            "/authorization/1" => {
                assert!(payload.is_empty());
                response(200, &[], &self.authorization())
            }
            "/challenge/1" => {
                assert_eq!(payload, b"{}");
                self.is_told = true;
                response(
                    200,
                    &[],
                    &json!({ "type": "tls-alpn-01", "status": "pending" }),
                )
            }
            "/finalize/1" => {
                assert_eq!(said()["csr"], crate::jws::encode(&self.csr));
                if self.lie == Lie::ReadyIsNotReady {
                    return problem(403, "orderNotReady");
                }
                self.is_finalized = true;
                response(200, &[("Retry-After", "1")], &self.order())
            }
            "/certificate/1" => {
                assert!(payload.is_empty());
                let mut response = response(200, &[], &json!({}));
                response.body = self.pem.clone().into_bytes();
                response
            }
            other => panic!("nobody said {other}"),
        }
    }

    fn account(&self, said: &Value) -> HttpResponse {
        if self.lie == Lie::Terms {
            assert_eq!(said["termsOfServiceAgreed"], true);
        }
        if said.get("externalAccountBinding").is_some() {
            let binding = serde_json::from_value(said["externalAccountBinding"].clone()).unwrap();
            let key = self.account.as_ref().unwrap();
            let secret = b"secret of 32 bytes, more or less".to_vec();
            let url = format!("{}/new-account", self.host());
            let name = verify_binding(&binding, key, &url, |_| Some(secret));
            assert_eq!(name.unwrap(), "kid-1");
        }
        let status = if self.lie == Lie::AccountClosed {
            "deactivated"
        } else {
            "valid"
        };
        let at = format!("{}/account/1", self.host());
        response(201, &[("location", &at)], &json!({ "status": status }))
    }

    fn order(&self) -> Value {
        let is_proven = self.verdicts >= 2 || self.lie == Lie::ProvenAlready;
        let status = match self.lie {
            Lie::EarlierOrderInvalid => "invalid",
            Lie::OrderNeverReady => "pending",
            Lie::OrderProcessingForEver if self.is_finalized => "processing",
            _ if !is_proven => "pending",
            _ if !self.is_finalized => "ready",
            _ if self.order_polls < 2 => "processing",
            _ => "valid",
        };
        let name = if self.lie == Lie::OrderForOthers {
            "victim.test"
        } else {
            "HOST.test"
        };
        let authorizations = match self.lie {
            Lie::ManyAuthorizations => vec![format!("{HOST}/authorization/1"); 201],
            _ => vec![self.url(Lie::UrlOfAuthorization, "/authorization/1")],
        };
        json!({
            "status": status,
            "identifiers": [{ "type": "dns", "value": name }],
            "authorizations": authorizations,
            "finalize": self.url(Lie::UrlOfFinalize, "/finalize/1"),
            "certificate": self.url(Lie::UrlOfCertificate, "/certificate/1"),
        })
    }

    fn authorization(&mut self) -> Value {
        if self.is_told {
            self.verdicts += 1;
        }
        let is_proven = self.verdicts >= 2 || self.lie == Lie::ProvenAlready;
        let status = match self.lie {
            Lie::VerdictNever | Lie::RetryAfterEachTime => "pending",
            Lie::ChallengeFails if self.verdicts >= 2 => "invalid",
            _ if is_proven => "valid",
            _ => "pending",
        };
        let name = if self.lie == Lie::OtherName {
            "victim.test"
        } else {
            NAME
        };
        let token = match self.lie {
            Lie::TokenIsPath => "../../x",
            _ => "DGyRejmCefe7v4NfDGDKfA",
        };
        let kinds: &[&str] = match self.lie {
            Lie::OtherChallenges => &["new-01"],
            _ => &["new-01", "dns-01", "tls-alpn-01", "http-01"],
        };
        let challenge = |kind: &&str| {
            let mut challenge = json!({
                "type": kind,
                "status": "pending",
                "url": self.url(Lie::UrlOfChallenge, "/challenge/1"),
                "token": token,
            });
            if status == "invalid" && *kind == "tls-alpn-01" {
                challenge["status"] = json!("invalid");
                challenge["error"] = json!({
                    "type": "urn:ietf:params:acme:error:connection",
                    "detail": "connection refused",
                });
            }
            challenge
        };
        json!({
            "status": status,
            "identifier": { "type": "dns", "value": name },
            "challenges": kinds.iter().map(challenge).collect::<Vec<_>>(),
        })
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: &Value) -> HttpResponse {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    HttpResponse {
        status,
        headers: headers.collect(),
        body: body.to_string().into_bytes(),
    }
}

fn problem(status: u16, kind: &str) -> HttpResponse {
    let document = json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": "no" });
    let of_kind = [("Content-Type", "application/problem+json; charset=utf-8")];
    response(status, &of_kind, &document)
}
