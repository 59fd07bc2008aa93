//! The hosted payment page, the mailbox and the index page, as a browser without scripts uses them.

use sandbox::{Instrument, Method, Running, Settlement};

use crate::support::{Api, KEY, Reply, open};

async fn page(api: &Api, path: &str) -> String {
    let reply = api.get(path).await;
    assert_eq!(reply.status, 200, "{path}");
    assert!(reply.header("content-type").unwrap().starts_with("text/html"));
    reply.body.as_str().unwrap().to_owned()
}

async fn submit(api: &Api, path: &str, form: &[(&str, &str)]) -> Reply {
    api.post(path, form).await
}

fn text(reply: &Reply) -> &str {
    reply.body.as_str().unwrap()
}

const MAIL: (&str, &str) = ("email", "ada@customer.example");

#[tokio::test]
async fn a_card_pays_and_the_payer_comes_back() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("124000", "eur", &[]).await;
    let path = format!("/checkout/{session}");
    sandbox.name_business(KEY, "Nordlicht Studio");
    let shown = page(&api, &path).await;
    for wanted in [
        "€1,240.00",
        "Invoice 2026-014",
        "Nordlicht Studio",
        "4000 0000 0000 0002",
        "Bank debit (SEPA): arrives after 5 days",
        "href=\"http://127.0.0.1:9/cancelled\"",
    ] {
        assert!(shown.contains(wanted), "{wanted}");
    }
    assert!(!shown.contains("<script"));
    let paid = submit(&api, &path, &[MAIL, ("method", "card"), ("number", "4242 4242 4242 4242")]).await;
    assert_eq!(paid.status, 303);
    assert_eq!(paid.header("location").unwrap(), format!("http://127.0.0.1:9/done?session={session}"));
    let details = &api.get(&format!("/v1/checkout/sessions/{session}")).await.ok()["customer_details"];
    assert_eq!(details["email"], MAIL.1);
    assert!(page(&api, &path).await.contains("This has been paid"));
    // The form sent again, by the back button, pays nothing again.
    assert_eq!(
        submit(&api, &path, &[MAIL, ("method", "card"), ("number", "4242424242424242")]).await.status,
        303
    );
    assert_eq!(api.get("/v1/charges").await.ok()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn after_a_problem_nothing_typed_is_lost() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let path = format!("/checkout/{}", api.session("5000", "eur", &[]).await);
    for (number, status, says) in [
        ("4000 0000 0000 0002", 402, "Your card was declined."),
        ("4111 1111 1111 1111", 400, "not one of the test cards"),
    ] {
        let reply = submit(&api, &path, &[MAIL, ("method", "card"), ("number", number)]).await;
        assert_eq!(reply.status, status);
        assert!(text(&reply).contains(says));
        assert!(text(&reply).contains(&format!("value=\"{number}\"")) && text(&reply).contains(MAIL.1));
        assert!(text(&reply).contains("role=\"alert\""));
    }
    let without =
        submit(&api, &path, &[("email", ""), ("method", "card"), ("number", "4242424242424242")]).await;
    assert_eq!((without.status, text(&without).contains("Enter an e-mail address")), (400, true));
    let wrong = submit(&api, &path, &[MAIL, ("method", "us_bank_account:settles")]).await;
    assert_eq!((wrong.status, text(&wrong).contains("cannot be used here")), (400, true));
    let none = submit(&api, &path, &[MAIL]).await;
    assert_eq!((none.status, text(&none).contains("Choose how to pay")), (400, true));
}

#[tokio::test]
async fn the_bank_asks_on_its_own_page() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    let path = format!("/checkout/{session}");
    let authenticate = format!("{path}/authenticate");
    let card = [MAIL, ("method", "card"), ("number", "4000002500003155")];
    assert_eq!(api.get(&authenticate).await.status, 303, "there is nothing to confirm yet");
    assert_eq!(submit(&api, &path, &card).await.header("location"), Some(authenticate.as_str()));
    assert!(page(&api, &authenticate).await.contains("Yes, it is me"));
    let refused = submit(&api, &authenticate, &[("answer", "no")]).await;
    assert_eq!(refused.header("location"), Some(path.as_str()));
    assert!(page(&api, &path).await.contains("failed authentication"));
    submit(&api, &path, &card).await;
    let passed = submit(&api, &authenticate, &[("answer", "yes")]).await;
    assert!(passed.header("location").unwrap().starts_with("http://127.0.0.1:9/done"));
    let details = &api.get(&format!("/v1/checkout/sessions/{session}")).await.ok()["customer_details"];
    assert_eq!(details["email"], MAIL.1, "the detour by the bank loses nothing");
}

