//! Charging what is kept at Stripe. (docs.stripe.com/payments/save-and-reuse)

use std::collections::HashMap;

use stripe_core::PaymentIntentAllowedPaymentMethodTypes as Allowed;
use stripe_core::payment_intent::{CreatePaymentIntent, CreatePaymentIntentOffSession};

use super::refused;
use crate::gateway::{GatewayError, NewCharge};
use domain::payment::Method;

/// The payment intent that is made and confirmed in one call.
pub(super) fn request(new: NewCharge) -> Result<CreatePaymentIntent, GatewayError> {
    let ours = new.amount.currency();
    let amount =
        ours.to_stripe_minor(new.amount.minor()).map_err(|_| refused("amount_unsupported", "amount"))?;
    let Ok(currency) = ours.code().to_ascii_lowercase().parse::<stripe_types::Currency>();
    let allowed = match new.method {
        Method::Card => Allowed::Card,
        Method::SepaDebit => Allowed::SepaDebit,
        Method::UsBankAccount => Allowed::UsBankAccount,
        Method::BacsDebit => Allowed::BacsDebit,
        _ => return Err(refused("method_unsupported", "payment_method")),
    };
    let request = CreatePaymentIntent::new(amount, currency)
        .customer(new.provider_customer)
        .payment_method(new.reference)
        .allowed_payment_method_types(vec![allowed])
        .description(new.description)
        .confirm(true)
        .metadata(HashMap::from([
            ("business".to_owned(), new.business.to_string()),
            ("attempt".to_owned(), new.attempt.to_string()),
            ("customer".to_owned(), new.customer.to_string()),
        ]));
    // A debit was allowed by its mandate, for whenever it is charged. The holder of a card who pressed a button is here, but not on a
    // page on which they could confirm anything with their bank: where the bank wants that, there is no payment.
    Ok(if new.method.settles_later() || !new.present {
        request.off_session(CreatePaymentIntentOffSession::Bool(true))
    } else {
        request.error_on_requires_action(true)
    })
}
