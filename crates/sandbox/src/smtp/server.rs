//! The protocol: RFC 5321 with SIZE, 8BITMIME, SMTPUTF8, PIPELINING and enhanced status codes, strict about line ends.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::mail::Mail;
use super::script::{self, SmtpPhase, SmtpTrouble};
use crate::world::World;

/// The largest mail, told in the reply to `EHLO`.
const SIZE_LIMIT: usize = 10 * 1024 * 1024;
/// The longest command line with its end, generous as RFC 5321 allows.
const COMMAND_LIMIT: usize = 2048;
/// The longest line of a mail with its end.
const LINE_LIMIT: usize = 1000;
const RECIPIENT_LIMIT: usize = 100;
/// A client that says nothing this long is dropped.
const IDLE: Duration = Duration::from_mins(5);

/// Serves connections until told to stop.
pub(crate) async fn run(world: Arc<World>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let world = Arc::clone(&world);
                let mut stop = stop.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        outcome = Connection::serve(&world, stream) => {
                            if let Err(error) = outcome {
                                tracing::debug!(%peer, %error, "a mail connection ended early");
                            }
                        }
                        _ = stop.changed() => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a mail connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// What a client has said so far.
#[derive(Debug, Default)]
struct Envelope {
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl Envelope {
    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Continue,
    Close,
}

/// A line with its end, or why there is none.
enum Line {
    Whole(Vec<u8>),
    TooLong,
    Closed,
}

struct Connection<'a> {
    world: &'a World,
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    envelope: Envelope,
}

impl<'a> Connection<'a> {
    async fn serve(world: &'a World, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let mut connection =
            Self { world, reader: BufReader::new(reader), writer, envelope: Envelope::default() };
        if connection
            .reply(SmtpPhase::Connect, 220, "sandbox ESMTP, keeps every mail and delivers none")
            .await?
            == Next::Close
        {
            return Ok(());
        }
        loop {
            let line = match tokio::time::timeout(IDLE, connection.line(COMMAND_LIMIT)).await {
                Err(_) => {
                    connection.say(421, "4.4.2 Nothing was said for too long").await?;
                    return Ok(());
                }
                Ok(line) => line?,
            };
            let next = match line {
                Line::Closed => return Ok(()),
                Line::TooLong => connection.plain(500, "5.5.6 The line is too long").await?,
                Line::Whole(line) => match line.strip_suffix(b"\r\n").map(std::str::from_utf8) {
                    Some(Ok(command)) => connection.command(command).await?,
                    Some(Err(_)) => connection.plain(500, "5.5.2 The line is not UTF-8").await?,
                    None => connection.plain(500, "5.5.2 A line ends with CR LF").await?,
                },
            };
            if next == Next::Close {
                return Ok(());
            }
        }
    }

    async fn command(&mut self, line: &str) -> std::io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" if rest.trim().is_empty() => self.plain(501, "5.5.4 Say who you are").await,
            "EHLO" => {
                self.envelope = Envelope { greeted: true, ..Envelope::default() };
                let size = format!("SIZE {SIZE_LIMIT}");
                let lines = ["sandbox", &size, "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"];
                self.reply_lines(SmtpPhase::Ehlo, 250, &lines).await
            }
            "HELO" => {
                self.envelope = Envelope { greeted: true, ..Envelope::default() };
                self.reply(SmtpPhase::Ehlo, 250, "sandbox").await
            }
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.recipient(rest).await,
            "DATA" => self.data(rest).await,
            "RSET" => {
                self.envelope.reset();
                self.plain(250, "2.0.0 Forgotten").await
            }
            "NOOP" => self.plain(250, "2.0.0 Nothing done").await,
            "VRFY" => self.plain(252, "2.0.0 Every address takes mail here").await,
            "QUIT" => {
                self.say(221, "2.0.0 Goodbye").await?;
                Ok(Next::Close)
            }
            _ => self.plain(502, "5.5.1 The command is not known").await,
        }
    }

    async fn mail(&mut self, rest: &str) -> std::io::Result<Next> {
        if !self.envelope.greeted {
            return self.plain(503, "5.5.1 Say EHLO first").await;
        }
        if self.envelope.from.is_some() {
            return self.plain(503, "5.5.1 One mail at a time").await;
        }
        let Some((from, parameters)) = path(rest, "FROM:") else {
            return self.plain(501, "5.5.4 MAIL FROM:<address>").await;
        };
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
                ("SIZE", size) => match size.parse::<usize>() {
                    Ok(size) if size > SIZE_LIMIT => {
                        return self.plain(552, "5.3.4 The mail is too large").await;
                    }
                    Ok(_) => {}
                    Err(_) => return self.plain(501, "5.5.4 SIZE is a number").await,
                },
                ("BODY", "7BIT" | "8BITMIME") | ("SMTPUTF8", "") => {}
                _ => return self.plain(555, "5.5.4 The parameter is not known").await,
            }
        }
        let from = from.to_owned();
        let trouble = self.trouble(SmtpPhase::Mail, &[]);
        if !matches!(trouble, Some(SmtpTrouble::Reply { .. })) {
            self.envelope.from = Some(from);
        }
        self.finish(trouble, 250, &["2.1.0 Sender taken"]).await
    }

    async fn recipient(&mut self, rest: &str) -> std::io::Result<Next> {
        if self.envelope.from.is_none() {
            return self.plain(503, "5.5.1 Say MAIL FROM first").await;
        }
        let Some((to, _)) = path(rest, "TO:").filter(|(to, _)| to.contains('@')) else {
            return self.plain(501, "5.1.3 RCPT TO:<address>").await;
        };
        if self.envelope.to.len() >= RECIPIENT_LIMIT {
            return self.plain(452, "4.5.3 Too many recipients").await;
        }
        let to = to.to_owned();
        let trouble = self.trouble(SmtpPhase::Rcpt, std::slice::from_ref(&to));
        if !matches!(trouble, Some(SmtpTrouble::Reply { .. })) {
            self.envelope.to.push(to);
        }
        self.finish(trouble, 250, &["2.1.5 Recipient taken"]).await
    }

    async fn data(&mut self, rest: &str) -> std::io::Result<Next> {
        if !rest.is_empty() {
            return self.plain(501, "5.5.4 DATA takes nothing").await;
        }
        if self.envelope.to.is_empty() {
            return self.plain(503, "5.5.1 Say RCPT TO first").await;
        }
        let recipients = self.envelope.to.clone();
        let trouble = self.trouble(SmtpPhase::Data, &recipients);
        let refused = matches!(trouble, Some(SmtpTrouble::Reply { .. }));
        if self.finish(trouble, 354, &["Go on, end with a dot on its own line"]).await? == Next::Close {
            return Ok(Next::Close);
        }
        if refused {
            self.envelope.reset();
            return Ok(Next::Continue);
        }
        self.body(&recipients).await
    }

    async fn body(&mut self, recipients: &[String]) -> std::io::Result<Next> {
        let mut raw = Vec::new();
        let mut fault: Option<(u16, &str)> = None;
        let mut first = true;
        let in_body = self.trouble(SmtpPhase::Body, recipients);
        loop {
            match tokio::time::timeout(IDLE, self.line(SIZE_LIMIT)).await {
                Err(_) | Ok(Ok(Line::Closed)) => return Ok(Next::Close),
                Ok(Err(error)) => return Err(error),
                Ok(Ok(Line::TooLong)) => fault = Some((552, "5.3.4 The mail is too large")),
                Ok(Ok(Line::Whole(line))) => {
                    if first {
                        first = false;
                        match &in_body {
                            Some(SmtpTrouble::LoseConnection | SmtpTrouble::LoseConnectionAfterReply) => {
                                return Ok(Next::Close);
                            }
                            Some(SmtpTrouble::DelayMillis(millis)) => {
                                tokio::time::sleep(Duration::from_millis(*millis)).await;
                            }
                            Some(SmtpTrouble::Reply { .. }) | None => {}
                        }
                    }
                    if line == b".\r\n" {
                        break;
                    }
                    // A lone LF before or after a dot is how mails are smuggled past a server: no such mail is taken.
                    if !line.ends_with(b"\r\n") || line[..line.len() - 2].contains(&b'\r') {
                        fault =
                            fault.or(Some((550, "5.6.11 A line ends with CR LF and holds neither alone")));
                    }
                    if line.len() > LINE_LIMIT {
                        fault = fault.or(Some((500, "5.6.0 A line has at most 998 octets")));
                    }
                    let unstuffed = line.strip_prefix(b".").unwrap_or(&line);
                    if raw.len() + unstuffed.len() > SIZE_LIMIT {
                        fault = Some((552, "5.3.4 The mail is too large"));
                    } else {
                        raw.extend_from_slice(unstuffed);
                    }
                }
            }
        }
        let from = self.envelope.from.take().unwrap_or_default();
        self.envelope.reset();
        if let Some((code, text)) = fault {
            return self.plain(code, text).await;
        }
        let trouble = match in_body {
            Some(reply @ SmtpTrouble::Reply { .. }) => Some(reply),
            _ => self.trouble(SmtpPhase::Dot, recipients),
        };
        if matches!(trouble, Some(SmtpTrouble::Reply { .. })) {
            return self.finish(trouble, 250, &[]).await;
        }
        let acknowledged = trouble != Some(SmtpTrouble::LoseConnection);
        let id = self.world.keep_mail(|id, machine_seconds, business_seconds| Mail {
            id,
            machine_seconds,
            business_seconds,
            envelope_from: from,
            envelope_to: recipients.to_vec(),
            acknowledged,
            raw,
        });
        tracing::info!(mail = %id, to = %recipients.join(", "), "mail");
        self.finish(trouble, 250, &[&format!("2.0.0 Kept as {id}")]).await
    }

    fn trouble(&self, phase: SmtpPhase, recipients: &[String]) -> Option<SmtpTrouble> {
        self.world.change(|state, _| script::meet(&mut state.smtp_faults, phase, recipients))
    }

    async fn reply(&mut self, phase: SmtpPhase, code: u16, text: &str) -> std::io::Result<Next> {
        self.reply_lines(phase, code, &[text]).await
    }

    async fn reply_lines(&mut self, phase: SmtpPhase, code: u16, lines: &[&str]) -> std::io::Result<Next> {
        let recipients = self.envelope.to.clone();
        let trouble = self.trouble(phase, &recipients);
        self.finish(trouble, code, lines).await
    }

    /// The right reply, or what the script has instead.
    async fn finish(
        &mut self,
        trouble: Option<SmtpTrouble>,
        code: u16,
        lines: &[&str],
    ) -> std::io::Result<Next> {
        match trouble {
            Some(SmtpTrouble::LoseConnection) => return Ok(Next::Close),
            Some(SmtpTrouble::Reply { code, text }) => {
                self.say(code, &text).await?;
                // RFC 5321: a server that says 421 closes the connection.
                return Ok(if code == 421 { Next::Close } else { Next::Continue });
            }
            Some(SmtpTrouble::DelayMillis(millis)) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Some(SmtpTrouble::LoseConnectionAfterReply) | None => {}
        }
        self.say_lines(code, lines).await?;
        Ok(if trouble == Some(SmtpTrouble::LoseConnectionAfterReply) { Next::Close } else { Next::Continue })
    }

    async fn plain(&mut self, code: u16, text: &str) -> std::io::Result<Next> {
        self.say(code, text).await?;
        Ok(Next::Continue)
    }

    async fn say(&mut self, code: u16, text: &str) -> std::io::Result<()> {
        self.say_lines(code, &[text]).await
    }

    async fn say_lines(&mut self, code: u16, lines: &[&str]) -> std::io::Result<()> {
        let mut reply = String::new();
        for (index, line) in lines.iter().enumerate() {
            let mark = if index + 1 == lines.len() { ' ' } else { '-' };
            let _ = write!(reply, "{code}{mark}{line}\r\n");
        }
        self.writer.write_all(reply.as_bytes()).await?;
        self.writer.flush().await
    }

    /// One line with its end. One longer than the limit is read to its end and reported without its text.
    async fn line(&mut self, limit: usize) -> std::io::Result<Line> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let bound = u64::try_from(limit).unwrap_or(u64::MAX);
            let read = (&mut self.reader).take(bound).read_until(b'\n', &mut line).await?;
            if read == 0 {
                return Ok(Line::Closed);
            }
            if line.ends_with(b"\n") {
                return Ok(if too_long || line.len() > limit { Line::TooLong } else { Line::Whole(line) });
            }
            if line.len() >= limit {
                too_long = true;
                line.clear();
            }
        }
    }
}

/// `FROM:<a@b> SIZE=1` as its address and parameters.
fn path<'t>(rest: &'t str, keyword: &str) -> Option<(&'t str, Vec<&'t str>)> {
    let start = rest.get(..keyword.len())?;
    if !start.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, parameters) = rest[keyword.len()..].trim_start().strip_prefix('<')?.split_once('>')?;
    Some((address, parameters.split_whitespace().collect()))
}
