//! A server on a clock of its own, an authority behind it, and clients that keep to the protocol
//! unless they are told otherwise.

use handfast_acme::jws::{Identity, Jwk, Jws, encode, sign};
use handfast_acme::message::{Identifier, Problem};
use handfast_acme::server::{
    Authority, Certified, Issuance, Memory, Reply, Request, Server, Settings, Standing, Validation,
    World,
};
use handfast_ca::profile::{KeyKind, Profile, Validity};
use handfast_crypto::random::SystemRandom;
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const BASE: &str = "https://ca.test:14000";
pub(crate) const START: u64 = 1_800_000_000;

/// An authority in memory.
pub(crate) struct InMemory {
    root: handfast_ca::authority::Authority,
    issuing: handfast_ca::authority::Authority,
    /// What was issued, and whether it is revoked, and why.
    pub(crate) issued: BTreeMap<Vec<u8>, Option<u8>>,
    /// Refuses everything, as a locked database would make it.
    pub(crate) is_broken: bool,
}

impl InMemory {
    fn new() -> Self {
        let validity = Validity::days(START, 3650);
        let new = handfast_ca::authority::Authority::new;
        let root = new("Example root", validity, KeyKind::EcP256).unwrap();
        let profile = Profile::authority("Example issuing", validity, KeyKind::EcP256);
        Self {
            issuing: root.intermediate(&profile).unwrap(),
            root,
            issued: BTreeMap::new(),
            is_broken: false,
        }
    }
}

impl Authority for InMemory {
    fn certify(&mut self, issuance: &Issuance<'_>) -> Result<Certified, Problem> {
        use handfast_acme::message::ErrorKind;
        if self.is_broken {
            return Err(Problem::new(ErrorKind::ServerInternal, "the disk is full"));
        }
        let profile = Profile::server(issuance.names, issuance.validity, KeyKind::EcP256);
        let leaf = self.issuing.certify(issuance.spki, &profile);
        let leaf = leaf.map_err(|error| Problem::new(ErrorKind::BadCsr, error.to_string()))?;
        self.issued.insert(leaf.to_vec(), None);
        Ok(Certified {
            chain: self.issuing.chain_below(leaf),
            root: self.root.root_der().clone(),
        })
    }

    fn revoke(
        &mut self,
        certificate: &CertificateDer<'_>,
        reason: u8,
        _now_unix: u64,
    ) -> Result<(), Problem> {
        self.issued.insert(certificate.to_vec(), Some(reason));
        Ok(())
    }

    fn standing(&mut self, certificate: &CertificateDer<'_>) -> Result<Standing, Problem> {
        Ok(match self.issued.get(certificate.as_ref()) {
            None => Standing::Unknown,
            Some(None) => Standing::Good,
            Some(Some(_)) => Standing::Revoked,
        })
    }
}

pub(crate) struct Lab {
    pub(crate) server: Server,
    pub(crate) records: Memory,
    pub(crate) authority: InMemory,
    pub(crate) now: u64,
    /// What the server wants looked at.
    pub(crate) validations: Vec<Validation>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(BASE);
        change(&mut settings);
        Self {
            server: Server::new(settings, &mut SystemRandom).unwrap(),
            records: Memory::default(),
            authority: InMemory::new(),
            now: START,
            validations: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, request: &Request<'_>) -> Reply {
        let mut world = World {
            records: &self.records,
            authority: &mut self.authority,
            random: &mut SystemRandom,
            now_unix: self.now,
        };
        let (reply, mut validations) = self.server.handle(request, &mut world);
        self.validations.append(&mut validations);
        reply
    }

    pub(crate) fn call(&mut self, method: &str, path: &str, body: &[u8]) -> Reply {
        self.send(&Request {
            method,
            path,
            content_type: Some("application/jose+json"),
            body,
            peer: [127, 0, 0, 1].into(),
        })
    }

    pub(crate) fn post(&mut self, url: &str, jws: &Jws) -> Reply {
        let path = url.strip_prefix(BASE).expect("a URL of this server");
        self.call("POST", path, jws.to_json().as_bytes())
    }

    pub(crate) fn nonce(&mut self) -> String {
        let reply = self.call("HEAD", "/acme/new-nonce", b"");
        assert_eq!(reply.status, 200);
        reply.field("replay-nonce").unwrap().to_owned()
    }

