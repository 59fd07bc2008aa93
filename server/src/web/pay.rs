//! Paying: choosing how and how much, going to the provider's page, coming back.

use app::form::Form;
use app::portal::pay::{self as page, OwnAccount, PayPage, PayTrouble};
use app::portal::returned::{self as returned_page, Outcome, ReturnedPage};
use axum::http::StatusCode;
use domain::bank::reference::CreditorReference;
use domain::payment::{AttemptState, Method};
use domain::time::{add_days, civil_date};
use domain::{AttemptId, Currency, FieldErrors, FieldProblem, InvoiceId, Money};
use store::attempts::Attempt;
use store::identity::Business;

use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::{kept_forms, pages, respond};
use crate::operations::payments::{self, ReturnedError, StartError, StartPayment};
use crate::operations::portal::{self, View};

/// `GET /i/{invoice}/pay`
pub async fn choose(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let form = kept_forms::recall(&request, &kept_name(id)).await?.unwrap_or_default();
    show(&request, id, Shown { form, ..Shown::default() }, StatusCode::OK).await
}

/// `POST /i/{invoice}/pay`: makes an attempt and leads to the provider's page.
pub async fn begin(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let back = format!("/i/{id}/pay");
    let Some(method) = request.form.get("method").and_then(Method::from_name) else {
        let errors = FieldErrors::one("method", FieldProblem::Required);
        return kept_forms::refuse(&request, &kept_name(id), &back, &errors).await;
    };
    let is_part = request.form.get("share") == Some("part");
    // The operation takes nothing typed for everything; whoever chose a part meant to name one.
    if is_part && request.form.text("amount").trim().is_empty() {
        let errors = FieldErrors::one("amount", FieldProblem::Required);
        return kept_forms::refuse(&request, &kept_name(id), &back, &errors).await;
    }
    let view = portal::view(request.env(), &request.principal, id).await?;
    let wanted = StartPayment {
        invoices: vec![id],
        amount: is_part.then(|| request.form.text("amount")),
        locale: view.locale,
        method,
        despite_processing: request.form.get("confirm") == Some("yes"),
    };
    let typed = || Form::filled(request.form.iter());
    let again = |trouble| Shown { form: typed(), trouble: Some(trouble), ..Shown::default() };
    match payments::start(request.env(), &request.principal, &wanted).await {
        Ok(started) => Ok(respond::see_other(&started.url)),
        Err(StartError::Fields(errors)) => kept_forms::refuse(&request, &kept_name(id), &back, &errors).await,
        Err(StartError::OnItsWay { .. }) => {
            let shown = Shown { form: typed(), asks_to_confirm: true, ..Shown::default() };
            show(&request, id, shown, StatusCode::OK).await
        }
        // Paid, voided or taken off the list while the page was open: the invoice says how it stands.
        Err(StartError::NothingOpen) => Ok(respond::see_other(&format!("/i/{id}"))),
        Err(StartError::MethodNotOffered | StartError::SeveralCurrencies) => {
            let errors = FieldErrors::one("method", FieldProblem::ChoiceUnknown);
            kept_forms::refuse(&request, &kept_name(id), &back, &errors).await
        }
        Err(StartError::Busy) => show(&request, id, again(PayTrouble::Unknown), StatusCode::CONFLICT).await,
        Err(StartError::Refused { code }) => {
            tracing::warn!(code, "the provider refused a payment");
            show(&request, id, again(PayTrouble::Refused), StatusCode::CONFLICT).await
        }
        Err(StartError::Unavailable) => {
            show(&request, id, again(PayTrouble::NotReached), StatusCode::SERVICE_UNAVAILABLE).await
        }
        Err(StartError::NotPermitted(_) | StartError::NotFound) => Err(Problem::NotFound),
        Err(StartError::Money(error)) => {
            tracing::error!(%error, "an amount cannot be calculated with");
            Err(Problem::Internal)
        }
        Err(StartError::Store(error)) => Err(error.into()),
    }
}

/// What the page shows besides the invoice, right after something was tried.
#[derive(Default)]
struct Shown {
    form: Form,
    asks_to_confirm: bool,
    trouble: Option<PayTrouble>,
}

