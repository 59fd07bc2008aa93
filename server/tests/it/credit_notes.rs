//! Credit notes: an issued invoice made smaller, once, never below nothing.

use domain::event::EventKind;
use domain::invoice::{Standing, VoidError};
use domain::message::{MessageKind, MessageState};
use domain::payment::{AttemptStatus, Method};
use domain::statement::What;
use domain::{FieldProblem, InvoiceId, Locale, Role};
use futures_util::future::join_all;
use server::env::PortalScope;
use server::operations::invoices::{self, DraftInput, InvoiceError, LineInput};
use server::operations::payments::by_hand::{self, For, PaymentInput};
use server::operations::payments::credit_notes::{self, CreditNoteError, CreditNoteInput};
use server::operations::timeline;
use server::workers;
use store::conformance;
use store::credit_notes::CreditNote;
use store::testing::cut::{Cut, Ran};

use crate::follow_up::FollowUp;
use crate::shop::{Shop, euros, payer};
use crate::support::with_role;

fn typed(form: &str, amount: &str) -> CreditNoteInput {
    CreditNoteInput {
        form: form.to_owned(),
        amount: amount.to_owned(),
        reason: "One day less than planned".to_owned(),
        ..CreditNoteInput::default()
    }
}

async fn issue(
    shop: &Shop,
    invoice: InvoiceId,
    input: &CreditNoteInput,
) -> Result<CreditNote, CreditNoteError> {
    credit_notes::issue(shop.env(), &shop.owner, invoice, input).await
}

async fn receive(shop: &Shop, invoice: InvoiceId, amount: &str, form: &str) {
    let input = PaymentInput {
        form: form.to_owned(),
        amount: amount.to_owned(),
        method: Method::Cash.as_str().to_owned(),
        ..PaymentInput::default()
    };
    by_hand::record_payment(shop.env(), &shop.owner, For::Invoice(invoice), &input).await.unwrap();
}

async fn standing(shop: &Shop, invoice: InvoiceId) -> Standing {
    invoices::detail(shop.env(), &shop.owner, invoice).await.unwrap().sheet.standing
}

/// An issued invoice of 100 at 7 and 200 at 19 percent: 345 in all.
async fn taxed(shop: &Shop) -> InvoiceId {
    let line = |price: &str, tax: &str| LineInput {
        description: "Field research".to_owned(),
        quantity: "1".to_owned(),
        unit_price: price.to_owned(),
        tax_rate: tax.to_owned(),
        ..LineInput::default()
    };
    let draft = DraftInput {
        customer: shop.customer.to_string(),
        currency: "EUR".to_owned(),
        lines: vec![line("100", "7"), line("200", "19")],
        ..DraftInput::default()
    };
    let id = invoices::draft(shop.env(), &shop.owner, draft).await.unwrap();
    invoices::issue(shop.env(), &shop.owner, id, 1).await.unwrap();
    id
}

