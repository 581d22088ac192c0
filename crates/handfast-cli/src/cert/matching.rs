//! `handfast cert match`: which certificates, keys and requests belong together.

use crate::cert::order::{climb, is_authority};
use crate::cert::pile::Source;
use crate::cert::presented::Reach;
use crate::cert::verify::subject;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::{Talk, explain, print_document, print_line};
use clap::Args;
use handfast::stream::now;
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::subject_key::SubjectKey;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The flags of `cert match`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Files with certificates, private or public keys, requests; also hosts, - for standard input
    #[arg(value_name = "FILE|HOST[:PORT]|URL|-", required = true)]
    targets: Vec<String>,
    /// The password of encrypted files: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
}

/// One thing that has a key.
struct Item {
    source: String,
    kind: Kind,
    /// What it is called: a subject, or the kind of key.
    title: String,
    /// The bytes of the public key, by which things belong together.
    key: Vec<u8>,
    /// The certificate in DER.
    certificate: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    PrivateKey,
    PublicKey,
    Request,
    Certificate,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::PrivateKey => "private key",
            Self::PublicKey => "public key",
            Self::Request => "request",
            Self::Certificate => "certificate",
        }
    }
}

/// Runs the verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.targets.join(" ");
    let (items, failed) = match items(options, talk).await {
        Ok(found) => found,
        Err(failure) => return talk.end("cert.match", &target, Err(failure)),
    };
    let matched = Matched::of(&items);
    let exit = if matched.strangers.is_empty() && failed.is_empty() {
        Exit::Done
    } else {
        Exit::Bad
    };
    if talk.json {
        let findings: Vec<_> = matched
            .strangers
            .iter()
            .map(|one| finding(&items, *one))
            .collect();
        let errors: Vec<_> = failed.iter().map(Failure::to_json).collect();
        let body = vec![
            ("result", matched.to_json(&items)),
            ("errors", json!(errors)),
            ("findings", json!(findings)),
        ];
        print_document("cert.match", &target, body, exit);
    } else {
        print_line(matched.text(&items).trim_end());
        failed.iter().for_each(explain);
    }
    exit
}

/// All that has a key, and why some targets show nothing. Where too little is left to compare, the
/// first of them is why.
async fn items(options: &Options, talk: &Talk) -> Result<(Vec<Item>, Vec<Failure>), Failure> {
    let password = load::password(options.pass_file.as_deref())?;
    let (mut items, mut failed) = (Vec::new(), Vec::new());
    for target in &options.targets {
        match Source::read(
            target,
            password.as_deref().map(Vec::as_slice),
            &options.reach,
            talk,
        )
        .await
        {
            Ok(source) => items.extend(items_of(&source)),
            Err(failure) => failed.push(failure),
        }
    }
    if items.len() < 2 {
        let mut failed = failed.into_iter();
        if let Some(first) = failed.next() {
            if !talk.json {
                failed.for_each(|failure| explain(&failure));
            }
            return Err(first);
        }
        return Err(
            Failure::usage("there is one thing only: nothing to compare it with")
                .hint("name a second file, for example the key's beside the certificate's"),
        );
    }
    Ok((items, failed))
}

fn items_of(source: &Source) -> Vec<Item> {
    let contents = &source.contents;
    let item = |kind, title, key: &[u8], certificate| Item {
        source: source.name.clone(),
        kind,
        title,
        key: key.to_vec(),
        certificate,
    };
    let mut items = Vec::new();
    for key in &contents.keys {
        let title = key_words(key.public_spki());
        items.push(item(
            Kind::PrivateKey,
            title,
            key.subject_public_key(),
            None,
        ));
    }
    for spki in &contents.public_keys {
        if let Ok(key) = SubjectKey::parse(spki) {
            items.push(item(Kind::PublicKey, key_words(spki), key.bytes, None));
        }
    }
    for der in &contents.requests {
        if let Ok(request) = CertificationRequest::parse(der) {
            let title = request.subject().to_string();
            items.push(item(
                Kind::Request,
                title,
                request.subject_public_key(),
                None,
            ));
        }
    }
    for der in &contents.certificates {
        if let Ok(certificate) = Certificate::parse(der) {
            let key = certificate.subject_public_key();
            items.push(item(
                Kind::Certificate,
                subject(der),
                key,
                Some(der.to_vec()),
            ));
        }
    }
    items
}

