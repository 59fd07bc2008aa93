//! Money that members write down, take back, use, pay out and give up.

use app::console::Done;
use app::console::credit_note as credit_note_page;
use app::console::money::{
    self as page, CreditRow, CustomerMoneyPage, Found, InvoiceMoneyPage, MoneyPage, PaymentRow,
};
use app::form::Form;
use axum::http::StatusCode;
use domain::ledger::Provider;
use domain::payment::Method;
use domain::refund::RefundState;
use domain::time::civil_date;
use domain::{CustomerId, DraftId, InvoiceId, Locale, Money, Permission, TransferId};
use store::ledger::credits::Payment;

use super::super::form::Fields;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, pages, respond};
use super::{after, around};
use crate::operations::payments::by_hand::{self, For, HandError, PaymentInput};
use crate::operations::payments::credit::{self, CreditError, Paid, PayOutInput, WriteOffInput};
use crate::operations::payments::credit_notes::{self, CreditNoteError, CreditNoteInput};
use crate::operations::payments::give_back::{self, GiveBackError, GiveBackInput};
use crate::operations::payments::reconcile::{self, Compared};

/// `GET /console/money`
pub async fn list(request: Request) -> Answer {
    show_list(&request, None).await
}

/// `POST /console/money/compare`: changes nothing that a reader would see twice, so what it found is its answer.
pub async fn compare(request: Request) -> Answer {
    let (business, _) = request.principal.member_with(Permission::RecordPayments)?;
    let compared = reconcile::reconcile(request.env(), &request.principal, business).await?;
    show_list(&request, Some(compared)).await
}

async fn show_list(request: &Request, compared: Option<Compared>) -> Answer {
    let rows = credit::waiting(request.env(), &request.principal).await?;
    let last = reconcile::last(request.env(), &request.principal).await?;
    let (frame, signed) = around(request)?;
    let rows =
        rows.into_iter().map(|(customer, name, amount)| (customer, name.into_string(), amount)).collect();
    let view = MoneyPage {
        rows,
        compared: last.map(|last| (last.read_until, u32::try_from(last.drift).unwrap_or(u32::MAX))),
        found: compared.map(|compared| Found {
            objects: compared.objects,
            healed: compared.healed,
            drift: compared
                .drift
                .into_iter()
                .map(|difference| (difference.reference, difference.at_provider, difference.in_books))
                .collect(),
        }),
    };
    Ok(respond::html(StatusCode::OK, page::list(&frame, &signed, &view)))
}

/// What a fresh form is known by: sent twice, it books once.
pub(in crate::web) fn entry(request: &Request) -> String {
    request.env().new_id::<DraftId>().to_string()
}

/// A form that records a payment of `amount`, as it is first shown.
fn fresh(request: &Request, amount: Option<Money>, locale: Locale, today: domain::Date) -> Form {
    let amount = amount.filter(|amount| amount.is_positive());
    let amount =
        amount.map(|amount| locale.decimal(amount.minor(), amount.currency().exponent())).unwrap_or_default();
    let business = request.signed_in.as_ref().map(|member| member.business.currency.code());
    Form::filled([
        ("entry", entry(request)),
        ("amount_received", amount),
        ("currency", business.unwrap_or_default().to_owned()),
        ("paid_by", Method::Manual.as_str().to_owned()),
        ("received_on", today.to_string()),
    ])
}

/// `GET /console/invoices/{invoice}/money`
pub async fn of_invoice(request: Request) -> Answer {
    show_invoice(&request, request.id("invoice")?, false, StatusCode::OK).await
}

async fn show_invoice(
    request: &Request,
    id: InvoiceId,
    cannot_write_off: bool,
    status: StatusCode,
) -> Answer {
    let found = credit::of_invoice(request.env(), &request.principal, id).await?;
    let form = kept_forms::recall(request, &format!("payment {id}")).await?;
    let write_off_form = kept_forms::recall(request, &format!("write-off {id}")).await?;
    let creditable = credit_notes::creditable(request.env(), &request.principal, id).await?;
    let notes = credit_notes::of_invoice(request.env(), &request.principal, id).await?;
    let credit_form = kept_forms::recall(request, &format!("credit-note {id}")).await?;
    let (frame, signed) = around(request)?;
    let payable = found.balance.balance.payable();
    let fresh_credit = || Form::filled([("entry", entry(request))]);
    let view = InvoiceMoneyPage {
        invoice: id,
        number: found.balance.number,
        open: found.balance.balance.open,
        processing: found.balance.balance.processing,
        form: form.unwrap_or_else(|| fresh(request, Some(payable), frame.locale, found.today)),
        write_off_form: write_off_form.unwrap_or_default(),
        creditable,
        credit_notes: notes
            .into_iter()
            .map(|note| (note.id, note.number.to_string(), note.issued_on, note.totals.total))
            .collect(),
        credit_form: credit_form.unwrap_or_else(fresh_credit),
        cannot_write_off,
    };
    Ok(respond::html(status, page::of_invoice(&frame, &signed, &view)))
}

