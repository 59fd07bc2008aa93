//! What several invoices come to, as they are chosen.

use domain::{Currency, Locale, Money};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlInputElement;

use crate::words;

/// What the island starts from: from the page as context, in the browser off the form.
#[derive(Clone, Debug)]
pub struct SeveralTotalStart {
    /// The reader's locale.
    pub locale: Locale,
    /// What all of it is in.
    pub currency: Currency,
    /// How many invoices there are to choose from.
    pub rows: usize,
    /// What they come to together; `None` where that is beyond all bounds.
    pub total: Option<Money>,
}

/// The id of the form the island stands in.
pub const PAY_SEVERAL_FORM: &str = "pay-several";

impl SeveralTotalStart {
    /// What the form says of it, as attributes: locale, currency, how many rows.
    pub fn attributes(&self) -> [String; 3] {
        [self.locale.tag().to_owned(), self.currency.code().to_owned(), self.rows.to_string()]
    }

    fn find() -> Self {
        use_context::<Self>().unwrap_or_else(Self::read)
    }

    fn read() -> Self {
        let form = document().get_element_by_id(PAY_SEVERAL_FORM);
        let said = |name: &str| form.as_ref().and_then(|form| form.get_attribute(name)).unwrap_or_default();
        let currency = Currency::from_code(&said("data-currency")).unwrap_or(Currency::EUR);
        let mut start = Self {
            locale: Locale::from_tag(&said("data-locale")),
            currency,
            rows: said("data-rows").parse().unwrap_or(0),
            total: None,
        };
        start.total = start.chosen();
        start
    }

    /// What is chosen on the page now; `None` while an amount cannot be read.
    fn chosen(&self) -> Option<Money> {
        let mut total = Money::zero(self.currency);
        for row in 0..self.rows {
            let id = if row == 0 { "field-invoice".to_owned() } else { format!("invoice-{row}") };
            let chosen = input(&id)?;
            if !chosen.checked() {
                continue;
            }
            let typed = input(&format!("field-{}-amount", chosen.value()))?.value();
            let amount = if typed.trim().is_empty() {
                Money::from_plain(&chosen.get_attribute("data-offered")?, self.currency).ok()?
            } else {
                Money::parse(&typed, self.currency, self.locale).ok()?
            };
            total = total.checked_add(amount).ok()?;
        }
        Some(total)
    }
}

fn input(id: &str) -> Option<HtmlInputElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The button that pays what was chosen.
///
/// With scripts it names the total as it changes. Without them the stylesheet shows the total of all only while all is
/// chosen and no field for a part is unfolded, else plain words.
#[island]
pub fn SeveralTotal() -> impl IntoView {
    let start = SeveralTotalStart::find();
    let words = words::preview(start.locale);
    let locale = start.locale;
    let label = move |total: Option<Money>| match total {
        Some(total) if total.is_positive() => (words.pay)(&total.format(locale)),
        _ => words.pay_chosen.to_owned(),
    };
    let (text, set_text) = signal(label(start.total));
    // The boxes and fields stand outside of the island, so the page is listened to. A browser that restores what was
    // chosen before fires nothing, so that is read once.
    Effect::new(move || {
        let page = SeveralTotalStart::read();
        set_text.set(label(page.total));
        if let Some(form) = document().get_element_by_id(PAY_SEVERAL_FORM) {
            // Tells the stylesheet that the button says what it does. A page without it says less, nothing wrong.
            let _ = form.set_attribute("data-live", "");
        }
        let _until_the_page_goes =
            window_event_listener(leptos::ev::input, move |_| set_text.set(label(page.chosen())));
    });
    view! {
        <div class="pay stack tight">
            <button class="button primary large wide">
                <span class="when-all" aria-live="polite">{text}</span>
                <span class="when-chosen">{words.pay_chosen}</span>
            </button>
        </div>
    }
}