    /// Tells the server what came of the oldest validation.
    pub(crate) fn validate(&mut self, found: Result<(), Problem>) -> Validation {
        let validation = self.validations.remove(0);
        self.tell(&validation, found);
        validation
    }

    pub(crate) fn tell(&mut self, validation: &Validation, found: Result<(), Problem>) {
        let mut world = World {
            records: &self.records,
            authority: &mut self.authority,
            random: &mut SystemRandom,
            now_unix: self.now,
        };
        self.server
            .validated(validation, found, &mut world)
            .unwrap();
    }

    /// A new account.
    pub(crate) fn client(&mut self) -> Client {
        let client = Client::keyed(KeyKind::EcP256);
        self.account(client, &json!({"termsOfServiceAgreed": true}))
    }

    pub(crate) fn account(&mut self, mut client: Client, asked: &Value) -> Client {
        let reply = client.by_key(self, &format!("{BASE}/acme/new-account"), asked);
        assert_eq!(reply.status, 201, "{}", text(&reply));
        client.account = reply.field("location").unwrap().to_owned();
        client
    }
}

/// A key, and its account.
pub(crate) struct Client {
    pub(crate) key: PrivateKey,
    pub(crate) account: String,
}

impl Client {
    pub(crate) fn keyed(kind: KeyKind) -> Self {
        Self {
            key: PrivateKey::generate(kind).unwrap(),
            account: String::new(),
        }
    }

    pub(crate) fn jwk(&self) -> Jwk {
        Jwk::of(&self.key).unwrap()
    }

    pub(crate) fn by_key(&self, lab: &mut Lab, url: &str, payload: &Value) -> Reply {
        let nonce = lab.nonce();
        let payload = payload.to_string();
        let jws = sign(
            &self.key,
            Identity::Key,
            Some(&nonce),
            url,
            payload.as_bytes(),
        )
        .unwrap();
        lab.post(url, &jws)
    }

    pub(crate) fn post(&self, lab: &mut Lab, url: &str, payload: &Value) -> Reply {
        self.bytes(lab, url, payload.to_string().as_bytes())
    }

    /// POST-as-GET.
    pub(crate) fn read(&self, lab: &mut Lab, url: &str) -> Reply {
        self.bytes(lab, url, b"")
    }

    pub(crate) fn bytes(&self, lab: &mut Lab, url: &str, payload: &[u8]) -> Reply {
        let nonce = lab.nonce();
        let account = Identity::Account(&self.account);
        let jws = sign(&self.key, account, Some(&nonce), url, payload).unwrap();
        lab.post(url, &jws)
    }

    /// Places an order.
    pub(crate) fn order(&self, lab: &mut Lab, names: &[&str]) -> Reply {
        let identifiers: Vec<Identifier> =
            names.iter().map(|name| Identifier::read(name)).collect();
        let url = format!("{BASE}/acme/new-order");
        self.post(lab, &url, &json!({"identifiers": identifiers}))
    }

    /// Places an order and proves all of its names: its URL and the order.
    pub(crate) fn ready(&self, lab: &mut Lab, names: &[&str]) -> (String, Value) {
        let reply = self.order(lab, names);
        assert_eq!(reply.status, 201, "{}", text(&reply));
        let url = reply.field("location").unwrap().to_owned();
        for authorization in document(&reply)["authorizations"].as_array().unwrap() {
            let reply = self.read(lab, authorization.as_str().unwrap());
            let challenge = document(&reply)["challenges"][0].clone();
            let reply = self.post(lab, challenge["url"].as_str().unwrap(), &json!({}));
            assert_eq!(document(&reply)["status"], "processing");
            let validation = lab.validate(Ok(()));
            assert_eq!(validation.token, challenge["token"]);
        }
        let order = document(&self.read(lab, &url));
        assert_eq!(order["status"], "ready");
        (url, order)
    }

    /// Finalizes an order: by a new key, for these names.
    pub(crate) fn finalize(
        &self,
        lab: &mut Lab,
        order: &Value,
        names: &[&str],
    ) -> (PrivateKey, Reply) {
        let key = PrivateKey::generate(KeyKind::EcP256).unwrap();
        let csr = request(&key, "", names);
        let reply = self.send_request(lab, order, &csr);
        (key, reply)
    }

