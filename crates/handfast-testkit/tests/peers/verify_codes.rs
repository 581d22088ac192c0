//! `openssl verify` and we refuse a chain by the same code.

use std::time::Duration;

use handfast_crypto::signature::PrivateKey;
use handfast_pki::crl::Crl;
use handfast_pki::load::to_pem;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::openssl::VerifyCode;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::{Mode, Revocation};
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, ip, key, name_constraints, purpose,
};
use handfast_testkit::made::crl;
use handfast_testkit::made::der::extension;
use handfast_testkit::peer::{Folder, Program, trial};
use libtest_mimic::{Failed, Trial};

const SOON: Duration = Duration::from_secs(20);
/// 2030-01-01T00:00:00Z
const NOW: i64 = 1_893_456_000;
const DAY: i64 = 86_400;

/// What is broken, and the code that says so.
type Row = (&'static str, i32, fn(&mut World));

const ROWS: &[Row] = &[
    ("sound", 0, |_| {}),
    ("not_yet_valid", 9, |world| {
        world.leaf.not_before = NOW + DAY;
    }),
    ("expired", 10, |world| world.leaf.not_after = NOW - DAY),
    ("expired_intermediate", 10, |world| {
        world.middle.not_after = NOW - DAY;
    }),
    ("self_signed_leaf", 18, |world| {
        world.leaf.issuer = world.leaf.subject.clone();
        world.leaf_signer = Signer::Itself;
        world.send_middle = false;
    }),
    ("self_signed_in_chain", 19, |world| {
        world.send_root = true;
        world.trust_root = false;
    }),
    ("missing_intermediate", 20, |world| {
        world.send_middle = false;
    }),
    ("unknown_root", 20, |world| world.trust_root = false),
    ("damaged_signature", 7, |world| {
        world.leaf_signer = Signer::Stranger;
    }),
    ("no_authority", 79, |world| world.middle.extensions.clear()),
    ("no_key_cert_sign", 79, |world| {
        world
            .middle
            .extensions
            .push(extension(15, true, &[3, 2, 1, 0x02]));
    }),
    ("path_length", 25, |world| {
        world.root.extensions = vec![authority(Some(0))];
    }),
    ("purpose", 26, |world| {
        world.leaf.extensions.push(purpose(2));
    }),
    ("purpose_of_the_authority", 26, |world| {
        world.middle.extensions.push(purpose(2));
    }),
    ("unknown_critical", 34, |world| {
        world.leaf.extensions.push(extension(99, true, &[5, 0]));
    }),
    ("not_permitted", 47, |world| {
        world
            .middle
            .extensions
            .push(name_constraints(&[dns("example.org")], &[]));
    }),
    ("excluded", 48, |world| {
        world
            .middle
            .extensions
            .push(name_constraints(&[], &[dns("example.test")]));
    }),
    ("host_name", 62, |world| world.name = "other.test"),
    ("address", 64, |world| world.name = "192.0.2.2"),
    ("crl_good", 0, |world| {
        world.lists = Some(|world| vec![world.list()]);
    }),
    ("crl_missing", 3, |world| world.lists = Some(|_| vec![])),
    ("crl_revoked", 23, |world| {
        world.lists = Some(|world| vec![world.list().and(crl::entry(&[1], NOW - DAY, &[]))]);
    }),
    ("crl_expired", 12, |world| {
        world.lists = Some(|world| {
            let mut list = world.list();
            list.next_update = NOW - DAY;
            vec![list]
        });
    }),
    ("crl_not_yet_valid", 11, |world| {
        world.lists = Some(|world| {
            let mut list = world.list();
            list.this_update = NOW + DAY;
            vec![list]
        });
    }),
    ("crl_damaged", 8, |world| {
        world.lists = Some(|world| vec![world.list()]);
        world.list_signer = Signer::Stranger;
    }),
];

pub(super) fn trials() -> Vec<Trial> {
    let rows = ROWS.iter().map(|(name, number, change)| {
        let claim = format!("verify_codes::{name}_is_{number}");
        trial(&claim, ["openssl"], move |[openssl]| {
            let mut world = World::new();
            change(&mut world);
            world.agrees(&openssl, *number)
        })
    });
    rows.collect()
}

#[derive(Clone, Copy)]
enum Signer {
    Issuer,
    Itself,
    Stranger,
}

/// Leaf, intermediate and root.
struct World {
    leaf: Draft,
    middle: Draft,
    root: Draft,
    keys: [PrivateKey; 4],
    leaf_signer: Signer,
    list_signer: Signer,
    send_middle: bool,
    send_root: bool,
    trust_root: bool,
    name: &'static str,
    /// The CRLs about the leaf, where any are asked.
    lists: Option<fn(&Self) -> Vec<crl::Draft>>,
}

impl World {
    fn new() -> Self {
        let keys = [key(), key(), key(), key()];
        let [leaf, middle, root, _] = &keys;
        let names = [dns("example.test"), ip(&[192, 0, 2, 1])];
        Self {
            leaf: Draft::new("leaf", "middle", leaf.public_spki()).with(alternative_names(&names)),
            middle: Draft::new("middle", "root", middle.public_spki()).with(authority(None)),
            root: Draft::new("root", "root", root.public_spki()).with(authority(None)),
            keys,
            leaf_signer: Signer::Issuer,
            list_signer: Signer::Issuer,
            send_middle: true,
            send_root: false,
            trust_root: true,
            name: "example.test",
            lists: None,
        }
    }

    fn list(&self) -> crl::Draft {
        crl::Draft::new("middle", NOW - 7 * DAY, NOW + 7 * DAY)
    }

    fn signer(&self, signer: Signer) -> &PrivateKey {
        let [leaf, middle, _, stranger] = &self.keys;
        match signer {
            Signer::Issuer => middle,
            Signer::Itself => leaf,
            Signer::Stranger => stranger,
        }
    }

    fn agrees(&self, openssl: &Program, wanted: i32) -> Result<(), Failed> {
        let [_, _, root_key, stranger] = &self.keys;
        let leaf = self.leaf.signed_by(self.signer(self.leaf_signer));
        let root = self.root.signed_by(root_key);
        let mut sent = vec![leaf.clone()];
        if self.send_middle {
            sent.push(self.middle.signed_by(root_key));
        }
        if self.send_root {
            sent.push(root.clone());
        }
        let other = Draft::new("other", "other", stranger.public_spki()).with(authority(None));
        let anchor = if self.trust_root {
            root
        } else {
            other.signed_by(stranger)
        };
        let lists = self.lists.map(|make| {
            let signer = self.signer(self.list_signer);
            let of_leaf = make(self);
            let of_leaf = of_leaf.iter().map(|list| list.signed_by(signer));
            let of_middle = crl::Draft::new("root", NOW - 7 * DAY, NOW + 7 * DAY);
            let mut lists: Vec<_> = of_leaf.collect();
            lists.push(of_middle.signed_by(root_key));
            lists
        });
        let ours = self.ours(&sent, &anchor, lists.as_deref())?;
        let theirs = self.theirs(openssl, &sent, &anchor, lists.as_deref())?;
        let code = VerifyCode::by_number(wanted).ok_or("no such code")?;
        if ours != code {
            return Err(format!("ours: {ours}, not {code}").into());
        }
        match (wanted, theirs.as_str()) {
            (0, "") => Ok(()),
            (_, told)
                if told.contains(&format!("error {wanted} at ")) && told.ends_with(code.text) =>
            {
                Ok(())
            }
            _ => Err(format!("openssl: {theirs:?}, not {code}").into()),
        }
    }

    fn ours(
        &self,
        sent: &[Vec<u8>],
        anchor: &[u8],
        lists: Option<&[Vec<u8>]>,
    ) -> Result<VerifyCode, Failed> {
        let mut roots = Roots::new();
        roots.add(anchor.to_vec().into())?;
        let chain: Vec<&[u8]> = sent.iter().map(Vec::as_slice).collect();
        let crls = lists.unwrap_or_default().iter().map(|der| Crl::parse(der));
        let crls = crls.collect::<Result<Vec<_>, _>>()?;
        let mode = match lists {
            Some(_) => Mode::HardFail,
            None => Mode::Off,
        };
        let verdict = verify(&Request {
            chain: &chain,
            roots: &roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: Some(&ServerName::parse(self.name)?),
            at_unix_s: NOW,
            policy: &Policy::MODERN,
            leaf_key: None,
            facts: None,
            revocation: Revocation {
                mode,
                crls: &crls,
                ..Revocation::default()
            },
        });
        let ok = VerifyCode::by_number(0).ok_or("no code")?;
        Ok(match verdict {
            Ok(_) => ok,
            Err(refused) => refused.openssl_code(),
        })
    }

    /// The first thing that OpenSSL says against it.
    fn theirs(
        &self,
        openssl: &Program,
        sent: &[Vec<u8>],
        anchor: &[u8],
        lists: Option<&[Vec<u8>]>,
    ) -> Result<String, Failed> {
        let folder = Folder::new()?;
        let pem = |label, many: &[Vec<u8>]| -> String {
            many.iter()
                .map(|der| to_pem(label, der).to_string())
                .collect()
        };
        let (leaf, others) = sent.split_first().ok_or("nothing is sent")?;
        let leaf = folder.write("leaf.pem", pem("CERTIFICATE", std::slice::from_ref(leaf)))?;
        let anchor = folder.write("anchor.pem", pem("CERTIFICATE", &[anchor.to_vec()]))?;
        let mut arguments: Vec<String> =
            ["verify", "-no-CApath", "-no-CAstore", "-CAfile", &anchor]
                .map(str::to_owned)
                .to_vec();
        let at = NOW.to_string();
        let wanted = match self.name.parse::<std::net::IpAddr>() {
            Ok(_) => "-verify_ip",
            Err(_) => "-verify_hostname",
        };
        let more = ["-purpose", "sslserver", "-attime", &at, wanted, self.name];
        arguments.extend(more.map(str::to_owned));
        if !others.is_empty() {
            let others = folder.write("others.pem", pem("CERTIFICATE", others))?;
            arguments.extend(["-untrusted".to_owned(), others]);
        }
        if let Some(lists) = lists {
            arguments.push("-crl_check_all".to_owned());
            let lists = folder.write("lists.pem", pem("X509 CRL", lists))?;
            arguments.extend(["-CRLfile".to_owned(), lists]);
        }
        arguments.push(leaf);
        let outcome = openssl.run(&arguments, b"", SOON)?;
        let first = outcome
            .stderr
            .lines()
            .find(|line| line.starts_with("error "));
        match (outcome.success(), first) {
            (true, None) => Ok(String::new()),
            (_, Some(line)) => Ok(line.to_owned()),
            (false, None) => Err(format!("openssl: {}{}", outcome.stderr, outcome.text()).into()),
        }
    }
}
