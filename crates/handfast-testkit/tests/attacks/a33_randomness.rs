//! A33, a source of randomness that fails: a failed handshake, never another source; and nothing
//! is drawn ahead, so that a copy of the process draws anew.

use crate::attack::{Attack, Control, Found};
use crate::victim::SIDES;
use handfast::config::{Entropy, SystemEntropy};
use handfast::{Error, OwnFailure, ServerName};
use handfast_crypto::random::RandomFailed;
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::shape::Shape;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A33",
        name: "randomness_fails",
        ours: || failing(|source| source),
        controls: &[Control {
            broken: "a_source_that_falls_back_to_zeros",
            run: || failing(|source| Arc::new(FallsBack(source))),
        }],
    },
    Attack {
        id: "A33",
        name: "drawn_ahead",
        ours: || copied(|| Box::new(SystemEntropy)),
        controls: &[Control {
            broken: "a_source_with_a_pool",
            run: || copied(|| Box::new(Pool::default())),
        }],
    },
    Attack {
        id: "A33",
        name: "drawn_for_another_connection",
        ours: || fresh(|source| source),
        controls: &[Control {
            broken: "a_source_that_gives_what_is_left_over",
            run: || fresh(|source| Arc::new(LeftOver(source, Mutex::default()))),
        }],
    },
];

/// Fails at one draw and from then on.
#[derive(Debug)]
struct Failing(AtomicU64);

impl Entropy for Failing {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 {
            return Err(RandomFailed);
        }
        SystemEntropy.fill(out)
    }
}

#[derive(Debug)]
struct FallsBack(Arc<dyn Entropy>);

impl Entropy for FallsBack {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.fill(out).or_else(|_| {
            out.fill(0);
            Ok(())
        })
    }
}

/// Both ends with the source at one of them.
fn with_source(shape: Shape, side: Side, source: Arc<dyn Entropy>) -> Result<Pair, Error> {
    let (mut client, mut server) = shape.configs();
    match side {
        Side::Client => client.common.entropy = source,
        Side::Server => server.common.entropy = source,
    }
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let name = ServerName::parse("localhost").unwrap();
    Ok(Pair {
        client: End::new(client.connect(name, now())?),
        server: End::new(server.accept(now())?),
        now: now(),
    })
}

/// The source fails at each draw of a handshake in turn.
fn failing(wrap: fn(Arc<dyn Entropy>) -> Arc<dyn Entropy>) -> Found {
    let mut found = Found::default();
    let own = Some(Error::Own(OwnFailure::Random));
    for shape in Shape::ALL.into_iter().filter(|shape| !shape.resumes()) {
        for side in SIDES {
            for draws in 0..draws(shape, side) {
                let source = wrap(Arc::new(Failing(AtomicU64::new(draws))));
                let ended = match with_source(shape, side, source) {
                    Err(error) => Some(error),
                    Ok(mut pair) => {
                        pair.run(Delivery::Whole);
                        match side {
                            Side::Client => pair.client.error,
                            Side::Server => pair.server.error,
                        }
                    }
                };
                found.tried(if ended == own {
                    Ok(())
                } else {
                    Err(format!("{shape:?} {side:?} draw {draws}: {ended:?}"))
                });
            }
        }
    }
    found
}

/// Keeps what was drawn.
#[derive(Debug, Default)]
struct Watched(Mutex<Vec<Vec<u8>>>);

impl Entropy for Watched {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        SystemEntropy.fill(out)?;
        self.0.lock().unwrap().push(out.to_vec());
        Ok(())
    }
}

/// How often a handshake draws.
fn draws(shape: Shape, side: Side) -> u64 {
    let source = Arc::new(Watched::default());
    let mut pair = with_source(shape, side, Arc::clone(&source) as _).unwrap();
    pair.connect(Delivery::Whole);
    let count = source.0.lock().unwrap().len();
    u64::try_from(count).unwrap()
}

/// A source that can be copied with all that it holds, as a fork or a clone of a machine does.
trait Copied {
    fn copy(&self) -> Box<dyn Copied>;
    fn draw(&mut self) -> [u8; 32];
}

impl Copied for SystemEntropy {
    fn copy(&self) -> Box<dyn Copied> {
        // All that our source holds is nothing.
        assert_eq!(size_of::<Self>(), 0);
        Box::new(*self)
    }

    fn draw(&mut self) -> [u8; 32] {
        let mut out = [0; 32];
        self.fill(&mut out).unwrap();
        out
    }
}

#[derive(Clone, Default)]
struct Pool(Vec<u8>);

impl Copied for Pool {
    fn copy(&self) -> Box<dyn Copied> {
        Box::new(self.clone())
    }

    fn draw(&mut self) -> [u8; 32] {
        if self.0.len() < 32 {
            self.0 = vec![0; 4096];
            SystemEntropy.fill(&mut self.0).unwrap();
        }
        let rest = self.0.split_off(self.0.len() - 32);
        rest.try_into().unwrap()
    }
}

/// A thousand copies: all that each draws differs.
fn copied(source: fn() -> Box<dyn Copied>) -> Found {
    let mut found = Found::default();
    let mut parent = source();
    let mut seen = std::collections::HashSet::from([parent.draw()]);
    for _ in 0..1000 {
        let mut child = parent.copy();
        found.tried(if seen.insert(child.draw()) {
            Ok(())
        } else {
            Err("a copy drew what another had drawn".to_owned())
        });
    }
    found
}

/// Gives what it gave before, where that is long enough.
#[derive(Debug)]
struct LeftOver(Arc<dyn Entropy>, Mutex<Vec<u8>>);

impl Entropy for LeftOver {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let mut left = self.1.lock().unwrap();
        if left.len() >= out.len() {
            out.copy_from_slice(&left[..out.len()]);
        } else {
            self.0.fill(out)?;
            *left = out.to_vec();
        }
        Ok(())
    }
}

/// Each connection draws for itself, as often as the first: nothing waits from one to the next,
/// and what one says is not what another said.
fn fresh(wrap: fn(Arc<dyn Entropy>) -> Arc<dyn Entropy>) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL.into_iter().filter(|shape| !shape.resumes()) {
        for side in SIDES {
            let watched = Arc::new(Watched::default());
            let source = wrap(Arc::clone(&watched) as _);
            let mut counts = Vec::new();
            for _ in 0..4 {
                let mut pair = with_source(shape, side, Arc::clone(&source)).unwrap();
                pair.run(Delivery::Whole);
                let drawn = core::mem::take(&mut *watched.0.lock().unwrap());
                counts.push(drawn.len());
            }
            found.tried(if counts.iter().all(|count| *count == counts[0]) {
                Ok(())
            } else {
                Err(format!("{shape:?} {side:?}: drawn {counts:?} times"))
            });
        }
    }
    found
}
