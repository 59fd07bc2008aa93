//! Forms: where they may come from, what becomes of refused ones, first run and signing in.

use super::{OWNER, TestApp};
use crate::support::PASSWORD;

const SETUP: [(&str, &str); 8] = [
    ("business_name", "Nordlicht Studio"),
    ("country", "DE"),
    ("time_zone", "Europe/Berlin"),
    ("currency", "EUR"),
    ("locale", "en-GB"),
    ("name", "Ada Brandt"),
    ("email", OWNER),
    ("password", PASSWORD),
];

#[tokio::test]
async fn the_first_run_makes_the_owner_and_locks() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    assert_eq!(browser.get("/").await.location, "/setup");
    assert_eq!(browser.get("/sign-in").await.location, "/setup");
    assert_eq!(browser.get("/setup").await.status, 200);
    assert_eq!(browser.post("/setup", &SETUP).await.location, "/console");
    assert_eq!(browser.get("/console").await.status, 200);

    let mut late = app.browser();
    assert_eq!(late.get("/setup").await.location, "/sign-in");
    let again = SETUP.map(|(name, value)| (name, if name == "email" { "eve@evil.example" } else { value }));
    assert_eq!(late.post("/setup", &again).await.location, "/sign-in");
    let entry = late.post("/sign-in", &[("email", "eve@evil.example"), ("password", PASSWORD)]).await;
    assert!(entry.location.starts_with("/sign-in?form="), "{}", entry.location);
}

#[tokio::test]
async fn a_refused_form_comes_back_as_typed_but_for_its_password() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let typed = SETUP.map(|(name, value)| match name {
        "email" => (name, "ada at nordlicht"),
        "business_name" => (name, "<script>alert(1)</script>"),
        _ => (name, value),
    });
    let refused = browser.post("/setup", &typed).await;
    assert_eq!(refused.status, 303);
    assert!(refused.location.starts_with("/setup?form=frm_"), "{}", refused.location);

    let page = browser.get(&refused.location).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("ada at nordlicht") && page.body.contains("error-summary"));
    assert!(page.body.contains("&lt;script&gt;alert(1)") && !page.body.contains("<script>alert(1)"));
    assert!(!page.body.contains(PASSWORD), "a password is never sent back");

    let stranger = app.browser().get(&refused.location).await;
    assert!(!stranger.body.contains("ada at nordlicht"), "another browser sees an empty form");
    app.world.clock.advance(chrono::Duration::minutes(16));
    assert!(
        !browser.get(&refused.location).await.body.contains("ada at nordlicht"),
        "forgotten after a while"
    );
}

#[tokio::test]
async fn only_forms_of_ours_are_taken() {
    let app = TestApp::start().await;
    app.business().await;
    let body = format!("email={OWNER}&password={}", PASSWORD.replace(' ', "+"));
    let attempt = |headers: &[(&str, &str)]| {
        let mut browser = app.browser();
        let mut request = browser.request("POST", "/sign-in").body(body.clone());
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        async move { browser.send(request).await.status }
    };
    assert_eq!(attempt(&[]).await, 403, "nobody says where it comes from");
    assert_eq!(attempt(&[("origin", "https://evil.example")]).await, 403);
    assert_eq!(attempt(&[("origin", "null")]).await, 403);
    assert_eq!(attempt(&[("sec-fetch-site", "cross-site"), ("origin", &app.origin)]).await, 403);
    assert_eq!(attempt(&[("sec-fetch-site", "same-site")]).await, 403);
    assert_eq!(attempt(&[("origin", &app.origin)]).await, 303);
    assert_eq!(attempt(&[("sec-fetch-site", "same-origin")]).await, 303);
}

#[tokio::test]
async fn signing_in_leads_on_to_the_console_only() {
    let app = TestApp::start().await;
    app.business().await;
    for (next, leads_to) in [
        ("/console/invoices", "/console/invoices"),
        ("//evil.example", "/console"),
        ("https://evil.example/console", "/console"),
        ("/console\\@evil.example", "/console"),
        ("/l/whatever", "/console"),
    ] {
        let fields = [("email", OWNER), ("password", PASSWORD), ("next", next)];
        assert_eq!(app.browser().post("/sign-in", &fields).await.location, leads_to, "{next}");
    }
}

