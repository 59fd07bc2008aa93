//! How far the hand-over of a text came, told from every place at which HTTP can break; and how long SMTP is waited for.

use std::time::Duration;

use sandbox::{Options, Running, Sandbox, SmtpFault, SmtpPhase, SmtpTrouble, TextFault, TextTrouble};
use secrecy::SecretString;
use server::delivery::sms::{TextGateway, TextLimits};
use server::delivery::smtp::{SmtpLimits, SmtpRelay, SmtpTls};
use server::delivery::{HandOver, MailTransport, OutgoingMail, OutgoingText, TextTransport, Texted};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const NUMBER: &str = "+4915112345678";

/// Short enough for a test, long enough for a loaded machine to do what is not meant to time out.
const SHORT: Duration = Duration::from_millis(400);

fn gateway(url: &str) -> TextGateway {
    let limits = TextLimits { connect: Duration::from_secs(10), answer: SHORT };
    let token = SecretString::from("a-token-of-the-shop");
    TextGateway::new(url, "ACshop", &token, "+4930555000", limits).unwrap()
}

fn text() -> OutgoingText {
    OutgoingText {
        to: NUMBER.to_owned(),
        body: "Fieldnote Studio: Rechnung 2026-014 ist fällig & offen: http://127.0.0.1/l/a+b".to_owned(),
        status_callback: String::new(),
    }
}

fn word(outcome: &HandOver) -> &'static str {
    match outcome {
        HandOver::Accepted { .. } => "accepted",
        HandOver::Retry { .. } => "retry",
        HandOver::Refused { address_is_bad: false, .. } => "refused",
        HandOver::Refused { address_is_bad: true, .. } => "bad number",
        HandOver::Uncertain { .. } => "uncertain",
    }
}

async fn sandbox() -> Running {
    Sandbox::start(Options::default()).await.unwrap()
}

/// What a hand-over came to, in a word, and how many texts the gateway has of it.
async fn outcome(trouble: TextTrouble) -> (&'static str, bool, usize) {
    let sandbox = sandbox().await;
    sandbox.script_texts(TextFault { to: None, times: 1, trouble });
    let Texted { outcome, opted_out, .. } = gateway(sandbox.http_url()).hand_over(&text()).await;
    let taken = sandbox.texts().len();
    sandbox.stop().await;
    (word(&outcome), opted_out, taken)
}

#[tokio::test]
async fn a_text_arrives_as_it_was_written() {
    let sandbox = sandbox().await;
    let texted = gateway(sandbox.http_url()).hand_over(&text()).await;
    let texts = sandbox.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!((&texts[0].to[..], &texts[0].from[..], &texts[0].body), (NUMBER, "+4930555000", &text().body));
    assert_eq!(texted.provider_ref.as_deref(), Some(&texts[0].sid[..]));
    assert!(matches!(texted.outcome, HandOver::Accepted { .. }), "{texted:?}");
}

#[tokio::test]
async fn every_answer_of_a_gateway_means_one_thing() {
    let answer = |status, code| TextTrouble::Answer { status, code };
    for (trouble, expected) in [
        (answer(400, 21408), ("refused", false, 0)),
        (answer(400, 21211), ("bad number", false, 0)),
        (answer(400, 21614), ("bad number", false, 0)),
        (answer(400, 21610), ("refused", true, 0)),
        (answer(404, 20404), ("refused", false, 0)),
        // The operator can mend credentials; the messages shall still be there then.
        (answer(401, 20003), ("retry", false, 0)),
        (answer(403, 20003), ("retry", false, 0)),
        (answer(429, 20429), ("retry", false, 0)),
        (answer(500, 20500), ("retry", false, 0)),
        (answer(503, 20503), ("retry", false, 0)),
        // Somebody between us and the gateway gave up waiting for it: it may have taken the text.
        (answer(502, 0), ("uncertain", false, 0)),
        (answer(504, 0), ("uncertain", false, 0)),
        (answer(200, 0), ("uncertain", false, 0)),
        (TextTrouble::LoseRequest, ("uncertain", false, 0)),
        (TextTrouble::LoseAnswer, ("uncertain", false, 1)),
        (TextTrouble::DelayMillis(5_000), ("uncertain", false, 1)),
        (TextTrouble::DelayMillis(1), ("accepted", false, 1)),
    ] {
        assert_eq!(outcome(trouble).await, expected, "{trouble:?}");
    }
}

#[tokio::test]
async fn a_gateway_that_is_not_there_took_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let texted = gateway(&url).hand_over(&text()).await;
    assert_eq!(word(&texted.outcome), "retry", "{texted:?}");
}

#[tokio::test]
async fn an_answer_without_sense_or_end_is_no_answer() {
    for said in [
        &b"no HTTP at all\r\n\r\n"[..],
        b"HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{\"sid\":\"SM1\"",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 8192];
            let _ = stream.read(&mut request).await;
            stream.write_all(said).await.unwrap();
        });
        let texted = gateway(&url).hand_over(&text()).await;
        assert_eq!(word(&texted.outcome), "uncertain", "{texted:?}");
        server.await.unwrap();
    }
}

/// What a mail's hand-over comes to when the relay falls silent at a phase.
async fn silent_at(phase: SmtpPhase) -> &'static str {
    let sandbox = sandbox().await;
    sandbox.script_smtp(SmtpFault {
        phase,
        trouble: SmtpTrouble::DelayMillis(5_000),
        times: 1,
        recipient: None,
    });
    let relay = SmtpRelay {
        host: "127.0.0.1".to_owned(),
        port: sandbox.smtp_addr().port(),
        tls: SmtpTls::None,
        credentials: None,
        hello_name: "dunlin.example".to_owned(),
        limits: SmtpLimits { connect: SHORT, command: SHORT, body: SHORT },
    };
    let mail = OutgoingMail {
        from: "dunlin@installation.example".to_owned(),
        to: "jo@marsh.example".to_owned(),
        raw: b"Subject: Hello\r\n\r\nHello\r\n".to_vec(),
    };
    word(&relay.hand_over(&mail).await)
}

#[tokio::test]
async fn a_relay_that_falls_silent_is_given_up_and_only_then_uncertain_when_it_may_have_the_mail() {
    use SmtpPhase::{Body, Connect, Data, Dot, Ehlo, Mail, Rcpt};
    for (phase, expected) in [
        (Connect, "retry"),
        (Ehlo, "retry"),
        (Mail, "retry"),
        (Rcpt, "retry"),
        (Data, "retry"),
        (Body, "uncertain"),
        (Dot, "uncertain"),
    ] {
        assert_eq!(silent_at(phase).await, expected, "{phase:?}");
    }
}
