//! An order, step by step (RFC 8555 section 7.4): which answer leads to which question.

use crate::client::chain;
use crate::client::exchange::{Call, Exchange, How};
use crate::client::fault::{ClientFault, FaultKind};
use crate::client::http::HttpResponse;
use crate::client::kept::Kept;
use crate::client::origin::{Link, Origin};
use crate::client::problem::{refused, shown};
use crate::client::proof::Proof;
use crate::client::proving::{Judged, judged, proof_of};
use crate::client::registering::new_account;
use crate::client::renewal::certificate_id;
use crate::client::settings::Settings;
use crate::client::wait::poll_ms;
use crate::client::wanted::Wanted;
use crate::jws::{Jwk, encode};
use crate::message::{
    Account, AccountStatus, Authorization, Directory, ErrorKind, Finalize, NewOrder, Order,
    OrderStatus,
};
use handfast_crypto::random::Random;
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where an order stands.
#[derive(Debug)]
pub(crate) struct Ordering {
    settings: Settings,
    origin: Origin,
    wanted: Wanted,
    key: Jwk,
    stage: Stage,
    directory: Option<Directory>,
    order_url: Option<Link>,
    order: Option<Order>,
    /// Which of the order's authorizations is at hand.
    at: usize,
    /// Where it lies.
    authorization: Option<Link>,
    /// Where to say that its proof is ready.
    challenge: Option<Link>,
    are_names_proven: bool,
    is_finalized: bool,
    /// The account's URL has been of use: it is this key's.
    is_account_known: bool,
    /// Questions about what is under way.
    polls: u32,
}

