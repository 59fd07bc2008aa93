//! The real outside world, built from the configuration: what [`Env`] is filled with in the binary.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use store::Store;

use crate::config::{Config, SmtpTls};
use crate::crypto::{Keys, PasswordCost};
use crate::delivery::sms::{TextGateway, TextLimits};
use crate::delivery::smtp::{self, SmtpLimits, SmtpRelay};
use crate::delivery::{HandOver, MailTransport, OutgoingMail, OutgoingText, TextTransport, Texted};
use crate::env::{Env, Nudges, Settings, SmsAccount, SystemClock, SystemEntropy};
use crate::gateway::stripe::StripeGateways;

use super::CliError;

/// How many chasing messages may leave in an hour. Far above what an installation sends on a day, far below what a
/// mistake or a long outage would.
const CHASING_PER_HOUR: u32 = 500;

/// The environment of every operation and worker of this process.
pub(super) fn env(config: &Config, store: Store) -> Result<Env, CliError> {
    let mailer: Arc<dyn MailTransport> = match &config.smtp {
        None => Arc::new(NoRelay),
        Some(smtp) => Arc::new(SmtpRelay {
            host: smtp.host.clone(),
            port: smtp.port,
            tls: match smtp.tls {
                SmtpTls::Tls => smtp::SmtpTls::Implicit,
                SmtpTls::StartTls => smtp::SmtpTls::StartTls,
                SmtpTls::None => smtp::SmtpTls::None,
            },
            credentials: smtp.credentials.clone(),
            hello_name: config.base_url.host().to_owned(),
            limits: SmtpLimits::default(),
        }),
    };
    let texter: Arc<dyn TextTransport> = match &config.sms {
        None => Arc::new(NoGateway),
        Some(sms) => Arc::new(TextGateway::new(
            &sms.url,
            &sms.account,
            &sms.token,
            sms.from.as_str(),
            TextLimits::default(),
        )?),
    };
    let env = Env {
        store,
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(SystemEntropy),
        gateways: Arc::new(StripeGateways::new(config.stripe_url.clone())),
        mailer,
        texter,
        keys: Keys::derive(config.installation_key.expose_secret(), PasswordCost::RECOMMENDED)?,
        settings: Arc::new(Settings {
            base_url: config.base_url.origin().to_owned(),
            demo: config.demo,
            sandbox_url: config.stripe_url.clone().filter(|_| config.demo),
            mail_from: config
                .smtp
                .as_ref()
                .map_or_else(|| "dunlin@localhost".to_owned(), |smtp| smtp.from.clone()),
            sms: config.sms.as_ref().map(|sms| SmsAccount {
                account: sms.account.clone(),
                token: sms.token.clone(),
                from: sms.from.clone(),
            }),
            chasing_per_hour: CHASING_PER_HOUR,
        }),
        nudges: Arc::new(Nudges::default()),
        intake: Arc::default(),
        ids: Arc::default(),
    };
    Ok(env)
}

/// No relay is configured: mail waits in the outbox until one is.
struct NoRelay;

#[async_trait]
impl MailTransport for NoRelay {
    async fn hand_over(&self, _mail: &OutgoingMail) -> HandOver {
        HandOver::Retry { reason: "no mail relay is configured (smtp.host)".to_owned() }
    }
}

/// No gateway is configured. Nothing is planned as a text then; what was planned before waits.
struct NoGateway;

#[async_trait]
impl TextTransport for NoGateway {
    async fn hand_over(&self, _text: &OutgoingText) -> Texted {
        HandOver::Retry { reason: "no SMS gateway is configured (sms.account)".to_owned() }.into()
    }
}
