//! A statement as a table: whoever may see the page may keep it, and nobody else.

use domain::InvoiceId;

use super::{OWNER, TestApp};

#[tokio::test]
async fn a_statement_is_kept_as_a_table_by_those_who_may_see_it() {
    let app = TestApp::start().await;
    let owner = app.business().await;
    let (customer, invoice): (_, InvoiceId) = app.invoice(&owner).await;
    let page = format!("/c/{customer}/statement");

    let mut console = app.signed_in(OWNER).await;
    let ours =
        console.get(&format!("/console/customers/{customer}/statement.csv?period_from=2026-03-01")).await;
    assert_eq!(ours.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        ours.headers["content-disposition"],
        "attachment; filename=\"statement-EUR-2026-03-01-2026-03-03.csv\""
    );
    assert_eq!(ours.headers["cache-control"], "no-store");
    assert_eq!(
        ours.body.trim_start_matches('\u{feff}').lines().collect::<Vec<_>>(),
        [
            "Date,Entry,Invoice,Amount,Currency,Balance",
            "2026-03-01,Balance before 1 March 2026,,,EUR,0.00",
            "2026-03-03,Invoice 2026-001,2026-001,1190.00,EUR,1190.00",
            "2026-03-03,Balance on 3 March 2026,,,EUR,1190.00",
        ]
    );

    let mut narrow = app.browser();
    let link = app.link(&owner, invoice).await;
    narrow.post("/l/open", &[("link", link.trim_start_matches("/l/"))]).await;
    assert_eq!(
        narrow.get(&format!("{page}.csv")).await.status,
        404,
        "a link of one invoice covers only that one"
    );
    assert_eq!(app.browser().get(&format!("{page}.csv")).await.status, 404);

    let mut reader = app.browser();
    let link = app.link_of_everything(&owner, customer).await;
    reader.post("/l/open", &[("link", link.trim_start_matches("/l/"))]).await;
    let theirs = reader.get(&format!("{page}.csv?period_from=2026-03-01")).await;
    assert_eq!(theirs.body, ours.body, "in the same words, as both read English");
    let shown = reader.get(&page).await.body;
    assert!(shown.contains(&format!("{page}.csv?currency=EUR&amp;period_from=")), "{shown}");

    // Where the button of its mail leads: looking needs no session and begins none.
    let mut scanner = app.browser();
    let by_link = scanner.get(&format!("{link}/statement?currency=EUR&period_from=2026-03-01")).await;
    assert_eq!((by_link.status, scanner.cookies().len()), (200, 0));
    assert!(
        by_link.body.contains("Invoice 2026-001") && !by_link.body.contains("statement.csv"),
        "{}",
        by_link.body
    );
    let of_one = app.link(&owner, invoice).await;
    assert_eq!(scanner.get(&format!("{of_one}/statement")).await.status, 404);

    let wrong = reader.get(&format!("{page}.csv?currency=EUR&period_from=soon&period_to=")).await;
    assert_eq!(
        (wrong.status, wrong.location),
        (303, format!("{page}?currency=EUR&period_from=soon&period_to="))
    );
}