    pub(crate) fn send_request(&self, lab: &mut Lab, order: &Value, csr: &[u8]) -> Reply {
        let url = order["finalize"].as_str().unwrap().to_owned();
        self.post(lab, &url, &json!({"csr": encode(csr)}))
    }

    /// A certificate for these names: its key, its PEM, its DER.
    pub(crate) fn certificate(&self, lab: &mut Lab, names: &[&str]) -> (PrivateKey, Vec<Vec<u8>>) {
        let (_, order) = self.ready(lab, names);
        let (key, reply) = self.finalize(lab, &order, names);
        assert_eq!(reply.status, 200, "{}", text(&reply));
        let url = document(&reply)["certificate"].as_str().unwrap().to_owned();
        let reply = self.read(lab, &url);
        assert_eq!(
            reply.field("content-type"),
            Some("application/pem-certificate-chain")
        );
        (key, pem(&reply))
    }
}

/// The certificates of a PEM body.
pub(crate) fn pem(reply: &Reply) -> Vec<Vec<u8>> {
    use rustls_pki_types::pem::PemObject;
    let certificates = CertificateDer::pem_slice_iter(&reply.body);
    certificates.map(|der| der.unwrap().to_vec()).collect()
}

pub(crate) fn document(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{}", text(reply)))
}

pub(crate) fn text(reply: &Reply) -> String {
    format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body))
}

/// Status and kind of a problem.
pub(crate) fn problem(reply: &Reply) -> (u16, String) {
    assert_eq!(
        reply.field("content-type"),
        Some("application/problem+json"),
        "{}",
        text(reply)
    );
    let document = document(reply);
    assert_eq!(document["status"], reply.status);
    assert_ne!(document["detail"], "");
    let kind = document["type"].as_str().unwrap();
    let kind = kind.strip_prefix("urn:ietf:params:acme:error:").unwrap();
    (reply.status, kind.to_owned())
}

/// A certificate signing request (RFC 2986), by hand, so that it can be wrong.
pub(crate) fn request(key: &PrivateKey, common_name: &str, names: &[&str]) -> Vec<u8> {
    let mut subject = Vec::new();
    if !common_name.is_empty() {
        let oid = element(6, &[&[0x55, 4, 3]]);
        let value = element(0x0c, &[common_name.as_bytes()]);
        subject = element(0x31, &[&element(0x30, &[&oid, &value])]);
    }
    let names: Vec<Vec<u8>> = names
        .iter()
        .map(|name| match Identifier::read(name) {
            Identifier::Ip(std::net::IpAddr::V4(ip)) => element(0x87, &[&ip.octets()]),
            Identifier::Ip(std::net::IpAddr::V6(ip)) => element(0x87, &[&ip.octets()]),
            _ if name.contains('@') => element(0x81, &[name.as_bytes()]),
            _ => element(0x82, &[name.as_bytes()]),
        })
        .collect();
    let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
    let san = element(
        0x30,
        &[
            &element(6, &[&[0x55, 0x1d, 0x11]]),
            &element(4, &[&element(0x30, &names)]),
        ],
    );
    let oid = element(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14]]);
    let attribute = element(0x30, &[&oid, &element(0x31, &[&element(0x30, &[&san])])]);
    let attributes = match names.is_empty() {
        true => element(0xa0, &[]),
        false => element(0xa0, &[&attribute]),
    };
    let subject = element(0x30, &[&subject]);
    let info = element(
        0x30,
        &[&[2, 1, 0], &subject, key.public_spki(), &attributes],
    );
    let (algorithm, oid): (_, &[u8]) = match key.kind() {
        KeyKind::Rsa { .. } => (
            SignatureAlgorithm::RsaPkcs1Sha256,
            &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0],
        ),
        _ => (
            SignatureAlgorithm::EcdsaSha256,
            &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
        ),
    };
    let signature = key.sign(algorithm, &info).unwrap();
    let signature = element(3, &[&[0], &signature]);
    element(0x30, &[&info, &element(0x30, &[oid]), &signature])
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = contents.len();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short @ 0..0x80) => bytes.push(short),
        Ok(long) => bytes.extend([0x81, long]),
        Err(_) => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    bytes.extend(contents);
    bytes
}
