//! Several invoices of a customer, paid at once.

use app::form::Form;
use app::portal::pay::{OwnAccount, PayTrouble, Reference};
use app::portal::pay_several::{self as page, PaySeveralPage, Payable};
use app::portal::transfer::{self, TransferPage};
use domain::bank::BankAccount;
use domain::payment::Method;
use domain::sheet::Party;
use domain::{Currency, CustomerId, FieldErrors, FieldProblem, InvoiceId, Locale, Money};

use super::{
    Refused, ask, charged, chosen_method, entry, keeping, kept_for_this, refused, status, to_keep,
    wants_all_the_same, wants_to_change,
};
use crate::operations::invoices::Other;
use crate::operations::payments::cash::{self, ToTransfer};
use crate::operations::payments::{self, StartPayment, Wanted};
use crate::operations::portal::{self, OpenInvoices};
use crate::web::problem::Problem;
use crate::web::request::Request;
use crate::web::routes::Answer;
use crate::web::{code, kept_forms, pages, respond};

/// `GET /c/{customer}/pay`: everything that can be paid in one currency.
pub async fn choose(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let currency = request.query.get("currency").and_then(Currency::from_code).ok_or(Problem::NotFound)?;
    let form = kept_forms::recall(&request, &kept_name(customer)).await?.unwrap_or_default();
    show(&request, customer, currency, form, None).await
}

/// `POST /c/{customer}/pay`: makes one attempt for all that was chosen and leads to the provider's page, or says what to
/// transfer.
pub async fn begin(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let currency = request.form.get("currency").and_then(Currency::from_code).ok_or(Problem::NotFound)?;
    let (back, kept) = (format!("/c/{customer}/pay?currency={currency}"), kept_name(customer));
    if wants_to_change(&request) {
        return kept_forms::refuse(&request, &kept, &back, &FieldErrors::new()).await;
    }
    let mut shares = Vec::new();
    for id in request.form.all("invoice") {
        let invoice: InvoiceId = id.parse().map_err(|_| Problem::NotFound)?;
        shares.push(Wanted { invoice, amount: Some(request.form.text(&Payable::amount_field(invoice))) });
    }
    let chosen = chosen_method(&request).await?;
    if let Some((_, Some(_))) = chosen {
        // What is kept is charged what the page showed, and no more.
        for share in &mut shares {
            let typed = share.amount.take().filter(|typed| !typed.trim().is_empty());
            share.amount = typed.or_else(|| Some(request.form.text(&Payable::shown_field(share.invoice))));
        }
    }
    let mut errors = FieldErrors::new();
    if shares.is_empty() {
        errors.push("invoice", FieldProblem::Required);
    }
    let Some((method, with)) = chosen.filter(|_| !shares.is_empty()) else {
        if chosen.is_none() {
            errors.push("method", FieldProblem::Required);
        }
        return kept_forms::refuse(&request, &kept, &back, &errors).await;
    };
    let found = portal::open_invoices(request.env(), &request.principal, customer).await?;
    let keep = match to_keep(&request, found.locale, &found.business, method, with) {
        Ok(keep) => keep,
        Err(errors) => return kept_forms::refuse(&request, &kept, &back, &errors).await,
    };
    if (keep.is_some() || with.is_some())
        && let Some(page) = code::ask_first(&request).await?
    {
        return Ok(page);
    }
    let despite_excess = wants_all_the_same(&request);
    let with = with.map(|saved| charged(&request, saved));
    let wanted = StartPayment { shares, locale: found.locale, method, despite_excess, with, keep };
    let outcome = if method == Method::BankTransfer {
        match cash::to_transfer(request.env(), &request.principal, &wanted).await {
            Ok(ToTransfer { parts, account }) => {
                let from = transfer::From::All(customer);
                return to_transfer(&request, found.locale, found.business, from, parts, account, true);
            }
            Err(error) => error,
        }
    } else if method.is_through_provider() {
        match payments::start(request.env(), &request.principal, &wanted).await {
            Ok(started) => return Ok(respond::see_other(&started.url)),
            Err(error) => error,
        }
    } else {
        match payments::of_transfer(request.env(), &request.principal, &wanted).await {
            Ok(parts) => return own_account(&request, found, parts),
            Err(error) => error,
        }
    };
    match refused(outcome, Payable::amount_field, "invoice")? {
        Refused::Fields(errors) => kept_forms::refuse(&request, &kept, &back, &errors).await,
        Refused::Ask(excess) => {
            let action = format!("/c/{customer}/pay");
            Ok(ask(&request, found.locale, found.business, action, excess))
        }
        // All of it was paid while the page was open.
        Refused::Settled => Ok(respond::see_other(&format!("/c/{customer}"))),
        Refused::Trouble(trouble) => {
            show(&request, customer, currency, Form::filled(request.form.iter()), Some(trouble)).await
        }
    }
}

