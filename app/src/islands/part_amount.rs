//! How much to pay: all of it, or a part with a preview of what stays open.

use domain::{FieldProblem, Locale, Money};
use leptos::prelude::*;

use crate::words;

/// The choice between all and a part, the field for the part, and the button that pays.
///
/// Without scripts the stylesheet alone shows the field for a part and swaps the button's words, by what is checked;
/// with them the button names the part and the line beneath says what stays open, by the same parsing and formatting
/// that the server does.
#[island]
pub fn PartAmount(
    /// The tag of the reader's locale.
    locale: String,
    /// All of it.
    payable: Money,
    /// The smallest part.
    smallest: Money,
    /// Whether a part was chosen before.
    part: bool,
    /// What was typed before.
    typed: String,
    /// What was wrong with it, in words: reading it as the type it was would cost the browser a third of the bundle.
    problem: Option<String>,
) -> impl IntoView {
    let locale = Locale::from_tag(&locale);
    let words = words::preview(locale);
    let (text, set_text) = signal(typed.clone());
    let (error, set_error) = signal(problem);
    let read = move || text.with(|text| read_part(text, payable, smallest, locale));
    let label = move || match read() {
        Ok(amount) => (words.pay)(&amount.format(locale)),
        Err(_) => words.pay_part.to_owned(),
    };
    let preview = move || {
        // What the server found wrong stands above the field already.
        if text.with(|text| text.trim().is_empty()) || error.with(Option::is_some) {
            return String::new();
        }
        match read() {
            Ok(amount) => match payable.checked_sub(amount) {
                Ok(rest) if rest.is_positive() => (words.stays_open)(&rest.format(locale)),
                _ => words.nothing_stays_open.to_owned(),
            },
            Err(problem) => (words.problem)(&problem, locale),
        }
    };
    let typing = move |event| {
        set_error.set(None);
        set_text.set(event_target_value(&event));
    };
    let symbol = locale.symbol(&payable.currency()).to_owned();
    let splittable = matches!(payable.compare(smallest), Ok(order) if order.is_gt());
    let range = (words.part_range)(&smallest.format(locale), &payable.format(locale));
    view! {
        <fieldset class="choices share">
            <legend>{words.how_much}</legend>
            <label class="choice">
                <input type="radio" name="share" id="share-full" value="full" checked=!part />
                <span>
                    <span class="name">{(words.all_of_it)(&payable.format(locale))}</span>
                </span>
            </label>
            <label class="choice" hidden=!splittable>
                <input type="radio" name="share" id="share-part" value="part" checked=part disabled=!splittable />
                <span>
                    <span class="name">{words.a_part}</span>
                    <span class="meaning">{words.a_part_meaning}</span>
                </span>
            </label>
        </fieldset>
        <div class="part field" class:invalid=move || error.with(Option::is_some)>
            <label for="field-amount">{words.part_label}</label>
            <p class="hint" id="field-amount-hint">{range}</p>
            <p class="error" id="field-amount-error" hidden=move || error.with(Option::is_none)>
                {move || error.get().unwrap_or_default()}
            </p>
            <span class="affixed">
                <span class="affix" aria-hidden="true">{symbol}</span>
                <input
                    id="field-amount"
                    name="amount"
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    value=typed
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby="field-amount-hint field-amount-error field-amount-preview"
                    on:input=typing
                />
            </span>
        </div>
        <div class="pay stack tight">
            <button class="button primary large wide">
                <span class="when-full">{(words.pay)(&payable.format(locale))}</span>
                <span class="when-part">{label}</span>
            </button>
            <p class="preview when-part" id="field-amount-preview" aria-live="polite">{preview}</p>
        </div>
    }
}

/// The part as typed, if it can be paid.
fn read_part(text: &str, payable: Money, smallest: Money, locale: Locale) -> Result<Money, FieldProblem> {
    let amount = Money::parse(text, payable.currency(), locale)?;
    let fits = matches!(amount.compare(smallest), Ok(order) if order.is_ge())
        && matches!(amount.compare(payable), Ok(order) if order.is_le());
    if fits { Ok(amount) } else { Err(FieldProblem::AmountOutOfRange { min: smallest, max: payable }) }
}