#[tokio::test]
async fn pages_that_are_over_say_so() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::Debit(Method::SepaDebit, Settlement::Settles)).unwrap();
    assert!(page(&api, &format!("/checkout/{session}")).await.contains("Your payment is on its way"));
    let expired = api.session("5000", "eur", &[]).await;
    api.post(&format!("/v1/checkout/sessions/{expired}/expire"), &[]).await.ok();
    assert!(page(&api, &format!("/checkout/{expired}")).await.contains("has expired"));
    assert_eq!(api.get("/checkout/cs_test_none").await.status, 404);
}

#[tokio::test]
async fn what_others_wrote_stays_text() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let name = ("line_items[0][price_data][product_data][description]", "<script>alert(1)</script>");
    let session = api.session("5000", "eur", &[name]).await;
    let shown = page(&api, &format!("/checkout/{session}")).await;
    assert!(shown.contains("&lt;script&gt;alert(1)") && !shown.contains("<script>"));
    send(&sandbox, "Subject: <script>alert(1)</script>\r\n\r\n<b>http://x.example/\"><script></b>\r\n").await;
    for path in ["/mailbox", "/mailbox/mail_1"] {
        assert!(!page(&api, path).await.contains("<script>"), "{path}");
    }
}

async fn send(sandbox: &Running, mail: &str) {
    let before = sandbox.mails().len();
    let script = format!(
        "EHLO test\r\nMAIL FROM:<dunlin@business.example>\r\nRCPT TO:<ada@customer.example>\r\nDATA\r\n{mail}.\r\nQUIT\r\n"
    );
    crate::mail::converse(sandbox, script.as_bytes()).await;
    sandbox.wait_for_mails(before + 1).await.unwrap();
}

#[tokio::test]
async fn the_mailbox_shows_each_part_of_a_mail() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    assert!(page(&api, "/mailbox").await.contains("No mail yet"));
    send(
        &sandbox,
        "From: Nordlicht <dunlin@business.example>\r\nTo: Ada <ada@customer.example>\r\nSubject: Invoice 2026-014\r\n\
         Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
         Pay: http://127.0.0.1:3000/l/abc\r\n--x\r\nContent-Type: text/html\r\n\r\n\
         <a href=\"http://127.0.0.1:3000/l/abc\">Pay</a>\r\n--x--\r\n",
    )
    .await;
    send(&sandbox, "Subject: The second\r\n\r\nHello\r\n").await;
    let list = page(&api, "/mailbox").await;
    assert!(list.find("The second").unwrap() < list.find("Invoice 2026-014").unwrap(), "newest first");
    let one = page(&api, "/mailbox/mail_1").await;
    assert!(one.contains("<a href=\"http://127.0.0.1:3000/l/abc\">http://127.0.0.1:3000/l/abc</a>"));
    assert!(one.contains("sandbox=\"allow-top-navigation-by-user-activation") && one.contains("As HTML"));
    let frame = api.get("/mailbox/mail_1.html").await;
    assert!(text(&frame).starts_with("<base target=\"_top\"><a href="));
    assert!(frame.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let json = api.get("/mailbox.json").await.ok();
    assert_eq!(json["mails"][1]["links"][0], "http://127.0.0.1:3000/l/abc");
    assert_eq!(json["mails"][1]["to"], "Ada <ada@customer.example>");
    assert_eq!(api.get("/mailbox/mail_2.json").await.ok()["text"], "Hello\r\n");
    assert!(text(&api.get("/mailbox/mail_2.eml").await).starts_with("Subject: The second\r\n"));
    assert_eq!(api.get("/mailbox/mail_9").await.status, 404);
    assert_eq!(submit(&api, "/mailbox/clear", &[]).await.header("location"), Some("/mailbox"));
    assert!(sandbox.mails().is_empty());
}

#[tokio::test]
async fn the_index_page_tells_and_steers() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    sandbox.set_webhook(KEY, "http://127.0.0.1:9/hook", "whsec_1", &["*"]).unwrap();
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap();
    let shown = page(&api, "/").await;
    for wanted in
        ["moves no money", "checkout.session.completed", "complete, paid", "faults/smtp", "POST /v1/refunds"]
    {
        assert!(shown.contains(wanted), "{wanted}");
    }
    assert!(!shown.contains("whsec_1"));
    let before = sandbox.business_now();
    let moved = submit(&api, "/_sandbox/clock", &[("advance_seconds", "86400")]).await;
    assert_eq!((moved.status, moved.header("location")), (303, Some("/")));
    assert!(sandbox.business_now() >= before + 86_400);
    submit(&api, "/_sandbox/switches", &[("lose", "true")]).await;
    assert!(sandbox.switches().lose);
}

