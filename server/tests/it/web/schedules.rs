//! The schedule editor, without scripts: every change of the form is a POST that keeps what was typed.

use super::{Browser, OWNER, TestApp};
use crate::support;

/// The fields of a form with these steps: id, days, channel, tone.
fn form<'a>(revision: &'a str, steps: &'a [[&'a str; 4]], wanted: &'a str) -> Vec<(String, String)> {
    let mut fields = vec![
        ("do".to_owned(), wanted.to_owned()),
        ("revision".to_owned(), revision.to_owned()),
        ("steps".to_owned(), steps.len().to_string()),
    ];
    for (at, [id, days, channel, tone]) in steps.iter().enumerate() {
        let typed = [("id", *id), ("days", *days), ("when", "after"), ("channel", *channel), ("tone", *tone)];
        fields.extend(typed.map(|(name, value)| (format!("steps.{at}.{name}"), value.to_owned())));
    }
    fields
}

async fn post(browser: &mut Browser, path: &str, fields: &[(String, String)]) -> super::Answer {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &fields).await
}

#[tokio::test]
async fn a_schedule_is_made_changed_looked_at_and_saved() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    app.invoice(&owner).await;
    let mut browser = app.signed_in(OWNER).await;

    let copy = browser.get("/console/schedules/new?from=standard").await;
    assert!(copy.body.contains("value=\"final-notice\""), "the standard schedule to begin with");
    let id = support::schedule(&app.world.env, &owner).await;
    let page = format!("/console/schedules/{id}");

    let more = post(&mut browser, &page, &form("1", &[["only", "7", "email", "polite"]], "add")).await;
    assert_eq!(more.status, 200);
    assert!(
        more.body.contains("name=\"steps.1.days\"") && more.body.contains("value=\"14\""),
        "a week later"
    );
    let two = [["late", "20", "letter", "firm"], ["only", "7", "email", "polite"]];
    let sorted = post(&mut browser, &page, &form("1", &two, "look.0")).await;
    let first = sorted.body.find("value=\"only\"").unwrap();
    assert!(first < sorted.body.find("value=\"late\"").unwrap(), "sorted by day");
    let fewer = post(&mut browser, &page, &form("1", &two, "remove.0")).await;
    assert!(!fewer.body.contains("value=\"late\""));

    let wrong = [["only", "7", "email", "firm"], ["late", "20", "email", "polite"]];
    let refused = post(&mut browser, &page, &form("1", &wrong, "preview")).await;
    let refused = browser.get(&refused.location).await;
    assert!(
        refused.body.contains("error-summary") && refused.body.contains("value=\"20\""),
        "what was typed stays"
    );

    let change = post(&mut browser, &page, &form("1", &two, "preview")).await;
    assert_eq!(change.status, 200);
    assert!(change.body.contains("name=\"steps.0.days\" value=\"20\""), "the whole form is carried on");
    let back = post(&mut browser, &page, &form("1", &two, "edit")).await;
    assert!(browser.get(&back.location).await.body.contains("value=\"late\""));
    assert_eq!(
        post(&mut browser, &page, &form("1", &two, "save")).await.location,
        format!("{page}?done=saved")
    );

    let conflict = post(&mut browser, &page, &form("1", &two[1..], "save")).await;
    assert_eq!(conflict.status, 409);
    assert!(conflict.body.contains("20 days after"), "theirs is shown");
    assert!(conflict.body.contains("name=\"revision\" value=\"2\""), "saving again is a decision");
}

#[tokio::test]
async fn settings_are_looked_at_before_they_are_saved() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    app.invoice(&owner).await;
    let mut browser = app.signed_in(OWNER).await;
    let page = "/console/settings/following-up";
    let with = |wanted: &'static str, gap: &'static str| {
        [
            ("do", wanted),
            ("version", "0"),
            ("open_days", "0"),
            ("open_days", "3"),
            ("opens", "10:00"),
            ("closes", "16:30"),
            ("minimum_gap_days", gap),
            ("promise_grace_days", "3"),
            ("sms_monthly_segments", "500"),
            ("statements_day", "1"),
        ]
    };
    let change = browser.post(page, &with("preview", "5")).await;
    assert_eq!(change.status, 200);
    assert!(change.body.contains("name=\"open_days\" value=\"3\""));
    let refused = browser.post(page, &with("save", "500")).await;
    let refused = browser.get(&refused.location).await;
    assert!(refused.body.contains("error-summary") && refused.body.contains("value=\"16:30\""));
    assert_eq!(browser.post(page, &with("save", "5")).await.location, format!("{page}?done=saved"));
    assert!(browser.get(page).await.body.contains("value=\"16:30\""));
    assert_eq!(browser.post(page, &with("save", "5")).await.status, 409, "over a version that is gone");
    for outlook in ["/console/outlook", "/console"] {
        assert!(browser.get(outlook).await.body.contains("Next 90 days"), "{outlook}");
    }
}