conformance! {
    async fn a_credit_note_takes_net_and_tax_off_what_is_open(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = taxed(&shop).await;
        let note = issue(&shop, invoice, &typed("frm_a_tenth", "34.50")).await.unwrap();
        assert_eq!((note.totals.net, note.totals.tax), (euros(30), euros(9).split(2).unwrap()[0]));
        assert_eq!(note.number.as_str(), format!("CN-{}-001", note.issued_on.format("%Y")));
        let balance = shop.balance(invoice).await;
        assert_eq!((balance.credited.minor(), balance.open.minor()), (3_450, 31_050));

        // The rest, with nothing typed, leaves nothing of either tax.
        let rest = issue(&shop, invoice, &typed("frm_the_rest", "")).await.unwrap();
        assert!(rest.number.as_str().ends_with("-002"), "no number is left out");
        assert_eq!(rest.totals.total.minor(), 31_050);
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(standing(&shop, invoice).await, Standing::Credited);
        let again = issue(&shop, invoice, &typed("frm_nothing_left", "1")).await;
        assert!(matches!(again, Err(CreditNoteError::NothingLeft)));

        let statement = shop.statement().await;
        let said: Vec<_> = statement.entries.iter().map(|entry| (entry.what, entry.amount.minor())).collect();
        assert_eq!(said, [(What::Invoice, 34_500), (What::CreditNote, -3_450), (What::CreditNote, -31_050)]);
        let kinds: Vec<_> = shop.mails().await.iter().map(|mail| mail.kind).collect();
        assert_eq!(kinds, [MessageKind::CreditNote, MessageKind::CreditNote]);
        let told = timeline::of_invoice(shop.env(), &shop.owner, invoice).await.unwrap();
        assert_eq!(told.iter().filter(|entry| entry.kind == EventKind::CreditNoteIssued).count(), 2);
        shop.assert_sound().await;
    }

    async fn what_was_paid_beyond_it_becomes_credit_and_pays_the_next_invoice(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        receive(&shop, invoice, "80", "frm_most_of_it").await;
        issue(&shop, invoice, &typed("frm_half_of_it", "50")).await.unwrap();
        let balance = shop.balance(invoice).await;
        assert_eq!((balance.open, balance.paid, balance.credited), (euros(0), euros(50), euros(50)));
        assert_eq!(standing(&shop, invoice).await, Standing::Paid);
        assert_eq!(shop.credit_cents().await, 3_000);
        let next = shop.invoice(40).await;
        assert_eq!(shop.balance(next).await.open, euros(10));
        assert_eq!(shop.statement().await.closing, euros(10));
        shop.assert_sound().await;
    }

    async fn what_a_credit_note_frees_pays_at_once_what_is_open_already(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (paid, open) = (shop.invoice(100).await, shop.invoice(40).await);
        receive(&shop, paid, "100", "frm_all_of_it").await;
        issue(&shop, paid, &typed("frm_half_of_it", "50")).await.unwrap();
        assert_eq!((shop.balance(open).await.paid, shop.credit_cents().await), (euros(40), 1_000));
        shop.assert_sound().await;
    }

    async fn a_voided_invoice_is_not_credited(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let version = invoices::read(shop.env(), &shop.owner, invoice).await.unwrap().version;
        invoices::void(shop.env(), &shop.owner, invoice, version, "Issued twice").await.unwrap();
        let refused = issue(&shop, invoice, &typed("frm_of_nothing", "50")).await;
        assert!(matches!(refused, Err(CreditNoteError::NothingLeft)), "{refused:?}");
        shop.assert_sound().await;
    }

    async fn what_was_credited_is_decided_about_anew(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        workers::planner::run_once(shop.env()).await.unwrap();
        let next = async || {
            let mut tx = shop.env().store.read().await.unwrap();
            let found = store::receivables::of_invoice(&mut tx, shop.business, invoice).await.unwrap();
            found.unwrap().next_decision_at
        };
        assert!(next().await.is_some_and(|at| at > shop.env().business_now()), "it is looked at some other day");
        issue(&shop, invoice, &typed("frm_all_of_it", "")).await.unwrap();
        assert!(next().await.is_some_and(|at| at <= shop.env().business_now()), "it is looked at now");
    }

    async fn a_payment_page_that_asks_for_more_than_a_credit_note_left_open_is_closed(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (all, part) = (shop.invoice(100).await, shop.invoice(100).await);
        shop.pay(&[all], Method::Card).await.unwrap();
        shop.pay_amount(part, Method::Card, "50", false).await.unwrap();
        for invoice in [all, part] {
            issue(&shop, invoice, &typed(&invoice.to_string(), "40")).await.unwrap();
        }
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.states(all).await, [AttemptStatus::Expired], "nobody was asked about the excess");
        assert_eq!(shop.states(part).await, [AttemptStatus::Open], "as much is still open");
        // The same where money comes by another road.
        receive(&shop, part, "20", "frm_some_by_hand").await;
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.states(part).await, [AttemptStatus::Expired]);
        shop.assert_sound().await;
    }

    async fn what_was_given_up_is_not_credited_on_top(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        receive(&shop, invoice, "70", "frm_most_of_it").await;
        shop.give_up(&shop.owner, invoice, "Not worth it").await.unwrap();
        issue(&shop, invoice, &typed("frm_forty", "40")).await.unwrap();
        let balance = shop.balance(invoice).await;
        assert_eq!((balance.written_off, balance.paid, balance.open), (euros(0), euros(60), euros(0)));
        assert_eq!(shop.credit_cents().await, 1_000);
        shop.assert_sound().await;
    }

    async fn a_form_sent_twice_makes_one_and_a_race_of_64_never_more_than_the_invoice(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let twice = typed("frm_double_click", "10");
        let (one, other) = tokio::join!(issue(&shop, invoice, &twice), issue(&shop, invoice, &twice));
        assert_eq!(one.unwrap().id, other.unwrap().id);
        assert_eq!(shop.balance(invoice).await.credited, euros(10));

        let inputs: Vec<_> = (0..64).map(|nth| typed(&format!("frm_of_the_race_{nth}"), "30")).collect();
        let outcomes = join_all(inputs.iter().map(|input| issue(&shop, invoice, input))).await;
        let (issued, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(issued.len(), 3);
        for refused in refused {
            let nothing_left = matches!(refused, Err(CreditNoteError::NothingLeft));
            assert!(nothing_left || matches!(refused, Err(CreditNoteError::Fields(_))), "{refused:?}");
        }
        let balance = shop.balance(invoice).await;
        assert_eq!((balance.credited, balance.open), (euros(100), euros(0)));
        let mut numbers: Vec<_> = issued.into_iter().map(|note| note.unwrap().number.to_string()).collect();
        numbers.sort();
        assert!(numbers.iter().zip(["-002", "-003", "-004"]).all(|(number, end)| number.ends_with(end)), "{numbers:?}");
        shop.assert_sound().await;
    }

    async fn a_crash_anywhere_leaves_all_of_a_note_or_nothing(store: TestStore) {
        let shop = Shop::open(&store).await;
        let mut deaths = 0;
        for point in 1.. {
            let invoice = shop.invoice(100).await;
            receive(&shop, invoice, &shop.balance(invoice).await.open.format(Locale::find("en-GB").unwrap()), &format!("frm_paid_{point}")).await;
            let free = shop.credit_cents().await;
            let input = typed(&format!("frm_cut_{point}"), "50");
            let ran = Cut::at(point, false, issue(&shop, invoice, &input)).await;
            let through = matches!(ran, Ran::Through(_));
            drop(ran);
            // Whoever was told nothing sends the form again.
            let note = issue(&shop, invoice, &input).await.unwrap();
            let all = credit_notes::of_invoice(shop.env(), &shop.owner, invoice).await.unwrap();
            assert_eq!(all.len(), 1, "at point {point}");
            assert!(note.number.as_str().ends_with(&format!("-{point:03}")), "no number is lost: {}", note.number);
            assert_eq!(shop.balance(invoice).await.credited, euros(50), "at point {point}");
            assert_eq!(shop.credit_cents().await, free + 5_000, "at point {point}");
            let told = shop.mails().await.into_iter().filter(|mail| mail.kind == MessageKind::CreditNote);
            assert_eq!(u64::try_from(told.count()).unwrap(), point);
            if through {
                break;
            }
            deaths += 1;
        }
        assert!(deaths >= 2, "before and after the commit at least, not {deaths}");
        shop.assert_sound().await;
    }

    async fn who_may_what_is_checked_and_what_was_credited_is_not_voided(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let clerk = with_role(&shop.owner, Role::Clerk);
        let refused = credit_notes::issue(shop.env(), &clerk, invoice, &typed("frm_of_a_clerk", "10")).await;
        assert!(matches!(refused, Err(CreditNoteError::NotPermitted(_))));
        let too_much = CreditNoteInput { reason: String::new(), ..typed("frm_too_much", "100.01") };
        let Err(CreditNoteError::Fields(errors)) = issue(&shop, invoice, &too_much).await else { panic!("it was issued") };
        assert!(matches!(errors.of("amount_credited"), Some(FieldProblem::AmountOutOfRange { .. })));
        assert_eq!(errors.of("reason"), Some(&FieldProblem::Required));

        let note = issue(&shop, invoice, &typed("frm_ten_of_it", "10")).await.unwrap();
        let version = invoices::read(shop.env(), &shop.owner, invoice).await.unwrap().version;
        let voided = invoices::void(shop.env(), &shop.owner, invoice, version, "").await;
        assert!(matches!(voided, Err(InvoiceError::CannotVoid(VoidError::PartlyPaid))), "{voided:?}");

        let other = shop.invoice(10).await;
        let misplaced = issue(&shop, other, &typed("frm_ten_of_it", "10")).await;
        let Err(CreditNoteError::Fields(errors)) = misplaced else { panic!("a form is about one invoice") };
        assert_eq!(errors.of("entry"), Some(&FieldProblem::SentBefore));
        let narrow = payer(shop.env(), shop.business, shop.customer, PortalScope::Invoice(invoice));
        let (sheet, _) = credit_notes::for_customer(shop.env(), &narrow, invoice, note.id).await.unwrap();
        assert_eq!((sheet.number, sheet.totals.total), (note.number, euros(10)));
        let elsewhere = payer(shop.env(), shop.business, shop.customer, PortalScope::Invoice(other));
        for (reader, about) in [(&elsewhere, invoice), (&elsewhere, other)] {
            let refused = credit_notes::for_customer(shop.env(), reader, about, note.id).await;
            assert!(matches!(refused, Err(CreditNoteError::NotFound)));
        }
    }

    async fn nobody_is_reminded_of_what_was_credited_before_the_reminder_left(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T10:00:00Z");
        assert_eq!(it.plan().await.queued, 1, "a reminder waits to leave");
        issue(&it.shop, it.invoice, &typed("frm_all_of_it", "")).await.unwrap();
        it.deliver().await;
        let states: Vec<_> = it.messages().await.into_iter().map(|mail| (mail.kind, mail.state)).collect();
        assert_eq!(states.len(), 2, "{states:?}");
        assert!(states.contains(&(MessageKind::Reminder, MessageState::Cancelled)), "{states:?}");
        assert!(states.contains(&(MessageKind::CreditNote, MessageState::Sent)), "{states:?}");
        assert_eq!(it.mails().len(), 1, "only the credit note left");
        it.shop.assert_sound().await;
    }
}
