//! Invoices from draft to void, the list, and who may see what.

use domain::event::EventKind;
use domain::invoice::{InvoiceState, Standing, StandingName, VoidError};
use domain::schedule::{Decision, DoneReason};
use domain::{FieldProblem, Role};
use server::env::Principal;
use server::operations::customers::{self, ContactInput, CustomerError};
use server::operations::invoices::{self, DraftInput, InvoiceError, LineInput, Query};
use server::operations::verify::verify;
use server::operations::{timeline, today};
use server::workers;
use store::conformance;

use crate::support::{
    business, business_of, customer, customer_input, days_go_by, draft_input, issued, receive, with_role,
    world,
};

conformance! {
    async fn a_draft_becomes_an_invoice_with_books_and_a_number(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;

        let id = invoices::draft(env, &owner, draft_input(customer)).await.unwrap();
        let draft = invoices::detail(env, &owner, id).await.unwrap();
        assert_eq!(draft.sheet.standing, Standing::Draft);
        assert_eq!(draft.sheet.lines.len(), 2, "the blank line is none");
        assert_eq!(draft.sheet.totals.total.to_plain(), "1190.00");
        assert!(draft.sheet.number.is_none() && draft.sheet.due_on.is_none());

        let number = invoices::issue(env, &owner, id, 1).await.unwrap();
        assert_eq!(number.as_str(), "2026-001");
        let detail = invoices::detail(env, &owner, id).await.unwrap();
        let sheet = &detail.sheet;
        assert_eq!(sheet.issued_on.unwrap().to_string(), "2026-03-03");
        assert_eq!(sheet.due_on.unwrap().to_string(), "2026-03-17");
        assert_eq!(sheet.standing, Standing::Open { due_in_days: 14 });
        assert_eq!(sheet.balance.open.to_plain(), "1190.00");
        assert_eq!(sheet.customer.address.len(), 2);
        assert_eq!(sheet.customer.email.as_ref().unwrap().as_str(), "lena@morgenrot.example");

        // What changes afterwards changes no issued invoice.
        let detail = customers::detail(env, &owner, customer).await.unwrap();
        customers::update(env, &owner, customer, detail.customer.version, customer_input("Morgenrot GmbH")).await.unwrap();
        let again = invoices::detail(env, &owner, id).await.unwrap();
        assert_eq!(again.sheet.customer.name.as_str(), "Bäckerei Morgenrot");

        let kinds: Vec<_> = timeline::of_invoice(env, &owner, id).await.unwrap().iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, [EventKind::InvoiceIssued, EventKind::InvoiceDrafted]);
        let checked = verify(env, &Principal::Operator).await.unwrap();
        assert_eq!(checked[0].problems, []);
        assert_eq!(checked[0].invoices, 1);
    }

    async fn numbers_are_gapless_also_when_an_issue_fails(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        issued(env, &owner, customer).await;
        let empty = DraftInput { lines: Vec::new(), ..draft_input(customer) };
        let empty = invoices::draft(env, &owner, empty).await.unwrap();
        let error = invoices::issue(env, &owner, empty, 1).await.unwrap_err();
        assert!(matches!(error, InvoiceError::CannotIssue(_)), "{error}");

        let (one, other) = (
            invoices::draft(env, &owner, draft_input(customer)).await.unwrap(),
            invoices::draft(env, &owner, draft_input(customer)).await.unwrap(),
        );
        // The failed issue gave its number back, and two at once get one each.
        let (one, other) = tokio::join!(invoices::issue(env, &owner, one, 1), invoices::issue(env, &owner, other, 1));
        let mut numbers = [one.unwrap().into_string(), other.unwrap().into_string()];
        numbers.sort();
        assert_eq!(numbers, ["2026-002", "2026-003"]);
    }

    async fn the_issue_date_is_the_business_day(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        // 23:30 in London is half past midnight in Berlin.
        world.clock.advance(chrono::Duration::minutes(13 * 60 + 30));
        let id = issued(env, &owner, customer).await;
        let sheet = invoices::detail(env, &owner, id).await.unwrap().sheet;
        assert_eq!(sheet.issued_on.unwrap().to_string(), "2026-03-04");
    }

    async fn every_wrong_field_is_named_and_nothing_is_written(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let line = |quantity: &str, price: &str, tax: &str, from: &str, to: &str| LineInput {
            description: "Work".to_owned(),
            quantity: quantity.to_owned(),
            unit_price: price.to_owned(),
            tax_rate: tax.to_owned(),
            period_from: from.to_owned(),
            period_to: to.to_owned(),
            ..LineInput::default()
        };
        let input = DraftInput {
            title: "two\nlines".to_owned(),
            net_days: "soon".to_owned(),
            lines: vec![
                line("0", "\u{2212}5", "101", "", ""),
                line("1", "1e9", "19", "2026-02-30", ""),
                line("1", "1.005", "19", "2026-02-14", "2026-02-01"),
                LineInput { unit_price: "5".to_owned(), ..LineInput::default() },
            ],
            ..draft_input(customer)
        };
        let InvoiceError::Fields(errors) = invoices::draft(env, &owner, input).await.unwrap_err() else { panic!() };
        let problems: Vec<_> = errors.iter().map(|error| format!("{}: {:?}", error.field, error.problem)).collect();
        assert_eq!(problems, [
            "title: ForbiddenCharacter",
            "net_days: NotANumber",
            "lines.0.quantity: NotPositive",
            "lines.0.unit_price: Negative",
            "lines.0.tax_rate: NumberOutOfRange { min: 0, max: 100 }",
            "lines.1.unit_price: NotANumber",
            "lines.1.period_from: DateInvalid",
            "lines.2.unit_price: TooManyDecimals { max: 2 }",
            "lines.2.period_to: DateBefore { earliest: 2026-02-14 }",
            "lines.3.description: Required",
        ]);
        assert!(invoices::list(env, &owner, Query::default()).await.unwrap().rows.is_empty());
    }

    async fn two_who_edit_a_draft_cannot_overwrite_each_other(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let id = invoices::draft(env, &owner, draft_input(customer)).await.unwrap();
        let titled = |title: &str| DraftInput { title: title.to_owned(), ..draft_input(customer) };
        invoices::update(env, &owner, id, 1, titled("Mine")).await.unwrap();
        let InvoiceError::Conflict(theirs) = invoices::update(env, &owner, id, 1, titled("Late")).await.unwrap_err() else {
            panic!("overwritten")
        };
        assert_eq!((theirs.title.unwrap().as_str(), theirs.version), ("Mine", 2));

        assert!(matches!(invoices::issue(env, &owner, id, 1).await, Err(InvoiceError::Conflict(_))));
        invoices::issue(env, &owner, id, 2).await.unwrap();
        assert!(matches!(invoices::update(env, &owner, id, 3, titled("Later")).await, Err(InvoiceError::Conflict(_))));
        assert!(matches!(invoices::discard(env, &owner, id, 3).await, Err(InvoiceError::Conflict(_))));

        let draft = invoices::draft(env, &owner, draft_input(customer)).await.unwrap();
        invoices::discard(env, &owner, draft, 1).await.unwrap();
        assert!(matches!(invoices::detail(env, &owner, draft).await, Err(InvoiceError::NotFound)));
    }

    async fn an_invoice_is_voided_only_while_nothing_was_received(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let paid = issued(env, &owner, customer).await;
        receive(env, &owner, paid, 10_000).await;
        let error = invoices::void(env, &owner, paid, 2, "").await.unwrap_err();
        assert!(matches!(error, InvoiceError::CannotVoid(VoidError::PartlyPaid)), "{error}");

        let id = issued(env, &owner, customer).await;
        let clerk = with_role(&owner, Role::Clerk);
        assert!(matches!(invoices::void(env, &clerk, id, 2, "").await, Err(InvoiceError::NotPermitted(_))));
        assert!(matches!(invoices::void(env, &owner, id, 1, "").await, Err(InvoiceError::Conflict(_))));
        invoices::void(env, &owner, id, 2, "Sent to the wrong customer").await.unwrap();
        let detail = invoices::detail(env, &owner, id).await.unwrap();
        assert_eq!(detail.sheet.standing, Standing::Void);
        assert_eq!(detail.sheet.number.unwrap().as_str(), "2026-002", "the number stays used");
        assert_eq!(detail.void_reason.unwrap().as_str(), "Sent to the wrong customer");
        let again = invoices::void(env, &owner, id, 3, "").await.unwrap_err();
        assert!(matches!(again, InvoiceError::CannotVoid(VoidError::NotIssued(_))), "{again}");

        let mut tx = env.store.read().await.unwrap();
        let balance = store::ledger::balance_of_invoice(&mut tx, business_of(&owner), id).await.unwrap().unwrap();
        assert!(balance.balance.open.is_zero());
        drop(tx);
        assert_eq!(verify(env, &Principal::Operator).await.unwrap()[0].problems, []);
    }

    async fn the_list_filters_by_standing_search_and_page(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (bakery, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let (club, _) = customer(env, &owner, "100% Club", "ole@club.example").await;
        // The newest comes first, so each is written a moment after the other.
        let a_moment = || world.clock.advance(chrono::Duration::seconds(1));
        let old = issued(env, &owner, bakery).await;
        a_moment();
        let paid = issued(env, &owner, bakery).await;
        a_moment();
        let partly = issued(env, &owner, club).await;
        receive(env, &owner, paid, 119_000).await;
        receive(env, &owner, partly, 50_000).await;
        days_go_by(&world, 12);
        let fresh = issued(env, &owner, club).await;
        a_moment();
        let draft = invoices::draft(env, &owner, draft_input(club)).await.unwrap();

        let found = async |query: Query| {
            let list = invoices::list(env, &owner, query).await.unwrap();
            list.rows.iter().map(|row| row.summary.id).collect::<Vec<_>>()
        };
        let standing = |name| Query { standing: Some(name), ..Query::default() };
        let search = |text: &str| Query { search: text.to_owned(), ..Query::default() };
        assert_eq!(found(Query::default()).await, [draft, fresh, partly, paid, old]);
        assert_eq!(found(standing(StandingName::Draft)).await, [draft]);
        assert_eq!(found(standing(StandingName::Open)).await, [fresh]);
        assert_eq!(found(standing(StandingName::DueSoon)).await, [partly, old]);
        assert_eq!(found(standing(StandingName::Paid)).await, [paid]);
        assert_eq!(found(search("morgenROT")).await, [paid, old]);
        assert_eq!(found(search("2026-003")).await, [partly]);
        assert_eq!(found(search("0%")).await, [draft, fresh, partly], "a percent sign is just that");
        assert_eq!(found(search("_")).await, []);
        assert_eq!(found(Query { after: Some(partly), ..Query::default() }).await, [paid, old]);
        assert_eq!(found(Query { customer: Some(bakery), ..Query::default() }).await, [paid, old]);

        days_go_by(&world, 3);
        assert_eq!(found(standing(StandingName::Overdue)).await, [partly, old]);
        let list = invoices::list(env, &owner, Query::default()).await.unwrap();
        for row in &list.rows {
            // The list's own idea of how an invoice stands is the domain's.
            let standing = standing(row.summary.standing.name());
            assert!(found(standing).await.contains(&row.summary.id), "{row:?}");
        }
        let overdue = list.figures.iter().find(|figure| figure.standing == StandingName::Overdue).unwrap();
        assert_eq!((overdue.invoices, overdue.open.to_plain()), (2, "1880.00".to_owned()));

        let today = today::today(env, &owner).await.unwrap();
        assert_eq!(today.open.iter().map(|sum| sum.to_plain()).collect::<Vec<_>>(), ["3070.00"]);
        assert_eq!(today.overdue.iter().map(|sum| sum.to_plain()).collect::<Vec<_>>(), ["1880.00"]);
        assert_eq!(today.received.iter().map(|sum| sum.to_plain()).collect::<Vec<_>>(), ["1690.00"]);
        assert_eq!(today.overdue_invoices.len(), 2);
        assert!(today.lacks_gateway);
    }

    async fn once_a_reminder_went_out_the_next_step_is_told(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let id = issued(env, &owner, customer).await;
        let next = async || invoices::list(env, &owner, Query::default()).await.unwrap().rows[0].next.clone();

        let Some(Decision::Wait { step, .. }) = next().await else { panic!("nothing planned") };
        assert_eq!(step.as_str(), "heads-up", "told before the planner has looked");
        days_go_by(&world, 15);
        workers::planner::run_once(env).await.unwrap();
        workers::outbox::run_once(env).await.unwrap();
        assert_eq!(world.mailer.mails().len(), 1);
        let Some(Decision::Wait { step, .. }) = next().await else { panic!("the reminder seems to go out again") };
        assert_eq!(step.as_str(), "help");
        assert_eq!(invoices::detail(env, &owner, id).await.unwrap().next, next().await);

        receive(env, &owner, id, 119_000).await;
        let paid = invoices::detail(env, &owner, id).await.unwrap().next;
        assert!(matches!(paid, Some(Decision::Done { reason: DoneReason::Paid })), "{paid:?}");
    }

    async fn another_business_and_lesser_roles_get_nothing(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, contact) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let draft = invoices::draft(env, &owner, draft_input(customer)).await.unwrap();
        let id = issued(env, &owner, customer).await;

        let other = business(env, "Harbour & Pine", "fiona@harbour.example").await;
        assert!(matches!(invoices::detail(env, &other, id).await, Err(InvoiceError::NotFound)));
        assert!(matches!(invoices::issue(env, &other, draft, 1).await, Err(InvoiceError::NotFound)));
        assert!(matches!(invoices::void(env, &other, id, 2, "").await, Err(InvoiceError::NotFound)));
        assert!(matches!(customers::detail(env, &other, customer).await, Err(CustomerError::NotFound)));
        assert!(matches!(timeline::of_invoice(env, &other, id).await, Err(timeline::TimelineError::NotFound)));
        let contact_input = || ContactInput { contact_name: "X".to_owned(), ..ContactInput::default() };
        let attack = customers::update_contact(env, &other, contact, 1, contact_input()).await;
        assert!(matches!(attack, Err(CustomerError::NotFound)));
        // An id of somebody else's customer in a form is no choice.
        let InvoiceError::Fields(errors) = invoices::draft(env, &other, draft_input(customer)).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(errors.of("customer"), Some(&FieldProblem::ChoiceUnknown));

        let viewer = with_role(&owner, Role::Viewer);
        assert!(invoices::detail(env, &viewer, id).await.is_ok());
        assert!(matches!(invoices::draft(env, &viewer, draft_input(customer)).await, Err(InvoiceError::NotPermitted(_))));
        assert!(matches!(invoices::issue(env, &viewer, draft, 1).await, Err(InvoiceError::NotPermitted(_))));
        for nobody in [Principal::Anonymous, Principal::System] {
            assert!(matches!(invoices::detail(env, &nobody, id).await, Err(InvoiceError::NotPermitted(_))));
        }
        let found = invoices::read(env, &owner, draft).await.unwrap();
        assert_eq!(found.state, InvoiceState::Draft);
    }
}
