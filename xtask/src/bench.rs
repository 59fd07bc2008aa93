//! `cargo xtask bench`: how heavy and how quick the released program is, beside a floor measured in the same run.
//!
//! The floor is a thread in this process that answers the same bytes without doing anything for them: what the
//! machine, the loopback and this client cost by themselves. Figures are shown, not asserted: they depend on what
//! else the machine does. `cargo xtask bench plan` measures the planner instead ([`plan`]),
//! `cargo xtask bench webhooks` the inbox ([`webhooks`]).

mod plan;
mod webhooks;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::children::Children;
use crate::installation::Installation;
use crate::workspace::{Workspace, cargo};
use crate::{frontend, say};

/// How it is run.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Requests measured for each page.
    #[arg(long, default_value_t = 400)]
    requests: usize,
    /// Starts measured.
    #[arg(long, default_value_t = 7)]
    starts: usize,
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// What else can be measured.
#[derive(Debug, clap::Subcommand)]
enum Instead {
    /// How quickly the planner decides about what is due, beside the same rows written by plain SQL.
    Plan(plan::Options),
    /// How many webhooks are acknowledged in a second, beside bare inserts of the same bytes.
    Webhooks(webhooks::Options),
}

const PORTS: (u16, u16) = (7550, 7650);
const START_BOUND: Duration = Duration::from_millis(200);
const IDLE_BOUND_KIB: u64 = 30 * 1024;
/// Long enough for every worker to have ticked once.
const IDLE: Duration = Duration::from_secs(5);

/// Builds for release and measures.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    match &options.instead {
        Some(Instead::Plan(options)) => return plan::run(workspace, options),
        Some(Instead::Webhooks(options)) => return webhooks::run(workspace, options),
        None => {}
    }
    frontend::run(workspace)?;
    let begun = Instant::now();
    say::progress("compiling for release");
    cargo()
        .within(workspace.root())
        .args(["build", "--release", "--package", "server", "--package", "sandbox", "--bins"])
        .run("the server must compile: see above")?;
    say::done("compiled", begun);

    let directory = workspace.target("bench");
    if directory.exists() {
        fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    let installation = Installation::prepare(workspace, "bench", "release", PORTS)?;
    let mut children = Children::new()?;
    installation.start_sandbox(&mut children)?;
    let said = installation.demo_data()?;

    say::progress("measuring starts");
    let mut starts = Vec::new();
    for _ in 0..options.starts.max(1) {
        let begun = Instant::now();
        installation.start_server(&mut children, "/health/live")?;
        starts.push(begun.elapsed());
        children.end_last();
    }
    say::result("");
    line(
        "start to first response",
        &milliseconds(median(&mut starts)),
        &format!("bound {}", milliseconds(START_BOUND)),
    );

    installation.start_server(&mut children, "/health/ready")?;
    thread::sleep(IDLE);
    let idle_kib = resident_kib(children.last_id().context("the server is not running")?)?;
    line("idle memory", &format!("{idle_kib} KiB"), &format!("bound {IDLE_BOUND_KIB} KiB"));
    let bundle = frontend::bundle_bytes(workspace)?;
    line(
        "scripts, compressed",
        &format!("{bundle} bytes"),
        &format!("bound {} bytes", frontend::BUNDLE_BOUND_BYTES),
    );

    let mut pages = vec![("sign-in page", "/sign-in".to_owned())];
    if let Some(path) = portal_path(&said, &installation.base_url()) {
        pages.push(("portal invoice page", path));
    }
    for (name, path) in pages {
        let served = measure(installation.port(), &path, options.requests)?;
        let floor = measure(serve_same(&served.answer)?, "/", options.requests)?;
        let (own, least) = (served.median.as_micros(), floor.median.as_micros().max(1));
        let tenths = own * 10 / least;
        line(
            name,
            &format!("{own} µs, {} bytes", served.answer.len()),
            &format!("{}.{} times the floor of {least} µs", tenths / 10, tenths % 10),
        );
    }
    children.end();
    Ok(())
}

fn line(what: &str, figure: &str, beside: &str) {
    say::result(&format!("{what:<26} {figure:>26}   {beside}"));
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

fn median(durations: &mut [Duration]) -> Duration {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}

/// The first portal link among the words of `demo-data`.
fn portal_path(said: &str, base_url: &str) -> Option<String> {
    let links = said.split_whitespace().filter_map(|word| word.strip_prefix(base_url));
    links.map(str::to_owned).find(|path| path.starts_with("/l/"))
}

/// What the kernel says that the process holds in memory.
fn resident_kib(id: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))
        .context("idle memory is read from /proc, as Linux has it")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("/proc names no VmRSS")?;
    line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is no number")
}

struct Measured {
    median: Duration,
    /// The body of the last answer.
    answer: Vec<u8>,
}

/// Asks for the same page again and again over one connection, as a proxy in front does.
fn measure(port: u16, path: &str, requests: usize) -> Result<Measured> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut times = Vec::new();
    let mut answer = Vec::new();
    for _ in 0..requests.max(1) {
        let begun = Instant::now();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")?;
        answer = read_answer(&mut reader).with_context(|| format!("while asking for {path}"))?;
        times.push(begun.elapsed());
    }
    Ok(Measured { median: median(&mut times), answer })
}

/// Reads one answer of 200 with a `Content-Length`, and returns its body.
fn read_answer(reader: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let mut head = String::new();
    let mut length = None;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 {
            bail!("the connection ended within the head: {head}");
        }
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse()?);
        }
        head.push_str(&header);
    }
    if head.split_whitespace().nth(1) != Some("200") {
        bail!("the answer was not 200: {head}");
    }
    let mut body = vec![0; length.context("the answer has no Content-Length")?];
    reader.read_exact(&mut body)?;
    Ok(body)
}

/// Serves these bytes to one connection; returns the port.
fn serve_same(body: &[u8]) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    thread::spawn(move || -> Result<()> {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut header = String::new();
        while reader.read_line(&mut header)? > 0 {
            if header.trim().is_empty() {
                stream.write_all(&answer)?;
            }
            header.clear();
        }
        Ok(())
    });
    Ok(port)
}

#[cfg(test)]
mod tests {
    use super::{measure, portal_path, serve_same};

    #[test]
    fn the_floor_answers_with_the_same_bytes() {
        let port = serve_same(b"the page").unwrap();
        assert_eq!(measure(port, "/", 3).unwrap().answer, b"the page");
    }

    #[test]
    fn the_portal_link_is_found_among_the_words() {
        let said = "Sign in at http://localhost:1/sign-in\nA customer's link: http://localhost:1/l/abc";
        assert_eq!(portal_path(said, "http://localhost:1").as_deref(), Some("/l/abc"));
        assert_eq!(portal_path("none", "http://localhost:1"), None);
    }
}
