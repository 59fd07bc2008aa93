//! Money that does not come through the provider: written down once, used by rule, taken back, paid out, given up.

use domain::invoice::Standing;
use domain::message::{MessageKind, MessageState};
use domain::payment::Method;
use domain::{CustomerId, FieldProblem, InvoiceId, Locale, Role, TransferId};
use server::operations::invoices;
use server::operations::payments::by_hand::{self, For, HandError, PaymentInput};
use server::operations::payments::credit::{self, CreditError, PayOutInput, WriteOffInput};
use server::operations::payments::credit_notes::{self, CreditNoteError, CreditNoteInput};
use server::workers;
use store::conformance;

use crate::shop::{Shop, euros};
use crate::support::with_role;

pub fn payment(form: &str, amount: &str) -> PaymentInput {
    PaymentInput {
        form: form.to_owned(),
        amount: amount.to_owned(),
        method: Method::Cash.as_str().to_owned(),
        note: "over the counter".to_owned(),
        ..PaymentInput::default()
    }
}

pub async fn record(shop: &Shop, invoice: InvoiceId, input: &PaymentInput) -> Result<TransferId, HandError> {
    by_hand::record_payment(shop.env(), &shop.owner, For::Invoice(invoice), input).await
}

fn problem(error: &HandError, field: &str) -> Option<FieldProblem> {
    let HandError::Fields(errors) = error else { panic!("{error}") };
    errors.of(field).cloned()
}

async fn standing(shop: &Shop, invoice: InvoiceId) -> Standing {
    invoices::detail(shop.env(), &shop.owner, invoice).await.unwrap().sheet.standing
}