/// `GET /console/customers/{customer}/money`
pub async fn of_customer(request: Request) -> Answer {
    show_customer(&request, request.id("customer")?, false, StatusCode::OK).await
}

async fn show_customer(request: &Request, id: CustomerId, gone: bool, status: StatusCode) -> Answer {
    let found = credit::of_customer(request.env(), &request.principal, id).await?;
    let form = kept_forms::recall(request, &format!("payment {id}")).await?;
    let pay_out_form = kept_forms::recall(request, &format!("pay-out {id}")).await?;
    let refund_form = kept_forms::recall(request, &format!("refund {id}")).await?;
    let (frame, signed) = around(request)?;
    let zone = signed.zone;
    let view = CustomerMoneyPage {
        customer: id,
        name: found.name.into_string(),
        credits: found
            .credits
            .into_iter()
            .map(|credit| CreditRow {
                amount: credit.amount,
                under_review: credit.under_review,
                payable: credit
                    .payable
                    .into_iter()
                    .map(|item| (item.invoice, item.number, item.due_on, item.open, item.share))
                    .collect(),
            })
            .collect(),
        payments: found
            .payments
            .into_iter()
            .map(|Paid { payment, used_for, refundable, refunds, dispute }| PaymentRow {
                id: payment.id,
                used_for,
                refundable: Some(refundable).filter(|left| left.is_positive()),
                refunds: refunds
                    .into_iter()
                    .map(|refund| (refund.amount, refund.state, refund.reason))
                    .collect(),
                dispute,
                came_again: payment.provider == Provider::Stripe && !payment.reference.starts_with("pi_"),
                on: civil_date(payment.happened_at, zone),
                method: how(&payment),
                reference: Some(payment.reference).filter(|_| payment.provider == Provider::Stripe),
                amount: payment.amount,
                returned: payment.reversed,
                note: payment.by_hand.map(|by_hand| by_hand.note).unwrap_or_default(),
                author: payment.author.map(domain::Name::into_string),
                can_take_back: matches!(payment.provider, Provider::Hand | Provider::BankStatement),
            })
            .collect(),
        form: form.unwrap_or_else(|| fresh(request, None, frame.locale, signed.today)),
        pay_out_form: pay_out_form.unwrap_or_else(|| Form::filled([("entry", entry(request))])),
        refund_form: refund_form.unwrap_or_else(|| Form::filled([("entry", entry(request))])),
        gone,
    };
    Ok(respond::html(status, page::of_customer(&frame, &signed, &view)))
}

/// How a payment came, as far as that is known: what a customer transferred to the account that the provider keeps for them has no
/// attempt of ours.
fn how(payment: &Payment) -> Option<Method> {
    let transferred = payment.provider == Provider::Stripe && payment.reference.starts_with("pi_");
    let by_hand = payment.by_hand.as_ref().map(|by_hand| by_hand.method);
    by_hand.or(payment.method).or(transferred.then_some(Method::BankTransfer))
}

fn typed(request: &Request, form: &Fields) -> Result<PaymentInput, Problem> {
    Ok(PaymentInput {
        form: form.text("entry"),
        amount: form.text("amount_received"),
        currency: form.text("currency"),
        locale: Some(locale_of(request)?),
        method: form.text("paid_by"),
        received_on: form.text("received_on"),
        note: form.text("payment_note"),
        despite_more: form.get("more") == Some("yes"),
    })
}

/// How whoever typed writes numbers.
fn locale_of(request: &Request) -> Result<Locale, Problem> {
    let member = request.signed_in.as_ref().ok_or(Problem::Internal)?;
    Ok(pages::members_locale(request, &member.business))
}

/// `POST /console/invoices/{invoice}/payments`
pub async fn record_for_invoice(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let page = format!("/console/invoices/{id}");
    record(&request, For::Invoice(id), &format!("payment {id}"), &page).await
}

/// `POST /console/customers/{customer}/payments`
pub async fn record_for_customer(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let page = format!("/console/customers/{id}/money");
    record(&request, For::Customer(id), &format!("payment {id}"), &page).await
}

