//! The business's own data, and its account at the payment provider.
//!
//! `/console/settings` takes `business_name`, `sender_name`, `reply_to`, `phone`, `address`, `country`, `tax_number`,
//! `time_zone`, `locale`, `currency`, `net_days`, `methods` and `consumer_methods` (as often as there are); `/console/settings/stripe` takes `stripe_key`; `/console/settings/webhook` takes `webhook_secret` (and the buttons `do=drop_old`); secrets are never
//! shown again.

use domain::role::Permission;
use leptos::prelude::*;

use super::{Section, SettingsTab, Signed, page as console_page, settings_tabs};
use crate::components::choices::{countries, currencies, locales, methods, zones};
use crate::components::{Look, copy_button, state};
use crate::form::{Drawing, Field, Form, Select, field_id};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsPage {
    /// The business's data, as it is or as it was typed. Also holds what is wrong with a key or secret.
    pub form: Form,
    /// The payment provider.
    pub gateway: GatewaySettings,
}

/// What is set up with the payment provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySettings {
    /// The key, if one is set.
    pub key: Option<GatewayKey>,
    /// How many webhook secrets are set: none, one, or two while the provider changes from one to the other.
    pub webhook_secrets: u8,
    /// Where the provider sends its webhooks.
    pub webhook_url: String,
}

/// What may be shown of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayKey {
    /// Whether it moves real money.
    pub live: bool,
    /// Its last four characters.
    pub ends_in: String,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &SettingsPage) -> String {
    let words = frame.words();
    let title = words.console.settings;
    console_page(frame, signed, Section::Settings, title, !view.form.errors().is_empty(), || {
        let drawing = Drawing { form: &view.form, words, locale: frame.locale };
        let settings = &words.settings;
        let may_edit = signed.may(Permission::EditSettings);
        let save = may_edit
            .then(|| view! { <div><button class="button primary large">{words.console.save}</button></div> });
        view! {
            {drawing.summary()}
            <div class="page-head"><h1>{title}</h1></div>
            {settings_tabs(SettingsTab::Business, words)}
            <form class="stack loose wide-form" method="post" action="/console/settings" novalidate>
                <fieldset class="card stack" disabled=!may_edit>
                    <legend>{settings.business}</legend>
                    <div class="columns">
                        {Field::text("business_name").autocomplete("organization").required().draw(drawing)}
                        {Field::text("tax_number").optional().draw(drawing)}
                    </div>
                    {Field::area("address", 3).hint(words.customer.address_hint).autocomplete("off").draw(drawing)}
                    <div class="columns">
                        {Select::new("country", countries(words)).draw(drawing)}
                        {Field::text("time_zone").list("zones").hint(words.setup.zone_hint).draw(drawing)}
                    </div>
                    {zones("zones")}
                </fieldset>
                <fieldset class="card stack" disabled=!may_edit>
                    <legend>{settings.mail}</legend>
                    <div class="columns">
                        {Field::text("sender_name").hint(settings.sender_hint).autocomplete("off").draw(drawing)}
                        {Field::email("reply_to").hint(settings.reply_hint).autocomplete("off").draw(drawing)}
                        {Field::phone("phone").hint(words.customer.phone_hint).autocomplete("off").optional().draw(drawing)}
                    </div>
                </fieldset>
                <fieldset class="card stack" disabled=!may_edit>
                    <legend>{settings.invoices}</legend>
                    <div class="columns">
                        {Select::new("currency", currencies()).draw(drawing)}
                        {Field::digits("net_days").hint(words.invoice_form.net_days_hint).draw(drawing)}
                        {Select::new("locale", locales(words)).hint(settings.locale_hint).draw(drawing)}
                    </div>
                    <p class="hint">{words.settings.methods_hint}</p>
                    {taken_methods(drawing, "methods", words.settings.methods)}
                    {taken_methods(drawing, "consumer_methods", words.settings.consumer_methods)}
                </fieldset>
                {save}
            </form>
            {gateway(frame, signed, view, drawing)}
        }
    })
}

/// How one kind of customer may pay: a check box each.
fn taken_methods(drawing: Drawing<'_>, field: &'static str, legend: &'static str) -> AnyView {
    let (words, form) = (drawing.words, drawing.form);
    let error = form
        .problem(field)
        .map(|problem| view! { <p class="error">{(words.problem)(problem, drawing.locale)}</p> });
    let boxes = methods(words)
        .enumerate()
        .map(|(at, (name, label))| {
            // The summary of what is wrong leads to the first.
            let id = if at == 0 { field_id(field) } else { format!("{field}-{name}") };
            let checked = form.holds(field, &name);
            view! {
                <label class="check">
                    <input type="checkbox" name=field id=id value=name checked=checked />
                    <span>{label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="stack tight">
            <legend class="small-legend">{legend}</legend>
            {error}
            <div class="columns">{boxes}</div>
        </fieldset>
    }
    .into_any()
}

fn gateway(frame: &Frame, signed: &Signed, view: &SettingsPage, drawing: Drawing<'_>) -> AnyView {
    let words = frame.words();
    let settings = &words.settings;
    let gateway = &view.gateway;
    let may = signed.may(Permission::EditGateway);
    let key = match &gateway.key {
        Some(key) if key.live => state(Look::Done, (settings.key_live)(&key.ends_in)),
        Some(key) => state(Look::Open, (settings.key_test)(&key.ends_in)),
        None => state(Look::Attention, settings.key_none),
    };
    let webhook = match gateway.webhook_secrets {
        0 => state(Look::Attention, settings.webhook_none),
        1 => state(Look::Done, settings.webhook_one),
        _ => state(Look::Underway, settings.webhook_two),
    };
    let set_key = may.then(|| {
        view! {
            <form class="stack" method="post" action="/console/settings/stripe" novalidate>
                {Field::secret("stripe_key").hint(settings.key_hint).draw(drawing)}
                <div><button class="button">{settings.set_key}</button></div>
            </form>
        }
    });
    let set_secret = may.then(|| {
        let drop_old = (gateway.webhook_secrets > 1).then(|| {
            view! {
                <form method="post" action="/console/settings/webhook">
                    <button class="button" name="do" value="drop_old">{settings.drop_old}</button>
                </form>
            }
        });
        view! {
            <form class="stack" method="post" action="/console/settings/webhook" novalidate>
                {Field::secret("webhook_secret").hint(settings.secret_hint).draw(drawing)}
                <div><button class="button" name="do" value="add">{settings.set_secret}</button></div>
            </form>
            {drop_old}
        }
    });
    view! {
        <section class="card stack wide-form" id="stripe">
            <h2>{settings.stripe}</h2>
            <p>{key}</p>
            {set_key}
            <hr />
            <p>{webhook}</p>
            <div class="stack tight">
                <span class="label">{settings.webhook_url}</span>
                <span class="mono wrap">{gateway.webhook_url.clone()}</span>
                {copy_button(gateway.webhook_url.clone(), settings.webhook_url, words)}
                <p class="hint">{settings.webhook_hint}</p>
            </div>
            {set_secret}
        </section>
    }
    .into_any()
}
