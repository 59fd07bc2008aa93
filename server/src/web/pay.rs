//! Paying: choosing how and how much, going to the provider's page, coming back.
//!
//! One invoice is paid from its own page (here), several at once from the page of all ([`several`]). Both ask about more
//! than is open once, and come back the same way ([`back`]).

pub mod back;
pub mod several;

use app::form::Form;
use app::portal::more_than_open::{self, MoreThanOpenPage};
use app::portal::pay::{self as page, OwnAccount, PayPage, PayTrouble, Reference};
use app::portal::saved_methods::{AGREED, ConsentBox, SavedMethodRow};
use app::portal::transfer::From;
use axum::http::StatusCode;
use domain::payment::{self as rules, Method};
use domain::sheet::Party;
use domain::{FieldErrors, FieldProblem, InvoiceId, Locale, Money, SavedMethodId};

use super::console::money;
use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::{code, kept_forms, pages, respond, saved_methods};
use crate::operations::payments::cash::{self, ToTransfer};
use crate::operations::payments::saved::{self, Consent};
use crate::operations::payments::{self, StartError, StartPayment, Wanted, With};
use crate::operations::portal::{self, View};

/// `GET /i/{invoice}/pay`
pub async fn choose(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let form = kept_forms::recall(&request, &kept_name(id)).await?.unwrap_or_default();
    show(&request, id, form, None).await
}

/// `POST /i/{invoice}/pay`: makes an attempt and leads to the provider's page, or says what to transfer.
pub async fn begin(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let (back, kept) = (format!("/i/{id}/pay"), kept_name(id));
    if wants_to_change(&request) {
        return kept_forms::refuse(&request, &kept, &back, &FieldErrors::new()).await;
    }
    let Some((method, with)) = chosen_method(&request).await? else {
        let errors = FieldErrors::one("method", FieldProblem::ChoiceUnknown);
        return kept_forms::refuse(&request, &kept, &back, &errors).await;
    };
    let is_part = request.form.get("share") == Some("part");
    // The operation takes nothing typed for everything; whoever chose a part meant to name one.
    if is_part && request.form.text("amount").trim().is_empty() {
        let errors = FieldErrors::one("amount", FieldProblem::Required);
        return kept_forms::refuse(&request, &kept, &back, &errors).await;
    }
    let view = portal::view(request.env(), &request.principal, id).await?;
    let keep = match to_keep(&request, view.locale, &view.sheet.business, method, with) {
        Ok(keep) => keep,
        Err(errors) => return kept_forms::refuse(&request, &kept, &back, &errors).await,
    };
    if (keep.is_some() || with.is_some())
        && let Some(page) = code::ask_first(&request).await?
    {
        return Ok(page);
    }
    // What is kept is charged what the page showed, and no more.
    let amount = match (is_part, with.is_some()) {
        (true, _) => Some(request.form.text("amount")),
        (false, true) => Some(request.form.text(page::SHOWN)),
        (false, false) => None,
    };
    let wanted = StartPayment {
        shares: vec![Wanted { invoice: id, amount }],
        locale: view.locale,
        method,
        despite_excess: wants_all_the_same(&request),
        with: with.map(|saved| charged(&request, saved)),
        keep,
    };
    let error = if method == Method::BankTransfer {
        match cash::to_transfer(request.env(), &request.principal, &wanted).await {
            Ok(ToTransfer { parts, account }) => {
                let number = view.sheet.number.as_ref().map(ToString::to_string).unwrap_or_default();
                let (from, business) = (From::One(id, number), view.sheet.business);
                return several::to_transfer(&request, view.locale, business, from, parts, account, true);
            }
            Err(error) => error,
        }
    } else {
        match payments::start(request.env(), &request.principal, &wanted).await {
            Ok(started) => return Ok(respond::see_other(&started.url)),
            Err(error) => error,
        }
    };
    match refused(error, |_| "amount".to_owned(), "amount")? {
        Refused::Fields(errors) => kept_forms::refuse(&request, &kept, &back, &errors).await,
        Refused::Ask(excess) => Ok(ask(&request, view.locale, view.sheet.business, back, excess)),
        // Paid, voided or taken off the list while the page was open: the invoice says how it stands.
        Refused::Settled => Ok(respond::see_other(&format!("/i/{id}"))),
        Refused::Trouble(trouble) => {
            show(&request, id, Form::filled(request.form.iter()), Some(trouble)).await
        }
    }
}