async fn record(request: &Request, from: For, name: &str, done: &str) -> Answer {
    let input = typed(request, &request.form)?;
    match by_hand::record_payment(request.env(), &request.principal, from, &input).await {
        Ok(_payment) => Ok(respond::see_other(&after(done, Done::PaymentRecorded))),
        Err(HandError::Fields(errors)) => {
            let back = format!("{}/money", done.trim_end_matches("/money"));
            kept_forms::refuse(request, name, &back, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/payments/{payment}/take-back`
pub async fn take_back(request: Request) -> Answer {
    let id: TransferId = request.id("payment")?;
    let reason = request.form.text("reason");
    match by_hand::take_back(request.env(), &request.principal, id, &reason).await {
        Ok(customer) => {
            let page = format!("/console/customers/{customer}/money");
            Ok(respond::see_other(&after(&page, Done::PaymentTakenBack)))
        }
        Err(HandError::Gone) => Err(Problem::Conflict),
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/payments/{payment}/refund`
pub async fn refund(request: Request) -> Answer {
    let payment: TransferId = request.id("payment")?;
    let form = &request.form;
    let customer: CustomerId = form.text("customer").parse().map_err(|_| Problem::NotFound)?;
    let page = format!("/console/customers/{customer}/money");
    let input = GiveBackInput {
        form: form.text("entry"),
        amount: form.text("amount_refunded"),
        locale: Some(locale_of(&request)?),
        reason: form.text("reason"),
    };
    match give_back::give_back(request.env(), &request.principal, payment, &input).await {
        Ok(refund) => Ok(respond::see_other(&match refund.state {
            RefundState::Pending | RefundState::Succeeded => after(&page, Done::Refunded),
            RefundState::Asked => after(&page, Done::RefundAsked),
            // The page says so where the refund stands.
            RefundState::Refused | RefundState::Failed => page,
        })),
        Err(GiveBackError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("refund {customer}"), &page, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/customers/{customer}/credit`
pub async fn apply(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let page = format!("/console/customers/{id}/money");
    let chosen: Vec<InvoiceId> = request.form.all("invoice").filter_map(|id| id.parse().ok()).collect();
    match credit::apply(request.env(), &request.principal, id, &chosen).await {
        Ok(()) => Ok(respond::see_other(&after(&page, Done::CreditUsed))),
        // Nothing was ticked: the page is as it was.
        Err(CreditError::Fields(_)) => Ok(respond::see_other(&page)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/customers/{customer}/pay-out`
pub async fn pay_out(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let page = format!("/console/customers/{id}/money");
    let form = &request.form;
    let input = PayOutInput {
        form: form.text("entry"),
        amount: form.text("amount_paid_out"),
        currency: form.text("currency"),
        locale: Some(locale_of(&request)?),
        note: form.text("payment_note"),
    };
    match credit::pay_out(request.env(), &request.principal, id, &input).await {
        Ok(()) => Ok(respond::see_other(&after(&page, Done::Saved))),
        Err(CreditError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("pay-out {id}"), &page, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/invoices/{invoice}/write-off`
pub async fn write_off(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let page = format!("/console/invoices/{id}");
    let input = WriteOffInput {
        amount: request.form.text("amount_written_off"),
        locale: Some(locale_of(&request)?),
        reason: request.form.text("reason"),
    };
    match credit::write_off(request.env(), &request.principal, id, &input).await {
        Ok(()) => Ok(respond::see_other(&after(&page, Done::WrittenOff))),
        Err(CreditError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("write-off {id}"), &format!("{page}/money"), &errors).await
        }
        Err(CreditError::NothingToWriteOff) => show_invoice(&request, id, true, StatusCode::CONFLICT).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/invoices/{invoice}/credit-notes`
pub async fn issue_credit_note(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let page = format!("/console/invoices/{id}");
    let input = CreditNoteInput {
        form: request.form.text("entry"),
        amount: request.form.text("amount_credited"),
        locale: Some(locale_of(&request)?),
        reason: request.form.text("reason"),
    };
    match credit_notes::issue(request.env(), &request.principal, id, &input).await {
        Ok(_note) => Ok(respond::see_other(&after(&page, Done::CreditNoteIssued))),
        Err(CreditNoteError::Fields(errors)) => {
            let back = format!("{page}/money");
            kept_forms::refuse(&request, &format!("credit-note {id}"), &back, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/invoices/{invoice}/credit-notes/{credit_note}`
pub async fn credit_note(request: Request) -> Answer {
    let (invoice, note) = (request.id("invoice")?, request.id("credit_note")?);
    let sheet = credit_notes::shown(request.env(), &request.principal, invoice, note).await?;
    let (frame, signed) = around(&request)?;
    Ok(respond::html(StatusCode::OK, credit_note_page::page(&frame, &signed, &sheet)))
}

/// `POST /console/settings/bank/small-balance`
pub async fn set_small_balance(request: Request) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let typed = request.form.text("small_balance");
    let page = app::console::bank_accounts::PATH;
    match credit::set_small_balance(env, principal, &typed, Some(locale_of(&request)?)).await {
        Ok(()) => Ok(respond::see_other(&after(page, Done::Saved))),
        Err(CreditError::Fields(errors)) => {
            kept_forms::refuse(&request, "small-balance", page, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}
