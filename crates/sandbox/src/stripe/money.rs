//! Stripe's rules about currencies and amounts.

use super::error::ApiError;

// Stripe: the currencies it presents prices in (currencies)
const SUPPORTED: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn \
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl \
    hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk \
    mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar \
    sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd \
    xof xpf yer zar zmw";

// Stripe: currencies without a decimal place (currencies, zero-decimal)
const ZERO_DECIMAL: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

// Stripe: currencies with three places, of which the last digit must be 0 (currencies, three-decimal)
const THREE_DECIMAL: &str = "bhd jod kwd omr tnd";

// Stripe: no decimal place any more, but still sent with two that must be 00 (currencies, special cases)
const TWO_PLACES_ALWAYS_ZERO: &str = "isk ugx";

// Stripe: the least that can be charged (currencies, minimum and maximum charge amounts)
const MINIMUM: &[(&str, i64)] = &[
    ("aed", 200),
    ("aud", 50),
    ("bgn", 100),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("usd", 50),
];

// Stripe: at most eight digits in the minor unit (currencies, maximum charge amounts)
const MAXIMUM: i64 = 99_999_999;

fn lists(list: &str, currency: &str) -> bool {
    list.split_whitespace().any(|one| one == currency)
}

/// Decimal places in which Stripe counts a currency.
fn decimal_places(currency: &str) -> usize {
    if lists(ZERO_DECIMAL, currency) {
        0
    } else if lists(THREE_DECIMAL, currency) {
        3
    } else {
        2
    }
}

/// The currency in lower case, if Stripe knows it.
pub(crate) fn currency(text: &str, param: &str) -> Result<String, ApiError> {
    let lower = text.to_ascii_lowercase();
    if lists(SUPPORTED, &lower) {
        return Ok(lower);
    }
    Err(ApiError::parameter(
        param,
        format!(
            "Invalid currency: {lower}. Stripe currently supports these currencies: {}",
            SUPPORTED.split_whitespace().collect::<Vec<_>>().join(", ")
        ),
    ))
}

/// Checks an amount to be charged against the currency's rules. `subject` starts the sentence of the refusal.
pub(crate) fn chargeable(amount: i64, currency: &str, param: &str, subject: &str) -> Result<(), ApiError> {
    if amount < 1 {
        return Err(ApiError::parameter(param, "This value must be greater than or equal to 1.")
            .with_code("parameter_invalid_integer"));
    }
    let minimum = MINIMUM.iter().find(|(code, _)| *code == currency).map_or(1, |(_, minimum)| *minimum);
    if amount < minimum {
        return Err(ApiError::parameter(
            param,
            format!("{subject} must be at least {}", readable(minimum, currency)),
        )
        .with_code("amount_too_small"));
    }
    if amount > MAXIMUM {
        return Err(ApiError::parameter(
            param,
            format!("{subject} must be no more than {}", readable(MAXIMUM, currency)),
        )
        .with_code("amount_too_large"));
    }
    let step = if lists(THREE_DECIMAL, currency) {
        10
    } else if lists(TWO_PLACES_ALWAYS_ZERO, currency) {
        100
    } else {
        1
    };
    if amount % step != 0 {
        return Err(ApiError::parameter(
            param,
            format!(
                "Invalid {param}: amounts in {} must be a multiple of {step}.",
                currency.to_ascii_uppercase()
            ),
        )
        .with_code("parameter_invalid_integer"));
    }
    Ok(())
}

/// `€1,240.00`, `¥5,000` or `12.500 KWD`, for pages and messages.
pub(crate) fn readable(minor: i64, currency: &str) -> String {
    let places = decimal_places(currency);
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if places > 0 {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    match currency {
        "eur" => format!("{sign}€{grouped}"),
        "usd" => format!("{sign}${grouped}"),
        "gbp" => format!("{sign}£{grouped}"),
        "jpy" => format!("{sign}¥{grouped}"),
        other => format!("{sign}{grouped} {}", other.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::{chargeable, currency, readable};

    #[test]
    fn amounts_read_in_their_currency() {
        assert_eq!(readable(124_000, "eur"), "€1,240.00");
        assert_eq!(readable(5, "usd"), "$0.05");
        assert_eq!(readable(5000, "jpy"), "¥5,000");
        assert_eq!(readable(1_234_560, "kwd"), "1,234.560 KWD");
        assert_eq!(readable(-50, "gbp"), "\u{2212}£0.50");
    }

    #[test]
    fn each_currency_has_its_rules() {
        let ok = |amount, code: &str| chargeable(amount, code, "amount", "Amount").is_ok();
        assert!(ok(50, "eur") && !ok(49, "eur"));
        assert!(ok(30, "gbp") && !ok(29, "gbp"));
        assert!(ok(50, "jpy") && !ok(49, "jpy"));
        assert!(ok(1230, "kwd") && !ok(1234, "kwd"));
        assert!(ok(500, "ugx") && !ok(550, "ugx"));
        assert!(ok(99_999_999, "usd") && !ok(100_000_000, "usd"));
        assert!(!ok(0, "usd") && !ok(-5, "usd"));
        assert_eq!(currency("EUR", "currency").unwrap(), "eur");
        assert!(currency("xyz", "currency").is_err());
    }
}