/// How the payer wants to pay: a way to pay by its name, or one that they keep by its id. What is gone since is no choice.
async fn chosen_method(request: &Request) -> Result<Option<(Method, Option<SavedMethodId>)>, Problem> {
    let Some(chosen) = request.form.get("method") else { return Ok(None) };
    if let Some(method) = Method::from_name(chosen) {
        return Ok(Some((method, None)));
    }
    let Ok(id) = chosen.parse::<SavedMethodId>() else { return Ok(None) };
    let kept = saved::usable(request.env(), &request.principal, &Method::CHOOSABLE).await?;
    let found = kept.methods.into_iter().find(|kept| kept.id == id);
    Ok(found.map(|found| (found.method, Some(found.id))))
}

/// What is kept and to be charged, once for this form.
fn charged(request: &Request, saved: SavedMethodId) -> With {
    With { saved, form: request.form.text(page::ENTRY) }
}

/// What a form is known by: what it was known by before, or something new.
fn entry(request: &Request, form: &Form) -> String {
    let before = form.value(page::ENTRY);
    if before.is_empty() { money::entry(request) } else { before.to_owned() }
}

/// What the payer keeps and can pay with at once; whether more is shown after a code.
async fn kept_for_this(
    request: &Request,
    methods: &[Method],
) -> Result<(Vec<SavedMethodRow>, bool), Problem> {
    let kept = saved::usable(request.env(), &request.principal, methods).await?;
    Ok((kept.methods.iter().map(saved_methods::row).collect(), kept.after_code))
}

/// What the payer agreed to about keeping this way to pay, if they want that; else what is wrong with the box.
fn to_keep(
    request: &Request,
    locale: Locale,
    business: &Party,
    method: Method,
    with: Option<SavedMethodId>,
) -> Result<Option<Consent>, FieldErrors> {
    // It is kept already.
    if with.is_some() {
        return Ok(None);
    }
    let problem = match saved_methods::agreed(request, locale, business) {
        Ok(Some(_)) if !method.can_be_kept() => FieldProblem::CannotBeKept,
        Ok(keep) => return Ok(keep),
        Err(problem) => problem,
    };
    Err(FieldErrors::one(AGREED, problem))
}

/// The box by which the way to pay is kept, where one of these can be.
fn keeping(methods: &[Method], locale: Locale, business: &Party) -> Option<ConsentBox> {
    methods.iter().any(|method| method.can_be_kept()).then(|| saved_methods::consent_box(locale, business))
}

/// Why the way to the provider's page is not open, as far as pages tell it apart.
enum Refused {
    /// Something about what was chosen or typed.
    Fields(FieldErrors),
    /// More than is open: to be asked about.
    Ask(Excess),
    /// Nothing is open any more.
    Settled,
    /// The provider.
    Trouble(PayTrouble),
}

/// More than can still be paid.
#[derive(Clone, Copy)]
struct Excess {
    amount: Money,
    open: Money,
    processing: Money,
    over: Money,
}

/// Sorts what kept a payment from starting. `amount_field` names the field of an invoice's amount, `sum_field` what stands
/// for all of it.
fn refused(
    error: StartError,
    amount_field: impl Fn(InvoiceId) -> String,
    sum_field: &'static str,
) -> Result<Refused, Problem> {
    Ok(match error {
        StartError::Amounts(wrong) => {
            let mut errors = FieldErrors::new();
            for (invoice, problem) in wrong {
                errors.push(amount_field(invoice), problem);
            }
            Refused::Fields(errors)
        }
        StartError::Sum(problem) => Refused::Fields(FieldErrors::one(sum_field, problem)),
        StartError::MethodNotOffered | StartError::SeveralCurrencies => {
            Refused::Fields(FieldErrors::one("method", FieldProblem::ChoiceUnknown))
        }
        StartError::MoreThanOpen { amount, open, processing, excess } => {
            Refused::Ask(Excess { amount, open, processing, over: excess })
        }
        StartError::NothingOpen => Refused::Settled,
        StartError::Busy => Refused::Trouble(PayTrouble::Unknown),
        StartError::Refused { code } => {
            tracing::warn!(code, "the provider refused a payment");
            Refused::Trouble(PayTrouble::Refused)
        }
        StartError::Unavailable => Refused::Trouble(PayTrouble::NotReached),
        StartError::SentBefore => Refused::Fields(FieldErrors::one(page::ENTRY, FieldProblem::SentBefore)),
        StartError::CannotBeKept => Refused::Fields(FieldErrors::one(AGREED, FieldProblem::CannotBeKept)),
        // Pages ask for the code before they start what needs it.
        StartError::NotProven => return Err(Problem::Forbidden),
        StartError::NotPermitted(_) | StartError::NotFound => return Err(Problem::NotFound),
        StartError::Money(error) => {
            tracing::error!(%error, "an amount cannot be calculated with");
            return Err(Problem::Internal);
        }
        StartError::Store(error) => return Err(error.into()),
    })
}

