//! An ACME server, asked by someone who has an account and may sign whatever they like.

use arbitrary::Arbitrary;
use handfast_acme::SystemRandom;
use handfast_acme::jws::{Identity, encode, sign};
use handfast_acme::message::{ChallengeKind, ErrorKind, Problem};
use handfast_acme::server::{
    Authority, Certified, Issuance, Memory, Reply, Request, Server, Settings, Standing, Validation,
    World,
};
use handfast_crypto::signature::{KeyKind, PrivateKey};
use rustls_pki_types::CertificateDer;
use std::sync::LazyLock;

/// What is done, one after the other.
#[derive(Arbitrary, Debug)]
pub struct Talk {
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// Bytes that nobody has signed.
    Raw {
        get: bool,
        path: String,
        body: Vec<u8>,
    },
    /// Text, signed rightly, for one of the URLs that were heard of.
    Signed { url: u8, by_key: bool, text: String },
    /// An order for these names.
    Order { names: Vec<String> },
    /// Bytes as a certificate or a request for one.
    Bytes { url: u8, member: bool, der: Vec<u8> },
    /// What came of a challenge.
    Found { is_good: bool, body: Vec<u8> },
    /// Time passes.
    Later { seconds: u32 },
}

const BASE: &str = "https://ca.test";
static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate(KeyKind::EcP256).expect("a key"));

/// Signs nothing.
struct Nobody;

impl Authority for Nobody {
    fn certify(&mut self, _: &Issuance<'_>) -> Result<Certified, Problem> {
        Err(Problem::new(ErrorKind::RejectedIdentifier, "nothing is signed here"))
    }

    fn revoke(&mut self, _: &CertificateDer<'_>, _: u8, _: u64) -> Result<(), Problem> {
        Ok(())
    }

    fn standing(&mut self, _: &CertificateDer<'_>) -> Result<Standing, Problem> {
        Ok(Standing::Good)
    }
}

struct Client {
    server: Server,
    records: Memory,
    now_unix: u64,
    nonce: String,
    account: String,
    urls: Vec<String>,
    waiting: Vec<Validation>,
}

impl Talk {
    /// Does it all. Nothing panics, and whatever is refused is refused with a reason.
    pub fn run(&self) {
        let mut settings = Settings::new(BASE);
        settings.challenges.push(ChallengeKind::Dns01);
        let mut client = Client {
            server: Server::new(settings, &mut SystemRandom).expect("randomness"),
            records: Memory::default(),
            now_unix: 1_800_000_000,
            nonce: String::new(),
            account: String::new(),
            urls: ["new-account", "new-order", "key-change", "revoke-cert"]
                .map(|name| format!("{BASE}/acme/{name}"))
                .to_vec(),
            waiting: Vec::new(),
        };
        client.send("HEAD", "/acme/new-nonce", b"");
        let new_account = client.urls[0].clone();
        let reply = client.signed(&new_account, true, b"{}");
        client.account = reply.field("location").expect("an account").to_owned();
        for step in self.steps.iter().take(40) {
            client.step(step);
        }
    }
}

impl Client {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Raw { get, path, body } => {
                self.send(if *get { "GET" } else { "POST" }, path, body);
            }
            Step::Signed { url, by_key, text } => {
                let url = self.url(*url);
                self.signed(&url, *by_key, text.as_bytes());
            }
            Step::Order { names } => {
                let names = names.iter().map(|name| {
                    format!(r#"{{"type":"dns","value":{}}}"#, json(name))
                });
                let names: Vec<String> = names.collect();
                let order = format!(r#"{{"identifiers":[{}]}}"#, names.join(","));
                let url = self.urls[1].clone();
                self.signed(&url, false, order.as_bytes());
            }
            Step::Bytes { url, member, der } => {
                let member = if *member { "csr" } else { "certificate" };
                let text = format!(r#"{{"{member}":"{}"}}"#, encode(der));
                let url = self.url(*url);
                self.signed(&url, false, text.as_bytes());
            }
            Step::Found { is_good, body } => self.found(*is_good, body),
            Step::Later { seconds } => self.now_unix += u64::from(*seconds),
        }
    }

    fn found(&mut self, is_good: bool, body: &[u8]) {
        let Some(validation) = self.waiting.pop() else {
            return;
        };
        let _ = validation.judge_certificate(body);
        let _ = validation.judge_records([&*String::from_utf8_lossy(body)]);
        let found = if is_good { Ok(()) } else { validation.judge_body(body) };
        let mut world = World {
            records: &self.records,
            authority: &mut Nobody,
            random: &mut SystemRandom,
            now_unix: self.now_unix,
        };
        let done = self.server.validated(&validation, found, &mut world);
        assert_eq!(done, Ok(()));
    }

    fn url(&self, number: u8) -> String {
        self.urls[usize::from(number) % self.urls.len()].clone()
    }

    fn signed(&mut self, url: &str, by_key: bool, payload: &[u8]) -> Reply {
        let account = self.account.clone();
        let identity = if by_key { Identity::Key } else { Identity::Account(&account) };
        let jws = sign(&KEY, identity, Some(&self.nonce), url, payload).expect("a signature");
        let path = url.strip_prefix(BASE).unwrap_or(url).to_owned();
        self.send("POST", &path, jws.to_json().as_bytes())
    }

    fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Reply {
        let request = Request {
            method,
            path,
            content_type: Some("application/jose+json"),
            body,
            peer: [127, 0, 0, 1].into(),
        };
        let mut world = World {
            records: &self.records,
            authority: &mut Nobody,
            random: &mut SystemRandom,
            now_unix: self.now_unix,
        };
        let (reply, mut waiting) = self.server.handle(&request, &mut world);
        self.waiting.append(&mut waiting);
        if let Some(nonce) = reply.field("replay-nonce") {
            nonce.clone_into(&mut self.nonce);
        }
        assert!((200..500).contains(&reply.status), "{reply:?}");
        if reply.status >= 400 && method != "HEAD" {
            let problem: Problem = problem(&reply.body);
            assert!(!problem.detail.is_empty());
        }
        self.hear(&reply);
        reply
    }

    /// Keeps the URLs that an answer names, a few hundred at most.
    fn hear(&mut self, reply: &Reply) {
        let text = String::from_utf8_lossy(&reply.body);
        let named = text.split('"').filter(|part| part.starts_with(BASE));
        for url in named.map(str::to_owned).chain(reply.field("location").map(str::to_owned)) {
            if self.urls.len() < 300 && !self.urls.contains(&url) {
                self.urls.push(url);
            }
        }
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

fn problem(body: &[u8]) -> Problem {
    serde_json::from_slice(body).expect("a problem document")
}
