//! How much to pay: all of it, or a part with a preview of what stays open.

use domain::{Currency, FieldProblem, Locale, Money};
use leptos::prelude::*;

use crate::words;

/// What the island starts from.
///
/// The page provides it as context; in the browser, what of it is needed to go on from there is read off the form the
/// island stands in. Props would do the same at the price of a JSON reader: a fifth of the bundle.
#[derive(Clone, Debug)]
pub struct PartAmountStart {
    /// The reader's locale.
    pub locale: Locale,
    /// All of it.
    pub payable: Money,
    /// The smallest part.
    pub smallest: Money,
    /// Whether a part was chosen before.
    pub part: bool,
    /// What was typed before.
    pub typed: String,
    /// What the server found wrong with it, in words; empty if nothing.
    pub error: String,
}

/// The id of the form the island stands in.
pub const PART_AMOUNT_FORM: &str = "pay";

impl PartAmountStart {
    /// What the form says of it, as attributes: locale, currency, all of it, the smallest part.
    pub fn attributes(&self) -> [String; 4] {
        let currency = self.payable.currency().code().to_owned();
        [self.locale.tag().to_owned(), currency, self.payable.to_plain(), self.smallest.to_plain()]
    }

    /// From the page, else from the form.
    fn find() -> Self {
        use_context::<Self>().unwrap_or_else(Self::read)
    }

    fn read() -> Self {
        let form = document().get_element_by_id(PART_AMOUNT_FORM);
        let said = |name: &str| form.as_ref().and_then(|form| form.get_attribute(name)).unwrap_or_default();
        let currency = Currency::from_code(&said("data-currency")).unwrap_or(Currency::EUR);
        let amount = |name: &str| Money::from_plain(&said(name), currency).unwrap_or(Money::zero(currency));
        Self {
            locale: Locale::from_tag(&said("data-locale")),
            payable: amount("data-payable"),
            smallest: amount("data-smallest"),
            part: false,
            // What was typed and what was wrong with it stand in the page already.
            typed: String::new(),
            error: String::new(),
        }
    }
}

/// The choice between all and a part, the field for the part, and the button that pays.
///
/// Without scripts the stylesheet alone shows the field for a part and swaps the button's words, by what is checked;
/// with them the button names the part and the line beneath says what stays open, by the same parsing and formatting
/// that the server does.
#[island]
pub fn PartAmount() -> impl IntoView {
    let PartAmountStart { locale, payable, smallest, part, typed, error } = PartAmountStart::find();
    let words = words::preview(locale);
    let range = Range { smallest, payable, locale };
    let all = range.payable.format(locale);
    let (text, set_text) = signal(typed.clone());
    let label = move || match text.with(|text| range.read(text)) {
        Ok(amount) => (words.pay)(&amount.format(locale)),
        Err(_) => words.pay_part.to_owned(),
    };
    let refused = !error.is_empty();
    // What the server found wrong stands above the field; the preview begins with the next letter typed.
    let first = typed.clone();
    let preview =
        move || text.with(|text| if refused && *text == first { String::new() } else { range.preview(text) });
    let splittable = matches!(range.payable.compare(range.smallest), Ok(order) if order.is_gt());
    view! {
        <fieldset class="choices share">
            <legend>{words.how_much}</legend>
            <label class="choice">
                <input type="radio" name="share" id="share-full" value="full" checked=!part />
                <span class="name">{(words.all_of_it)(&all)}</span>
            </label>
            <label class="choice" hidden=!splittable>
                <input type="radio" name="share" id="share-part" value="part" checked=part disabled=!splittable />
                <span>
                    <span class="name">{words.a_part}</span>
                    <span class="meaning">{words.a_part_meaning}</span>
                </span>
            </label>
        </fieldset>
        <div class="part field" class:invalid=refused>
            <label for="field-amount">{words.part_label}</label>
            <p class="hint" id="field-amount-hint">{(words.part_range)(&range.smallest.format(locale), &all)}</p>
            <p class="error" id="field-amount-error" hidden=!refused>{error}</p>
            <span class="affixed">
                <span class="affix" aria-hidden="true">{locale.symbol(&payable.currency()).to_owned()}</span>
                <input
                    id="field-amount"
                    name="amount"
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    value=typed
                    aria-invalid=refused.then_some("true")
                    aria-describedby="field-amount-hint field-amount-error field-amount-preview"
                    on:input=move |event| set_text.set(event_target_value(&event))
                />
            </span>
        </div>
        <div class="pay stack tight">
            <button class="button primary large wide">
                <span class="when-full">{(words.pay)(&all)}</span>
                <span class="when-part">{label}</span>
            </button>
            <p class="preview when-part" id="field-amount-preview" aria-live="polite">{preview}</p>
        </div>
    }
}

/// What can be paid.
#[derive(Clone, Copy)]
struct Range {
    smallest: Money,
    payable: Money,
    locale: Locale,
}

impl Range {
    /// The amount as typed, if it can be paid. More than is open can: that is asked about before anything is paid.
    fn read(self, text: &str) -> Result<Money, FieldProblem> {
        let amount = Money::parse(text, self.payable.currency(), self.locale)?;
        if matches!(amount.compare(self.smallest), Ok(order) if order.is_ge()) {
            Ok(amount)
        } else {
            Err(FieldProblem::AmountOutOfRange { min: self.smallest, max: self.payable })
        }
    }

    /// What would stay open, or what to type instead. Nothing while nothing is typed.
    fn preview(self, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        let words = words::preview(self.locale);
        match self.read(text) {
            Ok(amount) => match self.payable.checked_sub(amount) {
                Ok(rest) if rest.is_positive() => (words.stays_open)(&rest.format(self.locale)),
                Ok(over) if over.is_negative() => (words.more_than_open)(&over.negated().format(self.locale)),
                _ => words.nothing_stays_open.to_owned(),
            },
            Err(problem) => (words.problem)(&problem, self.locale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preview_says_what_stays_open_or_what_to_type() {
        let eur = |minor| Money::new(minor, Currency::EUR).unwrap();
        let range = Range { smallest: eur(1000), payable: eur(124_000), locale: Locale::EN_GB };
        for (typed, said) in [
            ("", ""),
            ("500", "€740.00 stays open."),
            ("€ 1,239.99", "€0.01 stays open."),
            ("1240", "Nothing stays open."),
            ("1240.01", "€0.01 more than is open: it would become credit. We ask you before you pay."),
            ("9.99", "Enter an amount between €10.00 and €1,240.00."),
            ("-5", "Enter a number that is not below zero."),
            ("1e9", "Enter a number, like 12.5."),
            ("12.345", "Use at most 2 decimal places."),
        ] {
            assert_eq!(range.preview(typed), said, "{typed}");
        }
    }
}