conformance! {
    async fn what_a_member_received_is_booked_once_however_often_the_button_is_pressed(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let input = payment("frm_double_click", "100.00");
        let (one, other) = tokio::join!(record(&shop, invoice, &input), record(&shop, invoice, &input));
        assert_eq!(one.unwrap(), other.unwrap(), "the same payment");
        assert_eq!(record(&shop, invoice, &input).await.unwrap(), record(&shop, invoice, &input).await.unwrap());

        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.credit_cents().await, 0);
        let mails = shop.mails().await;
        assert_eq!(mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(), [MessageKind::Receipt]);
        let sheet = invoices::detail(shop.env(), &shop.owner, invoice).await.unwrap().sheet;
        assert_eq!(sheet.received[0].method, Some(Method::Cash));
        shop.assert_sound().await;
    }

    async fn what_is_typed_is_checked_and_a_viewer_records_nothing(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let wrong = PaymentInput {
            method: Method::Card.as_str().to_owned(),
            received_on: "2027-01-01".to_owned(),
            ..payment("frm_wrong_fields", "-5")
        };
        let error = record(&shop, invoice, &wrong).await.unwrap_err();
        assert_eq!(problem(&error, "amount_received"), Some(FieldProblem::Negative));
        assert_eq!(problem(&error, "paid_by"), Some(FieldProblem::ChoiceUnknown));
        assert!(matches!(problem(&error, "received_on"), Some(FieldProblem::DateAfter { .. })));
        let error = record(&shop, invoice, &payment("", "5")).await.unwrap_err();
        assert_eq!(problem(&error, "entry"), Some(FieldProblem::Required));

        let viewer = with_role(&shop.owner, Role::Viewer);
        let input = payment("frm_of_a_viewer", "5");
        let refused = by_hand::record_payment(shop.env(), &viewer, For::Invoice(invoice), &input).await;
        assert!(matches!(refused, Err(HandError::NotPermitted(_))));
        assert_eq!(shop.balance(invoice).await.open, euros(100));
    }

    async fn more_than_is_open_is_asked_about_once_and_pays_the_next_invoice(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let input = payment("frm_too_much", "130");
        let error = record(&shop, invoice, &input).await.unwrap_err();
        assert_eq!(problem(&error, "more"), Some(FieldProblem::MoreThanOpen { credit: euros(30) }));
        assert_eq!(shop.balance(invoice).await.open, euros(100), "nothing is booked before the answer");

        record(&shop, invoice, &PaymentInput { despite_more: true, ..input }).await.unwrap();
        assert_eq!(shop.credit_cents().await, 3_000);
        let next = shop.invoice(50).await;
        assert_eq!(shop.balance(next).await.open, euros(20), "credit pays at issue");
        assert_eq!(shop.credit_cents().await, 0);
        let last = shop.invoice(5).await;
        assert_eq!(shop.balance(last).await.open, euros(5), "it is used up");
        shop.assert_sound().await;
    }

    async fn money_for_one_invoice_goes_on_to_what_is_due_first(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second, third) = (shop.invoice(10).await, shop.invoice(20).await, shop.invoice(30).await);
        record(&shop, third, &PaymentInput { despite_more: true, ..payment("frm_for_the_third", "45") }).await.unwrap();
        let open = [shop.balance(first).await, shop.balance(second).await, shop.balance(third).await];
        assert_eq!(open.map(|balance| balance.open), [euros(0), euros(15), euros(0)]);
        assert_eq!(shop.credit_cents().await, 0);
    }

    async fn a_payment_taken_back_opens_what_it_paid_and_only_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second) = (shop.invoice(10).await, shop.invoice(20).await);
        let more = PaymentInput { despite_more: true, ..payment("frm_to_take_back", "25") };
        let taken = record(&shop, first, &more).await.unwrap();
        let clerk = with_role(&shop.owner, Role::Clerk);
        let refused = by_hand::take_back(shop.env(), &clerk, taken, "").await;
        assert!(matches!(refused, Err(HandError::NotPermitted(_))));

        by_hand::take_back(shop.env(), &shop.owner, taken, "The cheque bounced").await.unwrap();
        assert_eq!(shop.balance(first).await.open, euros(10));
        assert_eq!(shop.balance(second).await.open, euros(20));
        assert_eq!(shop.credit_cents().await, 0);
        let again = by_hand::take_back(shop.env(), &shop.owner, taken, "").await;
        assert!(matches!(again, Err(HandError::Gone)));
        // The same form stays booked: what was wrong is recorded anew, with a form of its own.
        assert_eq!(record(&shop, first, &payment("frm_to_take_back", "25")).await.unwrap(), taken);
        record(&shop, first, &payment("frm_recorded_anew", "10")).await.unwrap();
        assert_eq!(shop.balance(first).await.open, euros(0));
        shop.assert_sound().await;

        let through_stripe = shop.pay(&[second], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&through_stripe));
        shop.hear().await;
        let payments = by_hand::payments_of(shop.env(), &shop.owner, shop.customer).await.unwrap();
        let refused = by_hand::take_back(shop.env(), &shop.owner, payments[0].id, "").await;
        assert!(matches!(refused, Err(HandError::NotFound)), "that goes back where it came from");
    }

    async fn credit_is_paid_out_once_and_never_beyond_what_is_free(store: TestStore) {
        let shop = Shop::open(&store).await;
        let came = PaymentInput { currency: "EUR".to_owned(), despite_more: true, ..payment("frm_credit_came", "80") };
        let from = For::Customer(shop.customer);
        let taken = by_hand::record_payment(shop.env(), &shop.owner, from, &came).await.unwrap();
        let out = |form: &str, amount: &str| PayOutInput {
            form: form.to_owned(),
            amount: amount.to_owned(),
            currency: "EUR".to_owned(),
            ..PayOutInput::default()
        };
        let too_much = credit::pay_out(shop.env(), &shop.owner, shop.customer, &out("frm_too_much", "80.01")).await;
        let Err(CreditError::Fields(errors)) = too_much else { panic!("{too_much:?}") };
        assert!(matches!(errors.of("amount_paid_out"), Some(FieldProblem::AmountOutOfRange { .. })));

        for _ in 0..2 {
            credit::pay_out(shop.env(), &shop.owner, shop.customer, &out("frm_out_once", "50")).await.unwrap();
        }
        assert_eq!(shop.credit_cents().await, 3_000);
        let gone = by_hand::take_back(shop.env(), &shop.owner, taken, "").await;
        assert!(matches!(gone, Err(HandError::Gone)), "some of it is no longer here");
        shop.assert_sound().await;
    }

    async fn money_to_look_at_waits_until_a_member_uses_it(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (paid, chosen) = (shop.invoice(100).await, shop.invoice(60).await);
        let started = shop.pay(&[paid], Method::Card).await.unwrap();
        let intent = shop.provider().pay(&shop.session(&started));
        shop.provider().change_intent(&intent, |intent| intent.amount_received = Some(euros(70)));
        shop.hear().await;
        assert_eq!(shop.credit_cents().await, 7_000, "another amount than was asked for is a person's to look at");

        let seen = credit::of_customer(shop.env(), &shop.owner, shop.customer).await.unwrap();
        assert!(seen.credits[0].under_review);
        let waiting = credit::waiting(shop.env(), &shop.owner).await.unwrap();
        assert_eq!(waiting.iter().map(|(customer, _, amount)| (*customer, *amount)).collect::<Vec<(CustomerId, _)>>(),
            [(shop.customer, euros(70))]);
        credit::apply(shop.env(), &shop.owner, shop.customer, &[chosen]).await.unwrap();
        assert_eq!(shop.balance(chosen).await.open, euros(0));
        assert_eq!(shop.credit_cents().await, 1_000);
        assert!(shop.tasks().await.is_empty(), "who uses it has looked at it");
        shop.assert_sound().await;
    }

    async fn what_stays_open_is_given_up_by_a_manager_with_a_reason(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        record(&shop, invoice, &payment("frm_most_of_it", "90")).await.unwrap();
        let clerk = with_role(&shop.owner, Role::Clerk);
        let refused = shop.give_up(&clerk, invoice, "Too little").await;
        assert!(matches!(refused, Err(CreditError::NotPermitted(_))));
        let wordless = shop.give_up(&shop.owner, invoice, " ").await;
        assert!(matches!(wordless, Err(CreditError::Fields(_))));

        shop.give_up(&shop.owner, invoice, "Not worth the letter").await.unwrap();
        assert_eq!(standing(&shop, invoice).await, Standing::WrittenOff);
        let again = shop.give_up(&shop.owner, invoice, "Again").await;
        assert!(matches!(again, Err(CreditError::NothingToWriteOff)));
        shop.assert_sound().await;
    }

    async fn no_other_amount_is_given_up_than_was_shown(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let paid = record(&shop, invoice, &payment("frm_most_of_it", "90")).await.unwrap();
        let locale = Locale::find("en-GB");
        let seen = WriteOffInput { amount: "€10.00".to_owned(), locale, reason: "Too little".to_owned() };
        by_hand::take_back(shop.env(), &shop.owner, paid, "bounced").await.unwrap();
        let Err(CreditError::Fields(errors)) = credit::write_off(shop.env(), &shop.owner, invoice, &seen).await else { panic!() };
        assert_eq!(errors.of("amount_written_off"), Some(&FieldProblem::OpenChanged { open: euros(100) }));
        assert_eq!(shop.balance(invoice).await.open, euros(100));
    }

    async fn money_for_one_invoice_pays_another_only_if_that_is_meant(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (meant, other) = (shop.invoice(100).await, shop.invoice(50).await);
        let slip = payment("frm_a_digit_too_many", "120");
        let Err(HandError::Fields(errors)) = record(&shop, meant, &slip).await else { panic!() };
        assert_eq!(errors.of("more"), Some(&FieldProblem::MoreThanInvoice { rest: euros(20) }));
        // Paid by somebody else meanwhile: all of it would go elsewhere.
        record(&shop, meant, &payment("frm_from_a_colleague", "100")).await.unwrap();
        let Err(HandError::Fields(errors)) = record(&shop, meant, &payment("frm_the_same_cheque", "50")).await else { panic!() };
        assert_eq!(errors.of("more"), Some(&FieldProblem::MoreThanInvoice { rest: euros(50) }));
        assert_eq!(shop.balance(other).await.open, euros(50));
        record(&shop, meant, &PaymentInput { despite_more: true, ..slip }).await.unwrap();
        assert_eq!((shop.balance(other).await.open, shop.credit_cents().await), (euros(0), 7_000));
    }

    async fn a_form_that_did_its_work_does_nothing_else_and_says_so(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let first = payment("frm_used_already", "40");
        let booked = record(&shop, invoice, &first).await.unwrap();
        assert_eq!(record(&shop, invoice, &first).await.unwrap(), booked, "a double click");
        let another = PaymentInput { note: "cheque 2".to_owned(), ..first.clone() };
        for second in [payment("frm_used_already", "30"), another] {
            let Err(HandError::Fields(errors)) = record(&shop, invoice, &second).await else { panic!() };
            assert_eq!(errors.of("entry"), Some(&FieldProblem::SentBefore));
        }
        let note = |amount: &str| CreditNoteInput {
            form: "frm_a_credit_note".to_owned(),
            amount: amount.to_owned(),
            reason: "Too dear".to_owned(),
            ..CreditNoteInput::default()
        };
        let issue = async |amount| credit_notes::issue(shop.env(), &shop.owner, invoice, &note(amount)).await;
        let issued = issue("10").await.unwrap();
        assert_eq!(issue("10").await.unwrap(), issued);
        let Err(CreditNoteError::Fields(errors)) = issue("11").await else { panic!() };
        assert_eq!(errors.of("entry"), Some(&FieldProblem::SentBefore));
        assert_eq!(shop.balance(invoice).await.open, euros(50));
        shop.assert_sound().await;
    }

    async fn who_has_the_receipt_of_a_payment_that_was_a_mistake_hears_of_it(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (read, unread) = (shop.invoice(100).await, shop.invoice(100).await);
        let first = record(&shop, read, &payment("frm_a_mistake", "100")).await.unwrap();
        workers::outbox::run_once(shop.env()).await.unwrap();
        let second = record(&shop, unread, &payment("frm_another_one", "100")).await.unwrap();
        for payment in [first, second] {
            by_hand::take_back(shop.env(), &shop.owner, payment, "another customer's").await.unwrap();
        }
        let mut mails: Vec<_> = shop.mails().await.into_iter().map(|mail| (mail.kind, mail.invoice, mail.state)).collect();
        mails.sort_by_key(|(kind, invoice, _)| (kind.as_str(), *invoice));
        let mut expected = [
            (MessageKind::Corrected, Some(read), MessageState::Queued),
            (MessageKind::Receipt, Some(read), MessageState::Sent),
            (MessageKind::Receipt, Some(unread), MessageState::Cancelled),
        ];
        expected.sort_by_key(|(kind, invoice, _)| (kind.as_str(), *invoice));
        assert_eq!(mails, expected);
        workers::outbox::run_once(shop.env()).await.unwrap();
        assert!(shop.mails().await.iter().any(|mail| mail.kind == MessageKind::Corrected && mail.state == MessageState::Sent));
    }

    async fn a_small_rest_is_given_up_only_where_the_business_said_so(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (before, after, larger) = (shop.invoice(100).await, shop.invoice(100).await, shop.invoice(100).await);
        record(&shop, before, &payment("frm_before_the_rule", "99.50")).await.unwrap();
        assert_eq!(shop.balance(before).await.open.minor(), 50, "off unless switched on");

        let set = async |typed: &str| credit::set_small_balance(shop.env(), &shop.owner, typed, None).await;
        assert!(matches!(set("100.01").await, Err(CreditError::Fields(_))), "no more than a hundred");
        set("0.50").await.unwrap();
        record(&shop, after, &payment("frm_after_the_rule", "99.50")).await.unwrap();
        assert_eq!(standing(&shop, after).await, Standing::WrittenOff);
        record(&shop, larger, &payment("frm_a_larger_rest", "99.49")).await.unwrap();
        assert_eq!(shop.balance(larger).await.open.minor(), 51);
        set("").await.unwrap();
        assert_eq!(credit::small_balance(shop.env(), &shop.owner).await.unwrap().0, None);
        shop.assert_sound().await;
    }
}