/// What the form does whose button says this.
fn button(page: &str, text: &str) -> (String, Vec<(String, String)>) {
    let before = page.split(&format!("<button>{text}")).next().filter(|before| before.len() < page.len());
    let form = before
        .and_then(|before| before.rsplit("<form ").next())
        .unwrap_or_else(|| panic!("no {text}: {page}"));
    let between =
        |text: &str, start: &str| text.split(start).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = form.split("<input ").skip(1);
    (
        between(form, "action=\""),
        fields.map(|field| (between(field, "name=\""), between(field, "value=\""))).collect(),
    )
}

#[tokio::test]
async fn a_payers_bank_is_steered_by_buttons() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let press = async |text: &str| {
        let (action, fields) = button(&page(&api, "/").await, text);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
        assert_eq!(submit(&api, &action, &fields).await.header("location"), Some("/"), "{text}");
        page(&api, "/").await
    };
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap();
    let asked = press("The bank asks about it").await;
    assert!(asked.contains("contested: warning_needs_response"), "{asked}");
    let taken = press("The bank takes it back").await;
    assert!(taken.contains("contested: needs_response"), "{taken}");
    let won = press("The business wins").await;
    assert!(won.contains("contested: won") && !won.contains("The payer wins"), "{won}");
}

#[tokio::test]
async fn a_transfer_arrives_when_somebody_says_so() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let customer =
        api.post("/v1/customers", &[("name", "Marsh & Reed")]).await.ok()["id"].as_str().unwrap().to_owned();
    let asked = [
        ("currency", "eur"),
        ("funding_type", "bank_transfer"),
        ("bank_transfer[type]", "eu_bank_transfer"),
        ("bank_transfer[eu_bank_transfer][country]", "IE"),
    ];
    let path = format!("/v1/customers/{customer}/funding_instructions");
    let first = api.post(&path, &asked).await.ok();
    let iban = first["bank_transfer"]["financial_addresses"][0]["iban"]["iban"].as_str().unwrap();
    assert!(iban.starts_with("DE") && iban.len() == 22, "{iban}");
    assert_eq!(api.post(&path, &asked).await.ok(), first, "the same account ever after");
    assert!(page(&api, "/").await.contains("Marsh &amp; Reed, eur"));

    let form =
        [("customer", &customer[..]), ("currency", "eur"), ("amount", "4000"), ("reference", "2026014")];
    assert_eq!(submit(&api, "/_sandbox/transfers", &form).await.header("location"), Some("/"));
    let balance = format!("/v1/customers/{customer}/cash_balance");
    assert_eq!(api.get(&balance).await.ok()["available"]["eur"], 4000);
    let moved = api.get(&format!("{balance}_transactions")).await.ok();
    assert_eq!(moved["data"][0]["funded"]["bank_transfer"]["reference"], "2026014");

    let pay = |amount: &'static str| {
        [
            ("amount", amount),
            ("currency", "eur"),
            ("customer", &customer[..]),
            ("allowed_payment_method_types[0]", "customer_balance"),
            ("payment_method_data[type]", "customer_balance"),
            ("confirm", "true"),
        ]
    };
    assert_eq!(api.post("/v1/payment_intents", &pay("4001")).await.status, 400);
    let paid = api.post("/v1/payment_intents", &pay("4000")).await.ok();
    assert_eq!((&paid["status"], &paid["amount_received"]), (&"succeeded".into(), &4000.into()));
    assert!(api.get(&balance).await.ok()["available"].is_null());
}

#[tokio::test]
async fn only_this_machine_is_let_in() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let url = format!("{}/mailbox/clear", sandbox.http_url());
    let from = |origin: String| api.http.post(&url).header("origin", origin);
    assert_eq!(from("https://elsewhere.example".to_owned()).send().await.unwrap().status().as_u16(), 403);
    assert_eq!(from("null".to_owned()).send().await.unwrap().status().as_u16(), 403);
    assert_eq!(from(sandbox.http_url().to_owned()).send().await.unwrap().status().as_u16(), 303);
    let by_name = api.http.get(sandbox.http_url()).header("host", "sandbox.elsewhere.example");
    assert_eq!(by_name.send().await.unwrap().status().as_u16(), 421);
    assert!(sandbox.http_addr().ip().is_loopback() && sandbox.smtp_addr().ip().is_loopback());
}
