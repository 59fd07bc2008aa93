//! What people read while a verb works. Progress goes to standard error, results to standard output, so that a
//! result can be piped on.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is this module's job"
)]

use std::io::IsTerminal;
use std::time::Instant;

/// A step has begun: `· compiling the server`.
pub fn progress(what: &str) {
    eprintln!("{} {what}", paint("36", "·"));
}

/// A step is done, with the time it took when that is worth knowing.
pub fn done(what: &str, since: Instant) {
    let seconds = since.elapsed().as_secs();
    if seconds == 0 {
        eprintln!("{} {what}", paint("32", "✓"));
    } else {
        eprintln!("{} {what} ({seconds} s)", paint("32", "✓"));
    }
}

/// The verb has failed; the text names the remedy.
pub fn failure(what: &str) {
    eprintln!("{} {what}", paint("31", "✗"));
}

/// A result.
pub fn result(line: &str) {
    println!("{line}");
}

/// Colour is for terminals only, and never the only sign.
fn paint(colour: &str, text: &str) -> String {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