/// What belongs together, as indices.
struct Matched {
    /// Things of one key, at least two.
    groups: Vec<Vec<usize>>,
    /// Certificates that vouch for each other, from the leaf up, at least two.
    chains: Vec<Vec<usize>>,
    /// What belongs to nothing else.
    strangers: Vec<usize>,
}

impl Matched {
    fn of(items: &[Item]) -> Self {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let same = |group: &&mut Vec<usize>| {
                let first = group.first().and_then(|first| items.get(*first));
                first.is_some_and(|first| first.key == item.key)
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(index),
                None => groups.push(vec![index]),
            }
        }
        groups.retain(|group| group.len() > 1);
        let chains = chains(items);
        let mut together: Vec<usize> = groups.iter().chain(&chains).flatten().copied().collect();
        together.sort_unstable();
        let strangers = (0..items.len()).filter(|one| together.binary_search(one).is_err());
        Self {
            strangers: strangers.collect(),
            groups,
            chains,
        }
    }

    fn text(&self, items: &[Item]) -> String {
        let mut text = String::new();
        let line = |index: &usize| {
            items.get(*index).map_or(String::new(), |item| {
                format!(
                    "  {:<11}  {}  {}\n",
                    item.kind.words(),
                    item.source,
                    item.title
                )
            })
        };
        for group in &self.groups {
            text += "of one key\n";
            text.extend(group.iter().map(line));
        }
        for chain in &self.chains {
            text += "each issued by the next\n";
            text.extend(chain.iter().map(line));
        }
        if !self.strangers.is_empty() {
            text += "belongs to nothing else here\n";
            text.extend(self.strangers.iter().map(line));
        }
        text
    }

    fn to_json(&self, items: &[Item]) -> Value {
        let all = items.iter().map(
            |item| json!({ "source": item.source, "kind": item.kind.words(), "title": item.title }),
        );
        json!({
            "items": all.collect::<Vec<_>>(),
            "same_key": self.groups,
            "chains": self.chains,
            "strangers": self.strangers,
        })
    }
}

/// Chains of at least two, from each certificate that issued none of the others.
fn chains(items: &[Item]) -> Vec<Vec<usize>> {
    let (mut places, mut ders) = (Vec::new(), Vec::<&[u8]>::new());
    for (index, item) in items.iter().enumerate() {
        if let Some(der) = &item.certificate
            // The same certificate twice is in one group already.
            && !ders.contains(&der.as_slice())
        {
            places.push(index);
            ders.push(der);
        }
    }
    let certificates: Vec<_> = ders
        .iter()
        .filter_map(|der| Certificate::parse(der).ok())
        .collect();
    let at = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    let mut order: Vec<usize> = (0..certificates.len()).collect();
    // Leaves first: whatever they climb over begins no chain of its own.
    order.sort_by_key(|index| certificates.get(*index).is_some_and(is_authority));
    let mut climbed = Vec::new();
    let mut chains = Vec::new();
    for start in order {
        if climbed.contains(&start) {
            continue;
        }
        let path = climb(&certificates, start, at);
        climbed.extend(path.iter().copied());
        if path.len() > 1 {
            let path = path.iter().filter_map(|index| places.get(*index).copied());
            chains.push(path.collect());
        }
    }
    chains
}

fn finding(items: &[Item], index: usize) -> Value {
    let item = items.get(index);
    json!({
        "id": "cert.match.stranger",
        "severity": "error",
        "title": "it belongs to nothing else here",
        "evidence": item.map(|item| {
            format!("{}: {} {}", item.source, item.kind.words(), item.title)
        }),
        "fix": "give the file that was made with it: a key and its certificate hold the same public key",
    })
}

/// A kind of key in words.
fn key_words(spki: &[u8]) -> String {
    let key = SubjectKey::parse(spki);
    let (name, bits) = match &key {
        Ok(key) => (key.algorithm.name(), key.bits()),
        Err(_) => (None, None),
    };
    let name = match name {
        Some("rsaEncryption") => "RSA",
        Some("id-ecPublicKey") => "elliptic curve",
        Some(name) => name,
        None => "of an unknown kind",
    };
    match bits {
        Some(bits) => format!("{name}, {bits} bits"),
        None => name.to_owned(),
    }
}