/// What to transfer to the business's own account.
fn own_account(request: &Request, found: OpenInvoices, parts: Vec<(String, Money)>) -> Answer {
    let currency = parts.first().map(|(_, amount)| amount.currency()).ok_or(Problem::NotFound)?;
    let account = found.bank_accounts.into_iter().find(|account| account.currency == currency);
    let account = account.ok_or(Problem::NotFound)?;
    let from = transfer::From::All(found.customer);
    to_transfer(request, found.locale, found.business, from, parts, account, false)
}

/// What to transfer, and where: nothing is begun, the money finds its invoices by their references.
pub(super) fn to_transfer(
    request: &Request,
    locale: Locale,
    business: Party,
    from: transfer::From,
    parts: Vec<(String, Money)>,
    account: BankAccount,
    kept_for_them: bool,
) -> Answer {
    let amount = Money::sum(account.currency, parts.iter().map(|(_, amount)| *amount));
    let amount = amount.map_err(|_| Problem::Internal)?;
    let references = parts.iter().map(|(number, _)| Reference::of_number(number.as_str())).collect();
    let own_account = OwnAccount { account, references };
    let view = TransferPage { from, kept_for_them, business, parts, amount, own_account };
    Ok(respond::html(status(None), transfer::page(&pages::frame(request, locale), &view)))
}

async fn show(
    request: &Request,
    customer: CustomerId,
    currency: Currency,
    form: Form,
    trouble: Option<PayTrouble>,
) -> Answer {
    let found = portal::open_invoices(request.env(), &request.principal, customer).await?;
    let payable: Vec<&Other> = found
        .open
        .iter()
        .filter(|invoice| invoice.can_pay() && invoice.balance.open.currency() == currency)
        .collect();
    // Paid meanwhile: the page of all says how it stands.
    if payable.is_empty() {
        return Ok(respond::see_other(&format!("/c/{customer}")));
    }
    let mut methods: Vec<Method> = Vec::new();
    for method in payable.iter().flat_map(|invoice| &invoice.methods) {
        if !methods.contains(method) {
            methods.push(*method);
        }
    }
    let agreed = found.agreed_method.filter(|agreed| methods.contains(agreed));
    methods.sort_by_key(|method| Some(*method) != agreed);
    let view = PaySeveralPage {
        customer,
        business: found.business.clone(),
        today: found.today,
        currency,
        payable: payable
            .into_iter()
            .map(|invoice| Payable {
                id: invoice.id,
                number: invoice.number.to_string(),
                title: invoice.title.as_ref().map(ToString::to_string),
                due_on: invoice.due_on,
                standing: invoice.standing,
                offered: invoice.balance.payable(),
                only_by: if methods.iter().all(|method| invoice.methods.contains(method)) {
                    Vec::new()
                } else {
                    invoice.methods.clone()
                },
            })
            .collect(),
        saved: kept_for_this(request, &methods).await?.0,
        entry: entry(request, &form),
        consent: keeping(&methods, found.locale, &found.business),
        methods,
        first_is_agreed: agreed.is_some(),
        form,
        trouble,
    };
    Ok(respond::html(status(trouble), page::page(&pages::frame(request, found.locale), &view)))
}

fn kept_name(customer: CustomerId) -> String {
    format!("pay several {customer}")
}