/// Asks once whether more than is open shall be paid; everything that was chosen stays.
fn ask(
    request: &Request,
    locale: Locale,
    business: Party,
    action: String,
    excess: Excess,
) -> axum::response::Response {
    let Excess { amount, open, processing, over } = excess;
    let form = Form::filled(request.form.iter());
    let view = MoreThanOpenPage { business, action, form, amount, open, processing, excess: over };
    respond::html(StatusCode::OK, more_than_open::page(&pages::frame(request, locale), &view))
}

/// Whether the person was asked about more than is open, and wants to pay it.
fn wants_all_the_same(request: &Request) -> bool {
    request.form.get("excess") == Some("yes")
}

/// Whether the person was asked, and goes back to change the amount.
fn wants_to_change(request: &Request) -> bool {
    request.form.get("excess") == Some("change")
}

/// How a page answers on which the provider's page did not open.
fn status(trouble: Option<PayTrouble>) -> StatusCode {
    match trouble {
        None => StatusCode::OK,
        Some(PayTrouble::Unknown | PayTrouble::Refused) => StatusCode::CONFLICT,
        Some(PayTrouble::NotReached) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn show(request: &Request, id: InvoiceId, form: Form, trouble: Option<PayTrouble>) -> Answer {
    let View { business, locale, today, agreed_method, sheet, .. } =
        portal::view(request.env(), &request.principal, id).await?;
    let left = Some(sheet.balance.payable()).filter(|left| left.is_positive());
    // Nothing to pay, or an invoice that was never due: its own page says how it stands.
    let (Some(number), Some(due_on)) = (&sheet.number, sheet.due_on) else { return Err(Problem::NotFound) };
    if left.is_none() && !sheet.balance.processing.is_positive() {
        return Ok(respond::see_other(&format!("/i/{id}")));
    }
    let takes_transfers = sheet.methods.iter().any(|method| !method.is_through_provider());
    let methods: Vec<Method> =
        sheet.methods.iter().copied().filter(|method| method.is_through_provider()).collect();
    let offered = rules::offered(&sheet.balance);
    let account = business.bank_account(sheet.currency).filter(|_| takes_transfers);
    let (saved, saved_after_code) = kept_for_this(request, &methods).await?;
    let view = PayPage {
        invoice: id,
        number: number.to_string(),
        title: sheet.title.as_ref().map(ToString::to_string),
        business: sheet.business.clone(),
        due_on,
        today,
        offered,
        processing: sheet.balance.processing,
        left,
        smallest: smallest(offered),
        saved,
        saved_after_code,
        entry: entry(request, &form),
        consent: keeping(&methods, locale, &sheet.business),
        first_is_agreed: agreed_method.is_some() && methods.first() == agreed_method.as_ref(),
        methods,
        own_account: account.map(|account| OwnAccount {
            account: account.clone(),
            references: vec![Reference::of_number(number.as_str())],
        }),
        form,
        trouble,
    };
    Ok(respond::html(status(trouble), page::page(&pages::frame(request, locale), &view)))
}

/// The smallest part that can be paid: the provider's least amount, or all of it where that is less.
fn smallest(offered: Money) -> Money {
    let least = rules::collectable(offered.currency()).map_or(offered, |(least, _)| least);
    least.smaller(offered).unwrap_or(offered)
}

fn kept_name(invoice: InvoiceId) -> String {
    format!("pay {invoice}")
}
