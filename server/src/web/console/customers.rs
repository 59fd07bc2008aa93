//! Customers and their contacts.

use app::console::Done;
use app::console::contact_form::{self as contact_page, ContactFormPage};
use app::console::customer::{self as page, ContactRow, CustomerPage};
use app::console::customer_form::{self as form_page, CustomerFormPage};
use app::console::customers::{self as list_page, CustomerRow, CustomersPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::customer::CustomerKind;
use domain::{ContactId, CustomerId};
use store::customers::{Contact, Customer};

use super::super::autopay::rows as autopay_rows;
use super::super::form::Fields;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond, saved_methods};
use super::handling::{hold_row, refused_hold};
use super::{after, around, entry, row};
use crate::operations::customers::{self, ContactInput, CustomerError, CustomerInput, PAGE};
use crate::operations::follow_up::holds;
use crate::operations::invoices::{self, Query};
use crate::operations::payments::saved;
use crate::operations::{autopay, portal, recurring, timeline};

/// `GET /console/customers`
pub async fn list(request: Request) -> Answer {
    let search = request.query.text("q");
    let after = request.query.get("after").and_then(|id| id.parse().ok());
    let mut found = customers::list(request.env(), &request.principal, &search, after).await?;
    let page_size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page_size;
    found.truncate(page_size);
    let (frame, signed) = around(&request)?;
    let view = CustomersPage {
        after: found.last().filter(|_| more).map(|listed| listed.customer.id.to_string()),
        rows: found
            .into_iter()
            .map(|listed| CustomerRow {
                id: listed.customer.id,
                name: listed.customer.name.into_string(),
                contact: listed.contact.map(domain::Name::into_string),
                overdue: u32::try_from(listed.overdue).unwrap_or(u32::MAX),
                open: listed.open.into_iter().map(|open| open.open).collect(),
            })
            .collect(),
        search,
    };
    Ok(respond::html(StatusCode::OK, list_page::page(&frame, &signed, &view)))
}

/// `GET /console/customers/{customer}`
pub async fn show(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    customer_page(&request, id, None).await
}

/// `POST /console/customers/{customer}/links`: the link is in this answer and nowhere else, so there is no redirect.
pub async fn make_link(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let minted = portal::copy_link_of_all(request.env(), &request.principal, id).await?;
    customer_page(&request, id, Some(minted.url)).await
}

