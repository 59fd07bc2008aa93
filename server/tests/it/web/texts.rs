//! The text editor, without scripts: what was typed stays until it may go out, and what is built in can be had back.

use super::{OWNER, TestApp};

const PAGE: &str = "/console/settings/texts/email/firm/en";
const SUBJECT: &str = "Invoice {{ number }}: a word";
const BODY: &str = "We wait for {{ total }}.\n\n{{ invoices }}\n\n[See it]";

#[tokio::test]
async fn a_text_is_tried_refused_saved_and_given_back() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    app.invoice(&owner).await;
    let mut browser = app.signed_in(OWNER).await;
    assert!(browser.get("/console/settings/texts").await.body.contains(PAGE), "it is listed");
    let begun = browser.get(PAGE).await;
    assert!(begun.body.contains("Built in") && begun.body.contains("name=\"version\" value=\"0\""));

    let with = |wanted: &'static str, body: &'static str| {
        [("do", wanted), ("version", "0"), ("subject", SUBJECT), ("body", body), ("about", "overdue")]
    };
    let preview = browser.post(PAGE, &with("preview", BODY)).await;
    assert_eq!(preview.status, 303);
    let preview = browser.get(&preview.location).await;
    assert!(preview.body.contains("Invoice 2026-014: a word"), "filled in: {}", preview.body);
    assert!(preview.body.contains("We wait for {{ total }}."), "what was typed stays");
    assert!(browser.get(PAGE).await.body.contains("Built in"), "and nothing is saved");

    let unlawful = "Pay your debt.\n\n{{ nothing }}\n\n{{ invoices }}\n\n[See it]";
    let refused = browser.post(PAGE, &with("save", unlawful)).await;
    let refused = browser.get(&refused.location).await;
    assert!(
        refused.body.contains("error-summary") && refused.body.contains("Pay your debt."),
        "{}",
        refused.body
    );

    let saved = browser.post(PAGE, &with("save", BODY)).await;
    assert_eq!(saved.location, format!("{PAGE}?done=saved"));
    let saved = browser.get(PAGE).await;
    assert!(saved.body.contains("We wait for") && saved.body.contains("name=\"version\" value=\"1\""));
    let frame = browser.get(&format!("{PAGE}/preview")).await;
    assert!(
        frame.body.contains("We wait for €1,240.00."),
        "the frame shows the words in use: {}",
        frame.body
    );
    assert_eq!(browser.post(PAGE, &with("save", BODY)).await.status, 409, "over a version that is gone");

    let back = browser.post(&format!("{PAGE}/built-in"), &[]).await;
    assert_eq!(back.location, format!("{PAGE}?done=saved"));
    assert!(!browser.get(PAGE).await.body.contains("We wait for"));
    assert_eq!(browser.get("/console/settings/texts/email/no-such-text/en").await.status, 404);
}