#[tokio::test]
async fn guessing_a_password_ends_in_429_and_a_time_to_wait() {
    let app = TestApp::start().await;
    app.business().await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let answer = app.browser().post("/sign-in", &[("email", OWNER), ("password", "a wrong guess")]).await;
        if answer.status == 429 {
            let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=900).contains(&wait), "{wait}");
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [303, 303, 303, 303, 303, 303, 429, 429]);
    let right = app.browser().post("/sign-in", &[("email", OWNER), ("password", PASSWORD)]).await;
    assert_eq!(right.status, 429, "knowing it does not help while the limit lasts");
    app.world.clock.advance(chrono::Duration::minutes(16));
    assert_eq!(app.browser().post("/sign-in", &[("email", OWNER), ("password", PASSWORD)]).await.status, 303);
}

#[tokio::test]
async fn a_draft_is_written_line_by_line_without_scripts_and_issued() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (customer, _) =
        crate::support::customer(&app.world.env, &owner, "Morgenrot GmbH", "lena@morgenrot.example").await;
    let customer = customer.to_string();
    let mut browser = app.signed_in(OWNER).await;
    let one = [
        ("customer", customer.as_str()),
        ("currency", "EUR"),
        ("net_days", "14"),
        ("lines", "1"),
        ("lines.0.description", "Consultation"),
        ("lines.0.quantity", "8"),
        ("lines.0.unit_price", "100.00"),
        ("lines.0.tax_rate", "19"),
    ];
    let with_button = |button| one.iter().copied().chain([("do", button)]).collect::<Vec<_>>();
    let longer = browser.post("/console/invoices/new", &with_button("add_line")).await;
    assert_eq!(longer.status, 200);
    assert!(longer.body.contains("lines.1.description") && longer.body.contains("Consultation"));

    let saved = browser.post("/console/invoices/new", &with_button("save")).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = saved.location.split('?').next().unwrap().to_owned();
    assert!(browser.get(&saved.location).await.body.contains("Consultation"));
    assert_eq!(browser.get(&format!("{page}/edit")).await.status, 200);

    let stale = browser.post(&format!("{page}/issue"), &[("version", "7")]).await;
    assert_eq!(stale.status, 409);
    let issued = browser.post(&format!("{page}/issue"), &[("version", "1")]).await;
    assert_eq!(issued.location, format!("{page}?done=issued"));
    assert!(browser.get(&issued.location).await.body.contains("952.00"));
}

#[tokio::test]
async fn a_contact_is_changed_kept_apart_from_others_and_removed() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let env = &app.world.env;
    let (customer, contact) =
        crate::support::customer(env, &owner, "Morgenrot GmbH", "lena@morgenrot.example").await;
    let (elsewhere, _) = crate::support::customer(env, &owner, "Kulturverein", "ole@verein.example").await;
    let page = format!("/console/customers/{customer}");
    let form = format!("{page}/contacts/{contact}/edit");
    let mut browser = app.signed_in(OWNER).await;
    assert!(browser.get(&page).await.body.contains(&form), "the customer's page leads there");
    assert!(browser.get(&form).await.body.contains("lena@morgenrot.example"));
    let not_theirs = format!("/console/customers/{elsewhere}/contacts/{contact}/edit");
    assert_eq!(browser.get(&not_theirs).await.status, 404);

    let typed = |email| [("version", "1"), ("contact_name", "Lena Abend"), ("contact_email", email)];
    let refused = browser.post(&form, &typed("lena at abend")).await;
    assert!(refused.location.starts_with(&format!("{form}?form=")), "{}", refused.location);
    let again = browser.get(&refused.location).await.body;
    assert!(again.contains("lena at abend") && again.contains("Enter an e-mail address"));
    let saved = browser.post(&form, &typed("lena@abend.example")).await;
    assert_eq!(saved.location, format!("{page}?done=saved"));
    assert!(browser.get(&page).await.body.contains("lena@abend.example"));
    let late = browser.post(&form, &typed("late@abend.example")).await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("late@abend.example") && late.body.contains("Someone else saved"));

    let removed = browser.post(&format!("{page}/contacts/{contact}/remove"), &[]).await;
    assert_eq!(removed.location, format!("{page}?done=saved"));
    assert!(!browser.get(&page).await.body.contains(&form));
    assert_eq!(browser.get(&form).await.status, 404);
}
