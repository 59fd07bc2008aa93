//! Stripe's own Python library drives the same calls, reads the answers and verifies a webhook's signature.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use sandbox::Instrument;
use serde_json::{Value, json};

use crate::support::{DAY, KEY, Receiver, open};

const SCRIPT: &str = include_str!("oracle.py");

fn python() -> PathBuf {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/python");
    std::env::var_os("DUNLIN_PYTHON").map_or_else(default, PathBuf::from)
}

/// Runs one scene of the script with this input, and returns what it prints.
async fn scene(name: &'static str, input: Value) -> Value {
    let run = move || {
        let mut child = Command::new(python())
            .args(["-c", SCRIPT, name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // The sandbox is on this machine, whatever proxies lead elsewhere.
            .env("NO_PROXY", "127.0.0.1")
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{} cannot be run ({error}): `cargo xtask setup` makes it", python().display())
            });
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        !complaint.contains("No module named 'stripe'"),
        "{} has no `stripe`: `cargo xtask setup` installs it",
        python().display()
    );
    assert!(output.status.success(), "{name}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripes_own_library_takes_the_sandbox_for_stripe() {
    let sandbox = open().await;
    let receiver = Receiver::open().await;
    sandbox.set_webhook(KEY, &receiver.url, "whsec_oracle", &["*"]).unwrap();
    let url = sandbox.http_url();
    let made = scene("make", json!({ "url": url, "key": KEY })).await;
    let session = made["session"].as_str().unwrap();
    sandbox.pay(session, Instrument::card("4242424242424242")).unwrap();
    sandbox.advance(DAY);
    let found = scene("find", json!({ "url": url, "key": KEY, "session": session })).await;
    assert_eq!(found["status"], "succeeded");
    assert_eq!(found["events"], 7, "the pages of a list come to its whole length");

    sandbox.deliver_now().await;
    let hook = receiver.take().pop().unwrap();
    let verify = |body: &str, signature: &str, secret: &str| json!({ "body": body, "signature": signature, "secret": secret });
    let good = scene("verify", verify(&hook.body, &hook.signature, "whsec_oracle")).await;
    assert_eq!(good["type"].as_str(), Some(hook.kind().as_str()));
    for input in [
        verify(&hook.body, &hook.signature, "whsec_other"),
        verify(&hook.body.replace("succeeded", "refunded"), &hook.signature, "whsec_oracle"),
    ] {
        assert_eq!(scene("verify", input).await["refused"], true);
    }
}
