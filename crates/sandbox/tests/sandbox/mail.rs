//! The mail server by raw sockets: what it takes, what it refuses, and what goes wrong on demand.

use std::time::Duration;

use sandbox::{Running, SmtpFault, SmtpPhase, SmtpTrouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::open;

/// Says everything at once, as PIPELINING allows, and returns what the server said until it closed.
pub(crate) async fn converse(sandbox: &Running, script: &[u8]) -> String {
    let mut stream = TcpStream::connect(sandbox.smtp_addr()).await.unwrap();
    // The server may close in the middle; what it said before still counts.
    let _ = stream.write_all(script).await;
    let _ = stream.shutdown().await;
    let mut said = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut said)).await.unwrap();
    String::from_utf8(said).unwrap().replace("\r\n", "\n")
}

/// One mail with this body, its lines ended and its dots stuffed already.
async fn send(sandbox: &Running, body: &[u8]) -> String {
    let mut script =
        b"EHLO test\r\nMAIL FROM:<a@sender.example>\r\nRCPT TO:<b@receiver.example>\r\nDATA\r\n".to_vec();
    script.extend_from_slice(body);
    script.extend_from_slice(b".\r\nQUIT\r\n");
    converse(sandbox, &script).await
}

/// The last replies of a conversation, without the greeting and the capabilities.
fn after_ehlo(said: &str) -> String {
    said.lines().skip_while(|line| *line != "250 ENHANCEDSTATUSCODES").skip(1).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_mail_is_taken_as_it_is() {
    let sandbox = open().await;
    let said = send(&sandbox, "Subject: Größe\r\n\r\n..a dot\r\n...two dots\r\nend\r\n".as_bytes()).await;
    insta::assert_snapshot!(said, @r"
    220 sandbox ESMTP, keeps every mail and delivers none
    250-sandbox
    250-SIZE 10485760
    250-8BITMIME
    250-SMTPUTF8
    250-PIPELINING
    250 ENHANCEDSTATUSCODES
    250 2.1.0 Sender taken
    250 2.1.5 Recipient taken
    354 Go on, end with a dot on its own line
    250 2.0.0 Kept as mail_1
    221 2.0.0 Goodbye
    ");
    let mail = sandbox.mails().remove(0);
    assert_eq!(String::from_utf8(mail.raw).unwrap(), "Subject: Größe\r\n\r\n.a dot\r\n..two dots\r\nend\r\n");
    assert_eq!(
        (mail.envelope_from.as_str(), mail.envelope_to),
        ("a@sender.example", vec!["b@receiver.example".to_owned()])
    );
    assert!(mail.acknowledged);
}

#[tokio::test]
async fn commands_out_of_order_or_malformed_are_refused() {
    let sandbox = open().await;
    let long = format!("NOOP {}\r\n", "x".repeat(3000));
    let script = [
        "MAIL FROM:<a@sender.example>\r\n",
        "EHLO\r\n",
        "EHLO test\r\n",
        "RCPT TO:<b@receiver.example>\r\n",
        "DATA\r\n",
        "MAIL FROM:a@sender.example\r\n",
        "MAIL FROM:<a@sender.example> SIZE=99999999\r\n",
        "MAIL FROM:<a@sender.example> SIZE=much\r\n",
        "MAIL FROM:<a@sender.example> COLOUR=green\r\n",
        "MAIL FROM:<a@sender.example> SIZE=100 BODY=8BITMIME\r\n",
        "MAIL FROM:<a@sender.example>\r\n",
        "RCPT TO:<nobody>\r\n",
        "DATA\r\n",
        "RSET\r\n",
        "DATA\r\n",
        "HELP\r\n",
        &long,
        "NOOP\n",
        "VRFY ada\r\n",
        "NOOP\r\n",
        "QUIT\r\n",
    ]
    .concat();
    let said = converse(&sandbox, script.as_bytes()).await;
    let replies: Vec<_> =
        said.lines().filter(|line| !line.starts_with("250-") && !line.starts_with("220")).collect();
    insta::assert_snapshot!(replies.join("\n"), @r"
    503 5.5.1 Say EHLO first
    501 5.5.4 Say who you are
    250 ENHANCEDSTATUSCODES
    503 5.5.1 Say MAIL FROM first
    503 5.5.1 Say RCPT TO first
    501 5.5.4 MAIL FROM:<address>
    552 5.3.4 The mail is too large
    501 5.5.4 SIZE is a number
    555 5.5.4 The parameter is not known
    250 2.1.0 Sender taken
    503 5.5.1 One mail at a time
    501 5.1.3 RCPT TO:<address>
    503 5.5.1 Say RCPT TO first
    250 2.0.0 Forgotten
    503 5.5.1 Say RCPT TO first
    502 5.5.1 The command is not known
    500 5.5.6 The line is too long
    500 5.5.2 A line ends with CR LF
    252 2.0.0 Every address takes mail here
    250 2.0.0 Nothing done
    221 2.0.0 Goodbye
    ");
    assert!(sandbox.mails().is_empty());
}

#[tokio::test]
async fn bodies_that_would_break_elsewhere_break_here() {
    let sandbox = open().await;
    let long_line = format!("{}\r\n", "x".repeat(999));
    let too_large = format!("{}\r\n", "x".repeat(900)).repeat(12_000);
    for (body, reply) in [
        ("lone\nfeed\r\n".as_bytes(), "550 5.6.11"),
        (b"smuggled\n.\r\nMAIL FROM:<x@y.example>\r\n", "550 5.6.11"),
        (b"lone\rreturn\r\n", "550 5.6.11"),
        (long_line.as_bytes(), "500 5.6.0"),
        (too_large.as_bytes(), "552 5.3.4"),
    ] {
        let said = send(&sandbox, body).await;
        assert!(said.contains(reply), "{said}");
    }
    assert!(sandbox.mails().is_empty());
}

#[tokio::test]
async fn trouble_comes_at_the_phase_it_is_scripted_for_and_once() {
    use SmtpPhase::{Body, Connect, Data, Dot, Ehlo, Mail, Rcpt};
    let reply = |code: u16, text: &str| SmtpTrouble::Reply { code, text: text.to_owned() };
    // Phase, trouble, what the client hears last, mails kept.
    let cases = [
        (Connect, reply(421, "4.3.2 Closing"), "421 4.3.2 Closing", 0),
        (Connect, SmtpTrouble::LoseConnection, "", 0),
        (Ehlo, reply(550, "5.7.1 Not you"), "250 2.0.0 Forgotten", 1),
        (Ehlo, SmtpTrouble::LoseConnection, "220 sandbox ESMTP, keeps every mail and delivers none", 0),
        (Mail, reply(451, "4.3.0 Later"), "250 2.0.0 Forgotten", 0),
        (Rcpt, reply(550, "5.1.1 Nobody here"), "250 2.0.0 Forgotten", 0),
        (Rcpt, SmtpTrouble::LoseConnectionAfterReply, "250 2.1.5 Recipient taken", 0),
        (Data, reply(451, "4.3.0 Later"), "250 2.0.0 Forgotten", 0),
        (Data, SmtpTrouble::LoseConnection, "250 2.1.5 Recipient taken", 0),
        (Body, SmtpTrouble::LoseConnection, "354 Go on, end with a dot on its own line", 0),
        (Dot, reply(452, "4.2.2 Full"), "250 2.0.0 Forgotten", 0),
        (Dot, reply(554, "5.7.1 No"), "250 2.0.0 Forgotten", 0),
        (Dot, SmtpTrouble::LoseConnection, "354 Go on, end with a dot on its own line", 1),
        (Dot, SmtpTrouble::LoseConnectionAfterReply, "250 2.0.0 Kept as mail_1", 1),
        (Dot, SmtpTrouble::DelayMillis(20), "250 2.0.0 Forgotten", 1),
    ];
    for (phase, trouble, last, kept) in cases {
        let sandbox = open().await;
        sandbox.script_smtp(SmtpFault { phase, trouble: trouble.clone(), times: 1, recipient: None });
        let script = b"EHLO test\r\nMAIL FROM:<a@sender.example>\r\nRCPT TO:<b@receiver.example>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nRSET\r\n";
        let said = converse(&sandbox, script).await;
        assert_eq!(said.lines().last().unwrap_or_default(), last, "{phase:?} {trouble:?}\n{said}");
        assert_eq!(sandbox.mails().len(), kept, "{phase:?} {trouble:?}\n{said}");
        if let SmtpTrouble::Reply { code, text } = &trouble {
            assert!(said.contains(&format!("{code} {text}\n")), "{said}");
        }
        if phase == Dot && trouble == SmtpTrouble::LoseConnection {
            assert!(!sandbox.mails()[0].acknowledged, "the sender was not told");
        }
        let said = send(&sandbox, b"Subject: y\r\n\r\ny\r\n").await;
        assert!(after_ehlo(&said).contains("Kept as"), "{phase:?} {trouble:?}: it comes once\n{said}");
    }
}

#[tokio::test]
async fn trouble_can_wait_for_a_recipient() {
    let sandbox = open().await;
    let full = SmtpTrouble::Reply { code: 452, text: "4.2.2 Full".to_owned() };
    sandbox.script_smtp(SmtpFault {
        phase: SmtpPhase::Dot,
        trouble: full,
        times: 2,
        recipient: Some("Full@receiver.example".to_owned()),
    });
    send(&sandbox, b"Subject: x\r\n\r\nx\r\n").await;
    assert_eq!(sandbox.mails().len(), 1, "another recipient is not met");
    let script = b"EHLO test\r\nMAIL FROM:<>\r\nRCPT TO:<full@receiver.example>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n";
    for _ in 0..2 {
        assert!(converse(&sandbox, script).await.contains("452 4.2.2 Full"));
    }
    assert!(converse(&sandbox, script).await.contains("Kept as mail_2"));
    sandbox.script_smtp(SmtpFault {
        phase: SmtpPhase::Dot,
        trouble: SmtpTrouble::LoseConnection,
        times: 9,
        recipient: None,
    });
    sandbox.clear_faults();
    assert!(converse(&sandbox, script).await.contains("Kept as mail_3"));
}

#[tokio::test]
async fn mails_arrive_in_business_time() {
    let sandbox = open().await;
    sandbox.advance(30 * crate::support::DAY);
    send(&sandbox, b"Subject: x\r\n\r\nx\r\n").await;
    let mails = sandbox.wait_for_mails(1).await.unwrap();
    let later = mails[0].business_seconds - mails[0].machine_seconds;
    assert_eq!(u64::try_from(later).unwrap(), 30 * crate::support::DAY);
    assert_eq!(mails[0].parsed().subject, "x");
}
