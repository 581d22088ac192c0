//! A server that is judged again before early data goes to it.

use crate::config::{ClientPlan, PskForm};
use crate::connection::{Answer, Broken, PeerStanding, Question, Resumption};
use crate::fault::Error;
use crate::handshake::judge;
use crate::handshake::proof::SignatureValid;
use crate::handshake::talk::Talk;
use crate::session::Session;
use crate::time::Now;
use handfast_pki::name::ServerName;
use handfast_pki::verify::revocation::Finding;
use handfast_wire::registry::ProtocolVersion;

/// A session whose server is being judged, and what will be offered beside it.
pub(crate) struct Judging {
    talk: Talk,
    session: Session,
    pub(super) forms: Vec<PskForm>,
}

/// How the server of a session stands now: nothing where that is too little for early data.
pub(crate) struct Judged {
    pub(crate) standing: PeerStanding,
    pub(crate) revocation: Option<Box<[Finding]>>,
}

impl Judging {
    /// Judges nobody yet.
    pub(super) fn new(plan: &ClientPlan, session: Session, forms: &[PskForm], now: Now) -> Self {
        let mut talk = Talk::new(plan.common.near(), now);
        let negotiated = &mut talk.negotiated;
        negotiated.resumption = Some(Resumption::Psk);
        negotiated.peer_chain = session.state.peer_chain.clone();
        negotiated.peer_standing = session.state.peer_standing;
        session.staples.give(negotiated);
        Self {
            talk,
            session,
            forms: forms.to_vec(),
        }
    }

    /// True for a session that is for a server to be judged before, and brings early data.
    pub(super) fn is_due(plan: &ClientPlan, session: &Session) -> bool {
        let (config, state) = (&plan.config, &session.state);
        config.early_data
            && config.reverify_on_resume
            && config.judge_before_early_data
            && state.max_early_data > 0
            && state.version == ProtocolVersion::TLS_1_3
            && state.peer_standing != PeerStanding::SharedKey
    }

    /// The config's verdict; nothing where the caller has to give it.
    pub(super) fn by_config(
        &self,
        plan: &ClientPlan,
        name: &ServerName,
    ) -> Option<Result<Answer, Broken>> {
        judge::judge_server(plan, &self.talk, name)
    }

    pub(super) fn question<'q>(&'q self, name: &'q ServerName) -> Question<'q> {
        judge::question(&self.talk, Some(name))
    }

    /// The verdict is there. A server that is refused by what it showed then may show another certificate
    /// now: no session is offered. Early data wants a server that stands without exceptions.
    pub(super) fn settle(
        mut self,
        plan: &ClientPlan,
        answer: Result<Answer, Broken>,
    ) -> Result<(Option<Session>, Option<Judged>), Broken> {
        let proof = SignatureValid::in_session(&self.session.state);
        let verification = Some(&plan.config.verification);
        let settled =
            answer.and_then(|answer| judge::settle(verification, proof, answer, &mut self.talk));
        if let Err(broken) = settled {
            return match broken.error {
                Error::Fault(_) => Ok((None, None)),
                _ => Err(broken),
            };
        }
        let negotiated = self.talk.negotiated;
        let is_whole =
            negotiated.peer_standing != PeerStanding::Unverified && !negotiated.is_peer_excepted();
        let judged = is_whole.then_some(Judged {
            standing: negotiated.peer_standing,
            revocation: negotiated.revocation,
        });
        Ok((Some(self.session), judged))
    }
}
