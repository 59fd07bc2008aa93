//! Bounds and headers: what every answer carries, and what no request gets through.

use std::time::Duration;

use server::web::routes::{Accepts, ROUTES, Verb};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Answer, OWNER, TestApp};

fn protected(answer: &Answer, path: &str) {
    let header =
        |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    let policy = header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe-eval'; script"),
        "{path}: {policy}"
    );
    assert!(!policy.contains("script-src 'unsafe-inline'"), "{path}: {policy}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
    assert!(!header("permissions-policy").is_empty() && !header("cache-control").is_empty(), "{path}");
    if header("content-type").starts_with("text/html") {
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(policy.contains("form-action 'self' https://checkout.stripe.com"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
    }
    assert!(answer.headers.get("server").is_none(), "{path}");
}

#[tokio::test]
async fn every_answer_is_protected_whatever_it_is() {
    let app = TestApp::start().await;
    app.business().await;
    let (mut nobody, mut owner) = (app.browser(), app.signed_in(OWNER).await);
    for route in ROUTES.iter().filter(|route| route.verb == Verb::Get) {
        protected(&nobody.get(route.path).await, route.path);
        protected(&owner.get(route.path).await, route.path);
    }
    for path in ["/nothing-here", "/console/nothing", "/%ff", "/l/%c3%28", "/?a=%zz"] {
        let answer = nobody.get(path).await;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        protected(&answer, path);
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = nobody.clone().send(nobody.request(method, "/sign-in")).await;
        assert_eq!(answer.status, 405, "{method}");
        protected(&answer, method);
    }
    let nonce = |answer: &Answer| {
        let policy = answer.headers["content-security-policy"].to_str().unwrap().to_owned();
        policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned()
    };
    assert_ne!(nonce(&nobody.get("/sign-in").await), nonce(&nobody.get("/sign-in").await));
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_come_by_their_hashed_name() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let address = server::assets::url("app.css").unwrap();
    let answer = browser.get(address).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(browser.get("/assets/..%2f..%2fetc%2fpasswd").await.status, 404);
}

#[tokio::test]
async fn too_much_is_413_on_every_route_that_reads() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (customer, invoice) = app.invoice(&owner).await;
    // The visitor may see the invoice, the member may do everything: otherwise they would be turned away before.
    let mut browser = app.signed_in(OWNER).await;
    let link = app.link_of_everything(&owner, customer).await;
    browser.post("/l/open", &[("link", link.strip_prefix("/l/").unwrap())]).await;
    let business = crate::support::business_of(&owner).to_string();
    for route in ROUTES.iter().filter(|route| route.accepts != Accepts::Nothing) {
        // Led elsewhere because signed in, or no demonstration: nothing is read there.
        if ["/sign-in", "/demo/advance"].contains(&route.path) {
            continue;
        }
        let path = route
            .path
            .replace("{business}", &business)
            .replace("{invoice}", &invoice.to_string())
            .replace("{customer}", &customer.to_string());
        let body = vec![b'a'; route.body_limit_bytes + 1];
        let request = browser.request("POST", &path).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        assert_eq!(browser.clone().send(request).await.status, 413, "{}", route.path);
    }
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let app = TestApp::start().await;
    app.business().await;
    let browser = app.browser();
    let send = |content_type: &str, body: &'static [u8]| {
        let request = browser.request("POST", "/sign-in").header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", content_type).body(body);
        let mut browser = browser.clone();
        async move { browser.send(request).await.status }
    };
    assert_eq!(send("application/json", b"{\"email\":\"a\"}").await, 415);
    assert_eq!(send("multipart/form-data; boundary=x", b"--x--").await, 415);
    for body in [&b"email=%"[..], b"email=%zz", b"email=%ff", b"email=%00", b"\xff\xfe"] {
        assert_eq!(send("application/x-www-form-urlencoded", body).await, 400, "{body:?}");
    }
    assert_eq!(send("application/x-www-form-urlencoded; charset=utf-8", b"email=a&email=b").await, 303);
}

#[tokio::test]
async fn nobody_holds_a_connection_for_long() {
    let bounds = "[limits]\nheader_seconds = 1\nbody_seconds = 1";
    let app = TestApp::start_with(bounds).await;
    app.business().await;
    let address = app.origin.strip_prefix("http://").unwrap();
    let ends = async |sent: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    assert_eq!(ends("").await, "", "a connection without a request");
    assert_eq!(ends("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await, "", "a head that never ends");
    let slow_body = "POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 50\r\n\
                     Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=";
    assert!(ends(slow_body).await.starts_with("HTTP/1.1 408"), "a body that never ends");
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Huge: {}\r\n\r\n", "a".repeat(100_000));
    assert!(ends(&huge).await.starts_with("HTTP/1.1 431"), "a head that is too large");
}

#[tokio::test]
async fn links_are_built_from_the_configuration_whatever_host_is_sent() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (_, invoice) = app.invoice(&owner).await;
    let mut browser = app.signed_in(OWNER).await;
    let path = format!("/console/invoices/{invoice}/links");
    let request =
        browser.request("POST", &path).header("host", "evil.example").header("sec-fetch-site", "same-origin");
    let answer = browser.send(request.header("x-forwarded-host", "evil.example")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(&format!("{}/l/", app.origin)) && !answer.body.contains("evil.example"));
}
