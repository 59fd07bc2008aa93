//! How far a hand-over came, told from every place at which SMTP can break.

use sandbox::{Options, Running, Sandbox, SmtpFault, SmtpPhase, SmtpTrouble};
use server::delivery::smtp::{SmtpLimits, SmtpRelay, SmtpTls};
use server::delivery::{HandOver, MailTransport, OutgoingMail};

use SmtpPhase::{Body, Connect, Data, Dot, Ehlo, Mail, Rcpt};

async fn sandbox() -> (Running, SmtpRelay) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let relay = SmtpRelay {
        host: "127.0.0.1".to_owned(),
        port: sandbox.smtp_addr().port(),
        tls: SmtpTls::None,
        credentials: None,
        hello_name: "dunlin.example".to_owned(),
        limits: SmtpLimits::default(),
    };
    (sandbox, relay)
}

fn mail() -> OutgoingMail {
    OutgoingMail {
        from: "dunlin@installation.example".to_owned(),
        to: "jo@marsh.example".to_owned(),
        raw: b"From: dunlin@installation.example\r\nTo: jo@marsh.example\r\nSubject: Hello\r\n\r\n.Dots\r\n..at the start\r\n".to_vec(),
    }
}

fn reply(code: u16, text: &str) -> SmtpTrouble {
    SmtpTrouble::Reply { code, text: text.to_owned() }
}

/// What a hand-over came to, in a word, and how many mails the relay has of it.
async fn outcome(phase: SmtpPhase, trouble: SmtpTrouble) -> (&'static str, usize) {
    let (sandbox, relay) = sandbox().await;
    sandbox.script_smtp(SmtpFault { phase, trouble, times: 1, recipient: None });
    let word = match relay.hand_over(&mail()).await {
        HandOver::Accepted { .. } => "accepted",
        HandOver::Retry { .. } => "retry",
        HandOver::Refused { address_is_bad: false, .. } => "refused",
        HandOver::Refused { address_is_bad: true, .. } => "bad address",
        HandOver::Uncertain { .. } => "uncertain",
    };
    let kept = sandbox.mails().len();
    sandbox.stop().await;
    (word, kept)
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let (sandbox, relay) = sandbox().await;
    let outcome = relay.hand_over(&mail()).await;
    assert!(matches!(&outcome, HandOver::Accepted { reply } if reply.starts_with("250")), "{outcome:?}");
    let mails = sandbox.mails();
    assert_eq!(mails.len(), 1);
    // The transport ends every body with a line end of its own.
    assert_eq!(mails[0].raw, [&mail().raw[..], b"\r\n"].concat(), "dots too");
    assert_eq!(
        (&mails[0].envelope_from[..], &mails[0].envelope_to[..]),
        ("dunlin@installation.example", &["jo@marsh.example".to_owned()][..])
    );
}

#[tokio::test]
async fn a_4xx_at_any_phase_means_later() {
    for phase in [Connect, Mail, Rcpt, Data, Dot] {
        assert_eq!(outcome(phase, reply(451, "4.3.0 Try later")).await, ("retry", 0), "{phase:?}");
        assert_eq!(outcome(phase, reply(421, "4.3.2 Closing")).await, ("retry", 0), "{phase:?}");
    }
}

#[tokio::test]
async fn a_5xx_at_any_phase_means_no_and_only_a_5_1_x_blames_the_address() {
    for phase in [Connect, Mail, Rcpt, Data, Dot] {
        assert_eq!(outcome(phase, reply(554, "5.7.1 Not wanted")).await, ("refused", 0), "{phase:?}");
    }
    for phase in [Rcpt, Dot] {
        assert_eq!(outcome(phase, reply(550, "5.1.1 No such user")).await, ("bad address", 0), "{phase:?}");
    }
    assert_eq!(outcome(Rcpt, reply(552, "5.2.2 Mailbox full")).await, ("refused", 0));
}

#[tokio::test]
async fn a_connection_lost_before_the_body_means_later() {
    for phase in [Connect, Ehlo, Mail, Rcpt, Data] {
        assert_eq!(outcome(phase, SmtpTrouble::LoseConnection).await, ("retry", 0), "{phase:?}");
    }
    for phase in [Mail, Rcpt] {
        assert_eq!(outcome(phase, SmtpTrouble::LoseConnectionAfterReply).await, ("retry", 0), "{phase:?}");
    }
}

#[tokio::test]
async fn a_connection_lost_once_the_body_began_means_that_nobody_knows() {
    assert_eq!(outcome(Data, SmtpTrouble::LoseConnectionAfterReply).await, ("uncertain", 0));
    assert_eq!(outcome(Body, SmtpTrouble::LoseConnection).await, ("uncertain", 0));
    // The worst: it was taken, and the word of it never came.
    assert_eq!(outcome(Dot, SmtpTrouble::LoseConnection).await, ("uncertain", 1));
}

#[tokio::test]
async fn what_was_taken_is_taken_however_the_relay_says_goodbye() {
    assert_eq!(outcome(Dot, SmtpTrouble::LoseConnectionAfterReply).await, ("accepted", 1));
    assert_eq!(outcome(Dot, SmtpTrouble::DelayMillis(300)).await, ("accepted", 1));
}

#[tokio::test]
async fn a_relay_that_is_not_there_means_later() {
    let (sandbox, relay) = sandbox().await;
    sandbox.stop().await;
    assert!(matches!(relay.hand_over(&mail()).await, HandOver::Retry { .. }));
}

#[tokio::test]
async fn what_is_no_address_is_refused_without_a_word_to_the_relay() {
    let (sandbox, relay) = sandbox().await;
    let injected = OutgoingMail { to: "jo@marsh.example>\r\nRCPT TO:<eve@evil.example".to_owned(), ..mail() };
    assert!(matches!(relay.hand_over(&injected).await, HandOver::Refused { address_is_bad: true, .. }));
    assert_eq!(sandbox.mails().len(), 0);
}