/// What the answer that is waited for is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Directory,
    Account,
    NewOrder,
    EarlierOrder,
    Authorization,
    Challenge,
    Verdict,
    Finalize,
    Order,
    Chain,
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next {
    Ask(Call),
    AskLater(Call, u64),
    Keep(Kept),
    Prepare(Proof),
    TakeAway,
    Obtained(Vec<CertificateDer<'static>>),
}

impl Ordering {
    pub(crate) fn new(
        settings: Settings,
        account_key: &PrivateKey,
        csr: Vec<u8>,
    ) -> Result<Self, ClientFault> {
        let key = Jwk::of(account_key)
            .map_err(|fault| ClientFault::settings(format!("the account's key: {fault}")))?;
        Ok(Self {
            origin: Origin::of(&settings.directory)?,
            wanted: Wanted::read(csr)?,
            settings,
            key,
            stage: Stage::Directory,
            directory: None,
            order_url: None,
            order: None,
            at: 0,
            authorization: None,
            challenge: None,
            are_names_proven: false,
            is_finalized: false,
            is_account_known: false,
            polls: 0,
        })
    }

    /// What is under way, in words.
    pub(crate) fn about(&self) -> &'static str {
        match self.stage {
            Stage::Directory => "the directory",
            Stage::Account => "the account",
            Stage::NewOrder => "the new order",
            Stage::EarlierOrder | Stage::Order => "the order",
            Stage::Authorization => "the authorization",
            Stage::Challenge => "the challenge",
            Stage::Verdict => "the verdict about the challenge",
            Stage::Finalize => "the request for the certificate",
            Stage::Chain => "the certificate",
        }
    }

    /// The first question.
    pub(crate) fn directory(&mut self) -> Call {
        let url = self.origin.directory();
        self.call(Stage::Directory, url, How::Get)
    }

    /// What an answer leads to.
    pub(crate) fn heard(
        &mut self,
        response: &HttpResponse,
        exchange: &mut Exchange,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Next, ClientFault> {
        let retry_after = response.retry_after_ms(now_unix_ms);
        self.is_account_known |= self.stage != Stage::Directory;
        match self.stage {
            Stage::Directory => {
                let directory: Directory = self.json(response)?;
                self.begin(directory, exchange)
            }
            Stage::Account => self.registered(response, exchange),
            Stage::NewOrder => {
                let order = self.json(response)?;
                let url = self.location(response)?;
                self.placed(url, order)
            }
            Stage::EarlierOrder => {
                let order: Order = self.json(response)?;
                if order.status == OrderStatus::Invalid || !self.wanted.is_for(&order.identifiers) {
                    return self.new_order();
                }
                self.order = Some(order);
                self.proceed(retry_after, random)
            }
            Stage::Authorization => {
                let authorization: Authorization = self.json(response)?;
                self.authorization(&authorization)
            }
            // What it says of the challenge, the authorization says too.
            Stage::Challenge => self.ask_for_verdict(retry_after, random),
            Stage::Verdict => {
                let authorization: Authorization = self.json(response)?;
                match judged(&authorization)? {
                    Judged::Open => self.ask_for_verdict(retry_after, random),
                    Judged::Proven => Ok(Next::TakeAway),
                }
            }
            Stage::Finalize | Stage::Order => {
                self.order = Some(self.json(response)?);
                self.proceed(retry_after, random)
            }
            Stage::Chain => {
                chain::check(&response.body, &self.wanted, now_unix_ms).map(Next::Obtained)
            }
        }
    }

    /// The way around a refusal, if there is one.
    pub(crate) fn excuse(
        &mut self,
        fault: &ClientFault,
        exchange: &mut Exchange,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Option<Next>, ClientFault> {
        let refusal = match &fault.kind {
            FaultKind::Refused(kind) => Some(kind),
            _ => None,
        };
        Ok(Some(match (self.stage, refusal) {
            // The account that was known from before: the key may have another, or none.
            (_, Some(ErrorKind::AccountDoesNotExist)) if self.settings.account.is_some() => {
                self.forget_account(exchange)?
            }
            (_, Some(ErrorKind::RateLimited)) => return Ok(None),
            (Stage::EarlierOrder, _) => self.new_order()?,
            // So a server may say that the account has another key (RFC 8555 section 6.2).
            (Stage::NewOrder, Some(ErrorKind::Unauthorized | ErrorKind::Malformed))
                if self.settings.account.is_some() && !self.is_account_known =>
            {
                self.forget_account(exchange)?
            }
            (Stage::NewOrder, Some(_)) if self.settings.replaces.is_some() => {
                self.settings.replaces = None;
                self.new_order()?
            }
            (Stage::Finalize, Some(ErrorKind::OrderNotReady)) => {
                self.is_finalized = false;
                let said = fault.retry_at_unix_ms;
                self.ask_for_order_later(said.map(|at| at.saturating_sub(now_unix_ms)), random)?
            }
            _ => return Ok(None),
        }))
    }

    fn begin(
        &mut self,
        directory: Directory,
        exchange: &mut Exchange,
    ) -> Result<Next, ClientFault> {
        exchange.new_nonce = Some(self.origin.url(&directory.new_nonce, "newNonce")?);
        self.directory = Some(directory);
        // An account elsewhere is none here.
        let known = self.settings.account.as_ref();
        match known.filter(|url| self.origin.url(url, "the account").is_ok()) {
            Some(url) => {
                exchange.account = Some(url.clone());
                self.first_order()
            }
            None => self.ask_for_account(),
        }
    }

    /// The key says which account is its own, or gets one.
    fn forget_account(&mut self, exchange: &mut Exchange) -> Result<Next, ClientFault> {
        self.settings.account = None;
        exchange.account = None;
        self.ask_for_account()
    }

    fn ask_for_account(&mut self) -> Result<Next, ClientFault> {
        let directory = self.directory.as_ref().ok_or_else(out_of_turn)?;
        let url = self.origin.url(&directory.new_account, "newAccount")?;
        let account = new_account(directory, &self.settings, &self.key)?;
        self.post(Stage::Account, url, &account)
    }

    fn registered(
        &mut self,
        response: &HttpResponse,
        exchange: &mut Exchange,
    ) -> Result<Next, ClientFault> {
        let account: Account = self.json(response)?;
        if account.status != AccountStatus::Valid {
            return Err(ClientFault::settings(
                "the account of this key is closed: the authority does nothing for it any more",
            )
            .hint("move the account's key away, and a new account is made"));
        }
        let url = self.location(response)?;
        exchange.account = Some(url.text.clone());
        Ok(Next::Keep(Kept::Account(url.text)))
    }

    /// What was to be kept is.
    pub(crate) fn kept(&mut self, random: &mut dyn Random) -> Result<Next, ClientFault> {
        match self.stage {
            Stage::Account => self.first_order(),
            _ => self.proceed(None, random),
        }
    }

    fn first_order(&mut self) -> Result<Next, ClientFault> {
        let earlier = self.settings.order.take();
        let earlier = earlier.and_then(|url| self.origin.url(&url, "the order").ok());
        match earlier {
            Some(url) => {
                self.order_url = Some(url.clone());
                Ok(self.post_as_get(Stage::EarlierOrder, url))
            }
            None => self.new_order(),
        }
    }

    fn new_order(&mut self) -> Result<Next, ClientFault> {
        let directory = self.directory.as_ref().ok_or_else(out_of_turn)?;
        let url = self.origin.url(&directory.new_order, "newOrder")?;
        let replaces = match &directory.renewal_info {
            // RFC 9773 section 5: only to servers that know of it.
            Some(_) => self.settings.replaces.as_deref().and_then(certificate_id),
            None => None,
        };
        let order = NewOrder {
            replaces,
            ..NewOrder::of(self.wanted.names.clone())
        };
        self.post(Stage::NewOrder, url, &order)
    }

    fn placed(&mut self, url: Link, order: Order) -> Result<Next, ClientFault> {
        if !self.wanted.is_for(&order.identifiers) {
            return Err(ClientFault::protocol(
                "the new order is for other names than those that were asked for",
            ));
        }
        let kept = Kept::Order(url.text.clone());
        self.order_url = Some(url);
        self.order = Some(order);
        Ok(Next::Keep(kept))
    }

    /// What the order's state leads to (RFC 8555 section 7.1.6).
    fn proceed(
        &mut self,
        retry_after_ms: Option<u64>,
        random: &mut dyn Random,
    ) -> Result<Next, ClientFault> {
        let order = self.order.as_ref().ok_or_else(out_of_turn)?;
        match order.status {
            OrderStatus::Pending if !self.are_names_proven => self.next_authorization(),
            OrderStatus::Ready if !self.is_finalized => {
                let url = self.origin.url(&order.finalize, "finalize")?;
                self.is_finalized = true;
                let csr = encode(&self.wanted.csr);
                self.post(Stage::Finalize, url, &Finalize { csr })
            }
            OrderStatus::Pending | OrderStatus::Ready | OrderStatus::Processing => {
                self.ask_for_order_later(retry_after_ms, random)
            }
            OrderStatus::Valid => {
                let url = order.certificate.as_deref().ok_or_else(|| {
                    ClientFault::protocol("the order is valid, and names no certificate")
                })?;
                let url = self.origin.url(url, "the certificate")?;
                Ok(self.post_as_get(Stage::Chain, url))
            }
            OrderStatus::Invalid => Err(match &order.error {
                Some(problem) => refused("the order", problem),
                None => ClientFault::new(
                    FaultKind::Refused(ErrorKind::Blank),
                    "the authority has ended the order, and does not say why",
                )
                .hint("its log may tell; it is tried again with a new order"),
            }),
        }
    }

    fn next_authorization(&mut self) -> Result<Next, ClientFault> {
        let order = self.order.as_ref().ok_or_else(out_of_turn)?;
        if order.authorizations.len() > MOST_AUTHORIZATIONS {
            return Err(ClientFault::protocol(format!(
                "the order has more than {MOST_AUTHORIZATIONS} authorizations"
            )));
        }
        self.polls = 0;
        match order.authorizations.get(self.at) {
            Some(url) => {
                let url = self.origin.url(url, "an authorization")?;
                self.authorization = Some(url.clone());
                Ok(self.post_as_get(Stage::Authorization, url))
            }
            None => {
                self.are_names_proven = true;
                self.ask_for_order()
            }
        }
    }

    fn authorization(&mut self, authorization: &Authorization) -> Result<Next, ClientFault> {
        if !self
            .wanted
            .has_name(&authorization.identifier, authorization.wildcard)
        {
            return Err(ClientFault::protocol(format!(
                "the authority wants a proof for {}, which nobody asked for",
                shown(&authorization.identifier.to_string())
            )));
        }
        match judged(authorization)? {
            Judged::Proven => self.one_more(),
            Judged::Open => {
                let (proof, url) = proof_of(authorization, &self.settings.challenge, &self.key)?;
                self.challenge = Some(self.origin.url(&url, "the challenge")?);
                Ok(Next::Prepare(proof))
            }
        }
    }

    /// The proof is ready: the authority may look (RFC 8555 section 7.5.1).
    pub(crate) fn prepared(&mut self) -> Result<Next, ClientFault> {
        let url = self.challenge.take().ok_or_else(out_of_turn)?;
        self.post(Stage::Challenge, url, &serde_json::Map::new())
    }

    fn ask_for_verdict(
        &mut self,
        retry_after_ms: Option<u64>,
        random: &mut dyn Random,
    ) -> Result<Next, ClientFault> {
        let wait = poll_ms(retry_after_ms, self.polls, random);
        let url = self.authorization.clone().ok_or_else(out_of_turn)?;
        self.count_poll()?;
        match self.post_as_get(Stage::Verdict, url) {
            Next::Ask(call) => Ok(Next::AskLater(call, wait)),
            other => Ok(other),
        }
    }

    /// The proof is taken away.
    pub(crate) fn taken_away(&mut self) -> Result<Next, ClientFault> {
        self.one_more()
    }

    fn one_more(&mut self) -> Result<Next, ClientFault> {
        self.at = self.at.saturating_add(1);
        self.next_authorization()
    }

    fn ask_for_order(&mut self) -> Result<Next, ClientFault> {
        let url = self.order_url.clone().ok_or_else(out_of_turn)?;
        Ok(self.post_as_get(Stage::Order, url))
    }

    fn ask_for_order_later(
        &mut self,
        retry_after_ms: Option<u64>,
        random: &mut dyn Random,
    ) -> Result<Next, ClientFault> {
        let wait = poll_ms(retry_after_ms, self.polls, random);
        self.count_poll()?;
        match self.ask_for_order()? {
            Next::Ask(call) => Ok(Next::AskLater(call, wait)),
            other => Ok(other),
        }
    }

    fn count_poll(&mut self) -> Result<(), ClientFault> {
        self.polls = self.polls.saturating_add(1);
        if self.polls <= self.settings.limits.polls {
            return Ok(());
        }
        let message = format!(
            "{}: still under way after {} questions",
            self.about(),
            self.settings.limits.polls
        );
        Err(ClientFault::new(FaultKind::TooLong, message)
            .hint("it is tried again; if it stays so, tell whoever runs the authority"))
    }

    /// The answer's document.
    fn json<T: DeserializeOwned>(&self, response: &HttpResponse) -> Result<T, ClientFault> {
        serde_json::from_slice(&response.body).map_err(|error| {
            ClientFault::protocol(format!(
                "{}: the answer is not the JSON of RFC 8555: {}",
                self.about(),
                shown(&error.to_string())
            ))
        })
    }

    /// Where the answer says that what was made lies.
    fn location(&self, response: &HttpResponse) -> Result<Link, ClientFault> {
        let about = self.about();
        let url = response.header("location").ok_or_else(|| {
            ClientFault::protocol(format!("{about}: the answer holds no Location"))
        })?;
        self.origin.url(url, about)
    }

    fn post<T: Serialize>(
        &mut self,
        stage: Stage,
        url: Link,
        payload: &T,
    ) -> Result<Next, ClientFault> {
        let payload = serde_json::to_vec(payload)
            .map_err(|error| ClientFault::own(format!("{}: {error}", self.about())))?;
        let by_key = stage == Stage::Account;
        Ok(Next::Ask(self.call(
            stage,
            url,
            How::Post { payload, by_key },
        )))
    }

    /// RFC 8555 section 6.3.
    fn post_as_get(&mut self, stage: Stage, url: Link) -> Next {
        let (payload, by_key) = (Vec::new(), false);
        Next::Ask(self.call(stage, url, How::Post { payload, by_key }))
    }

    fn call(&mut self, stage: Stage, url: Link, how: How) -> Call {
        self.stage = stage;
        let limits = &self.settings.limits;
        let (accept, limit_bytes) = match stage {
            // RFC 8555 section 7.4.2.
            Stage::Chain => ("application/pem-certificate-chain", limits.chain_bytes),
            _ => ("application/json", limits.json_bytes),
        };
        Call {
            about: self.about(),
            url,
            how,
            accept,
            limit_bytes,
        }
    }
}

fn out_of_turn() -> ClientFault {
    ClientFault::own("the client was driven out of turn")
}

/// One a name is what servers have; a few more are taken.
const MOST_AUTHORIZATIONS: usize = 200;
