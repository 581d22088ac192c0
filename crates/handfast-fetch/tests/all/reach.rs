//! Where a stranger's certificate may send us.

use crate::world::{World, fetcher, said, short, words};
use handfast_fetch::{Fetcher, Reach, Resolve, Resolving};
use handfast_testkit::web::{Web, ok, redirect};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn with(reach: Reach) -> Fetcher {
    Fetcher::builder()
        .limits(short())
        .reach(reach)
        .clock(|| crate::world::NOW)
        .build()
}

/// A resolver that gives one list after the other, the last one again and again.
struct Turns {
    lists: Vec<Vec<IpAddr>>,
    asked: Arc<AtomicUsize>,
}

impl Resolve for Turns {
    fn resolve(&self, _host: &str) -> Resolving {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let list = self.lists.get(turn).or(self.lists.last()).cloned();
        Box::pin(async move { Ok(list.unwrap_or_default()) })
    }
}

#[tokio::test]
async fn private_addresses_and_other_ports_are_asked_only_where_that_is_allowed() {
    let world = World::new();
    let web = Web::saying(ok(&world.good_list()));
    let anywhere = Reach::default().danger_any_port();
    for (reach, word) in [
        (Reach::default(), "port"),
        (Reach::default().danger_private_addresses(), "port"),
        (anywhere.clone(), "address"),
        (
            anywhere
                .clone()
                .danger_address("127.0.0.2".parse().unwrap()),
            "address",
        ),
    ] {
        let outcome = world.hard(&with(reach), web.url("/list.crl")).await;
        assert_eq!(words(&outcome), [word]);
        assert!(outcome.result.is_err());
    }
    assert_eq!(web.count(), 0);
    // Controls.
    for reach in [
        anywhere.clone().danger_private_addresses(),
        anywhere.danger_address(HERE),
    ] {
        let outcome = world.hard(&with(reach), web.url("/list.crl")).await;
        assert_eq!(
            (words(&outcome), said(&outcome)),
            (vec!["ok"], "good".to_owned())
        );
    }
}

#[tokio::test]
async fn names_and_disguises_of_private_addresses_are_no_way_in() {
    let world = World::new();
    let web = Web::saying(ok(&world.good_list()));
    let fetcher = with(Reach::default().danger_any_port());
    for host in [
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
    ] {
        let url = format!("http://{host}:{}/list.crl", web.port());
        let outcome = world.hard(&fetcher, url).await;
        assert_eq!(words(&outcome), ["address"], "{host}");
    }
    assert_eq!(web.count(), 0);
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    let world = World::new();
    let inner = Arc::new(Web::at("127.0.0.2".parse().unwrap(), {
        let list = world.good_list();
        move |_| ok(&list)
    }));
    let outer = Web::saying(redirect("302 Found", &inner.url("/list.crl")));
    let reach = Reach::default().danger_any_port().danger_address(HERE);
    let outcome = world
        .hard(&with(reach.clone()), outer.url("/list.crl"))
        .await;
    assert_eq!((words(&outcome), outer.count()), (vec!["address"], 1));
    assert_eq!(inner.count(), 0);
    // Control: the same redirect, to an address that is allowed.
    let reach = reach.danger_address("127.0.0.2".parse().unwrap());
    let outcome = world.hard(&with(reach), outer.url("/list.crl")).await;
    assert_eq!((words(&outcome), inner.count()), (vec!["ok"], 1));
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_that_address_is_connected_to() {
    let world = World::new();
    let web = Web::saying(ok(&world.good_list()));
    let elsewhere: IpAddr = "127.0.0.3".parse().unwrap();
    let reach = Reach::default().danger_any_port().danger_address(HERE);
    let url = format!("http://rebinding.test:{}/list.crl", web.port());
    for (lists, word, lookups) in [
        // It changes its mind after the first answer: that is never heard.
        (vec![vec![HERE], vec![elsewhere]], "ok", 1),
        (vec![vec![elsewhere], vec![HERE]], "address", 1),
        // Of several, those that may be asked.
        (vec![vec![elsewhere, HERE]], "ok", 1),
        (vec![vec![]], "resolve", 1),
    ] {
        let asked = Arc::<AtomicUsize>::default();
        let resolver = Turns {
            lists,
            asked: Arc::clone(&asked),
        };
        let fetcher = Fetcher::builder()
            .limits(short())
            .reach(reach.clone())
            .resolver(resolver)
            .clock(|| crate::world::NOW)
            .build();
        let outcome = world.hard(&fetcher, &url).await;
        assert_eq!(words(&outcome), [word]);
        assert_eq!(asked.load(Ordering::SeqCst), lookups);
    }
    let head = &web.asked()[0].head;
    assert!(
        head.contains(&format!("host: rebinding.test:{}\r\n", web.port())),
        "{head}"
    );
}

#[tokio::test]
async fn other_schemes_and_urls_with_users_are_not_fetched() {
    let world = World::new();
    let fetcher = fetcher();
    for (url, word) in [
        ("https://localhost/list.crl", "scheme"),
        ("ldap://localhost/cn=x?certificateRevocationList", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("http://user@localhost/", "url"),
        ("http://", "url"),
        ("list.crl", "url"),
        ("http://no-such-host.invalid/", "resolve"),
    ] {
        let outcome = world.hard(&fetcher, url).await;
        assert_eq!(words(&outcome), [word], "{url}");
        let shown = outcome.tried[0].to_string();
        assert!(shown.starts_with(&format!("CRL {url}: ")), "{shown}");
    }
    let closed = format!(
        "http://127.0.0.1:{}/",
        handfast_testkit::peer::free_port().unwrap()
    );
    assert_eq!(words(&world.hard(&fetcher, closed).await), ["connect"]);
}

#[tokio::test]
async fn ipv6_is_spoken_and_nothing_more_is_told_than_the_question() {
    let world = World::new();
    let list = world.good_list();
    let web = Web::at(IpAddr::V6(Ipv6Addr::LOCALHOST), move |_| ok(&list));
    let outcome = world
        .hard(&fetcher(), web.url("/a%20b/list.crl?c=d#e"))
        .await;
    assert_eq!(words(&outcome), ["ok"]);
    let asked = &web.asked()[0];
    assert_eq!(asked.path, "/a%20b/list.crl?c=d");
    let mut names: Vec<_> = asked
        .head
        .lines()
        .skip(1)
        .filter_map(|line| line.split(':').next())
        .collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "connection",
            "host",
            "user-agent"
        ]
    );
    assert!(
        asked
            .head
            .contains(&format!("host: [::1]:{}\r\n", web.port()))
    );
    assert!(asked.head.contains("accept-encoding: identity\r\n"));
}