async fn show(request: &Request, id: InvoiceId, shown: Shown, status: StatusCode) -> Answer {
    let View { business, locale, today, agreed_method, sheet, .. } =
        portal::view(request.env(), &request.principal, id).await?;
    let payable = sheet.balance.payable();
    // Nothing to pay, or an invoice that was never due: its own page says how it stands.
    let (Some(number), Some(due_on)) = (&sheet.number, sheet.due_on) else { return Err(Problem::NotFound) };
    if !payable.is_positive() && !sheet.balance.processing.is_positive() {
        return Ok(respond::see_other(&format!("/i/{id}")));
    }
    let takes_transfers = sheet.methods.iter().any(|method| !method.is_through_provider());
    let methods: Vec<Method> =
        sheet.methods.iter().copied().filter(|method| method.is_through_provider()).collect();
    let view = PayPage {
        invoice: id,
        number: number.to_string(),
        title: sheet.title.as_ref().map(ToString::to_string),
        business: sheet.business.clone(),
        due_on,
        today,
        payable,
        processing: sheet.balance.processing,
        smallest: smallest(payable),
        first_is_agreed: agreed_method.is_some() && methods.first() == agreed_method.as_ref(),
        methods,
        own_account: own_account(&business, sheet.currency, number.as_str()).filter(|_| takes_transfers),
        form: shown.form,
        asks_to_confirm: shown.asks_to_confirm,
        trouble: shown.trouble,
    };
    Ok(respond::html(status, page::page(&pages::frame(request, locale), &view)))
}

/// The smallest part that can be paid: the provider's least amount, or all of it where that is less.
fn smallest(payable: Money) -> Money {
    let least = Money::new(payable.currency().stripe_minimum_minor(), payable.currency()).unwrap_or(payable);
    least.smaller(payable).unwrap_or(payable)
}

/// The business's own account in this currency, with the reference that the money finds its invoice by.
fn own_account(business: &Business, currency: Currency, number: &str) -> Option<OwnAccount> {
    let account = business.bank_account(currency)?.clone();
    Some(OwnAccount { account, reference: CreditorReference::of_number(number) })
}

/// `GET /i/{invoice}/return`: a hint that something happened, no more. The operation asks the provider.
pub async fn come_back(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let attempt: AttemptId =
        request.query.get("attempt").and_then(|id| id.parse().ok()).ok_or(Problem::NotFound)?;
    let found = match payments::returned(request.env(), &request.principal, attempt).await {
        Ok(found) => found,
        Err(ReturnedError::NotPermitted(_) | ReturnedError::NotFound) => return Err(Problem::NotFound),
        Err(ReturnedError::Store(error)) => return Err(error.into()),
    };
    if !found.invoices.contains(&id) {
        return Err(Problem::NotFound);
    }
    let view = portal::view(request.env(), &request.principal, id).await?;
    let page = ReturnedPage {
        invoice: id,
        number: view.sheet.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        business: view.sheet.business.clone(),
        outcome: outcome(&found.attempt, found.fresh, &view),
        open: view.sheet.balance.open,
    };
    Ok(respond::html(StatusCode::OK, returned_page::page(&pages::frame(&request, view.locale), &page)))
}

fn outcome(attempt: &Attempt, fresh: bool, view: &View) -> Outcome {
    let amount = attempt.amount;
    match &attempt.state {
        AttemptState::Succeeded { .. } => Outcome::Paid {
            amount,
            receipt_to: view.sheet.customer.email.as_ref().map(domain::EmailAddress::masked),
        },
        AttemptState::Processing { .. } => {
            let since = civil_date(attempt.changed_at, view.business.time_zone);
            let (_, longest) = attempt.method.settles_in_days();
            Outcome::Processing { amount, settles_about: Some(add_days(since, i64::from(longest))) }
        }
        AttemptState::Failed { code } => Outcome::Failed {
            amount,
            code: *code,
            other_methods: view
                .sheet
                .methods
                .iter()
                .copied()
                .filter(|method| *method != attempt.method && method.is_through_provider())
                .collect(),
        },
        // The provider was asked and knows of no payment.
        AttemptState::Open { .. } | AttemptState::Expired if fresh => Outcome::NotPaid { amount },
        AttemptState::Expired => Outcome::NotPaid { amount },
        AttemptState::Creating | AttemptState::Open { .. } | AttemptState::Unknown => {
            Outcome::Checking { amount }
        }
    }
}

fn kept_name(invoice: InvoiceId) -> String {
    format!("pay {invoice}")
}