async fn customer_page(request: &Request, id: CustomerId, fresh_link: Option<String>) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let found = customers::detail(env, principal, id).await?;
    let theirs = Query { customer: Some(id), ..Query::default() };
    let invoices = invoices::list(env, principal, theirs).await?;
    let (again, more_again) = recurring::list(env, principal, Some(id), None).await?;
    let entries = timeline::of_customer(env, principal, id).await?;
    let contact_form = kept_forms::recall(request, &format!("contact {id}")).await?;
    let methods = saved::of_customer(env, principal, id).await?;
    let charged = autopay::offered(env, principal, id).await?.standing;
    let holds = holds::of_customer(env, principal, id).await?;
    let hold_form = kept_forms::recall(request, &format!("hold {id}")).await?;
    let contacted_form = kept_forms::recall(request, &format!("contacted {id}")).await?;
    let refused_hold = refused_hold(request).await?;
    let (frame, signed) = around(request)?;
    let business = &request.signed_in.as_ref().ok_or(Problem::Internal)?.business;
    let customer = &found.customer;
    let view = CustomerPage {
        id,
        party: customers::party(customer, &found.contacts),
        consumer: customer.kind == CustomerKind::Consumer,
        locale: customer.locale,
        zone: customer.time_zone,
        net_days: customer.net_days.unwrap_or(business.net_days).days(),
        preferred_method: customer.preferred_method,
        open: found.open.iter().map(|open| open.open).collect(),
        contacts: found
            .contacts
            .iter()
            .filter(|contact| contact.removed_at.is_none())
            .map(|contact| contact_row(contact, customer))
            .collect(),
        invoices: invoices.rows.into_iter().map(row).collect(),
        recurring: again.into_iter().map(super::recurring::row).collect(),
        recurring_after: more_again,
        timeline: entries.into_iter().map(entry).collect(),
        contact_form: contact_form.unwrap_or_default(),
        fresh_link,
        methods: methods.iter().map(saved_methods::row).collect(),
        autopay: autopay_rows(&charged, &methods, business.time_zone),
        holds: holds.into_iter().map(hold_row).collect(),
        refused_hold,
        hold_form: hold_form.unwrap_or_default(),
        contacted_form: contacted_form.unwrap_or_default(),
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

fn contact_row(contact: &Contact, customer: &Customer) -> ContactRow {
    ContactRow {
        id: contact.id,
        name: contact.name.to_string(),
        email: contact.email.as_ref().map(ToString::to_string),
        phone: contact.phone.as_ref().map(ToString::to_string),
        zone: contact.time_zone.unwrap_or(customer.time_zone),
        receives_invoices: contact.receives_invoices,
        suppressed: contact.email.is_some() && contact.mailable().is_none(),
    }
}

/// `GET /console/customers/new`
pub async fn new(request: Request) -> Answer {
    // Most customers are where the business is.
    let business = &request.signed_in.as_ref().ok_or(Problem::Internal)?.business;
    let suggested = || {
        Form::filled([
            ("kind", CustomerKind::Company.as_str()),
            ("country", business.country.code()),
            ("locale", business.locale.tag()),
            ("time_zone", business.time_zone.name()),
        ])
    };
    let form = kept_forms::recall(&request, "customer").await?.unwrap_or_else(suggested);
    customer_form(&request, None, form, false, StatusCode::OK)
}

/// `POST /console/customers`
pub async fn create(request: Request) -> Answer {
    let (customer, contact) = (customer_input(&request.form), contact_input(&request.form));
    match customers::create(request.env(), &request.principal, customer, contact).await {
        Ok(id) => Ok(respond::see_other(&after(&format!("/console/customers/{id}"), Done::Saved))),
        Err(CustomerError::Fields(errors)) => {
            kept_forms::refuse(&request, "customer", "/console/customers/new", &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/customers/{customer}/edit`
pub async fn edit(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let found = customers::detail(request.env(), &request.principal, id).await?;
    let form = kept_forms::recall(&request, &format!("customer {id}")).await?;
    let form = form.unwrap_or_else(|| filled(&found.customer));
    customer_form(&request, Some(id), form, false, StatusCode::OK)
}

/// `POST /console/customers/{customer}/edit`
pub async fn update(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let version =
        request.form.get("version").and_then(|version| version.parse().ok()).ok_or(Problem::Malformed)?;
    let (env, principal) = (request.env(), &request.principal);
    match customers::update(env, principal, id, version, customer_input(&request.form)).await {
        Ok(()) => Ok(respond::see_other(&after(&format!("/console/customers/{id}"), Done::Saved))),
        Err(CustomerError::Fields(errors)) => {
            let back = format!("/console/customers/{id}/edit");
            kept_forms::refuse(&request, &format!("customer {id}"), &back, &errors).await
        }
        // What was typed stays, now over the version that somebody else saved: a second save is a decision.
        Err(CustomerError::Conflict) => {
            let theirs = customers::detail(env, principal, id).await?.customer.version.to_string();
            let typed = request.form.iter().filter(|(name, _)| *name != "version");
            let form = Form::filled(typed.chain([("version", theirs.as_str())]));
            customer_form(&request, Some(id), form, true, StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

fn customer_form(
    request: &Request,
    customer: Option<CustomerId>,
    form: Form,
    conflict: bool,
    status: StatusCode,
) -> Answer {
    let (frame, signed) = around(request)?;
    let view = CustomerFormPage { customer, form, conflict };
    Ok(respond::html(status, form_page::page(&frame, &signed, &view)))
}

/// `POST /console/customers/{customer}/contacts`
pub async fn add_contact(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let page = format!("/console/customers/{id}");
    match customers::add_contact(request.env(), &request.principal, id, contact_input(&request.form)).await {
        Ok(_) => Ok(respond::see_other(&after(&page, Done::Saved))),
        Err(CustomerError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("contact {id}"), &page, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/customers/{customer}/contacts/{contact}/edit`
pub async fn edit_contact(request: Request) -> Answer {
    let (customer, contact) = contact_of(&request).await?;
    let kept = kept_forms::recall(&request, &format!("contact {}", contact.id)).await?;
    let form = kept.unwrap_or_else(|| filled_contact(&contact));
    contact_form(&request, &customer, &contact, form, false, StatusCode::OK)
}

/// `POST /console/customers/{customer}/contacts/{contact}/edit`
pub async fn update_contact(request: Request) -> Answer {
    let (customer, contact) = contact_of(&request).await?;
    let version =
        request.form.get("version").and_then(|version| version.parse().ok()).ok_or(Problem::Malformed)?;
    let (env, principal) = (request.env(), &request.principal);
    match customers::update_contact(env, principal, contact.id, version, contact_input(&request.form)).await {
        Ok(()) => Ok(respond::see_other(&after(&format!("/console/customers/{}", customer.id), Done::Saved))),
        Err(CustomerError::Fields(errors)) => {
            let back = format!("/console/customers/{}/contacts/{}/edit", customer.id, contact.id);
            kept_forms::refuse(&request, &format!("contact {}", contact.id), &back, &errors).await
        }
        // What was typed stays, now over the version that somebody else saved: a second save is a decision.
        Err(CustomerError::Conflict) => {
            let theirs = contact.version.to_string();
            let typed = request.form.iter().filter(|(name, _)| *name != "version");
            let form = Form::filled(typed.chain([("version", theirs.as_str())]));
            contact_form(&request, &customer, &contact, form, true, StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/customers/{customer}/contacts/{contact}/remove`
pub async fn remove_contact(request: Request) -> Answer {
    let (customer, contact) = contact_of(&request).await?;
    customers::remove_contact(request.env(), &request.principal, contact.id).await?;
    Ok(respond::see_other(&after(&format!("/console/customers/{}", customer.id), Done::Saved)))
}

/// The customer and contact of the path. A contact of somebody else, or one that was removed, is not found.
async fn contact_of(request: &Request) -> Result<(Customer, Contact), Problem> {
    let (customer, contact): (CustomerId, ContactId) = (request.id("customer")?, request.id("contact")?);
    let found = customers::detail(request.env(), &request.principal, customer).await?;
    let contact = found.contacts.into_iter().find(|found| found.id == contact).ok_or(Problem::NotFound)?;
    Ok((found.customer, contact))
}

fn contact_form(
    request: &Request,
    customer: &Customer,
    contact: &Contact,
    form: Form,
    conflict: bool,
    status: StatusCode,
) -> Answer {
    let (frame, signed) = around(request)?;
    let view = ContactFormPage {
        customer: customer.id,
        customer_name: customer.name.to_string(),
        contact: contact.id,
        form,
        conflict,
    };
    Ok(respond::html(status, contact_page::page(&frame, &signed, &view)))
}

/// A contact as its form shows it.
fn filled_contact(contact: &Contact) -> Form {
    let text = |value: Option<String>| value.unwrap_or_default();
    Form::filled([
        ("version", contact.version.to_string()),
        ("contact_name", contact.name.to_string()),
        ("contact_email", text(contact.email.as_ref().map(ToString::to_string))),
        ("contact_phone", text(contact.phone.as_ref().map(ToString::to_string))),
        ("contact_zone", text(contact.time_zone.map(|zone| zone.name().to_owned()))),
        ("contact_locale", text(contact.locale.map(|locale| locale.tag().to_owned()))),
    ])
}

fn customer_input(form: &Fields) -> CustomerInput {
    CustomerInput {
        name: form.text("name"),
        kind: form.text("kind"),
        address: form.text("address"),
        country: form.text("country"),
        tax_number: form.text("tax_number"),
        locale: form.text("locale"),
        time_zone: form.text("time_zone"),
        net_days: form.text("net_days"),
        preferred_method: form.text("preferred_method"),
    }
}

fn contact_input(form: &Fields) -> ContactInput {
    ContactInput {
        contact_name: form.text("contact_name"),
        contact_email: form.text("contact_email"),
        contact_phone: form.text("contact_phone"),
        contact_zone: form.text("contact_zone"),
        contact_locale: form.text("contact_locale"),
    }
}

/// A customer as its form shows it.
fn filled(customer: &Customer) -> Form {
    let text = |value: Option<String>| value.unwrap_or_default();
    Form::filled([
        ("version", customer.version.to_string()),
        ("name", customer.name.to_string()),
        ("kind", customer.kind.as_str().to_owned()),
        ("address", text(customer.address.as_ref().map(ToString::to_string))),
        ("country", customer.country.code().to_owned()),
        ("tax_number", text(customer.tax_number.as_ref().map(ToString::to_string))),
        ("locale", customer.locale.tag().to_owned()),
        ("time_zone", customer.time_zone.name().to_owned()),
        ("net_days", text(customer.net_days.map(|days| days.days().to_string()))),
        ("preferred_method", text(customer.preferred_method.map(|method| method.as_str().to_owned()))),
    ])
}
