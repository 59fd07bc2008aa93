"""Scenes in which Stripe's own library meets the sandbox. Input and output are JSON."""

import json
import sys

import stripe


def client(given):
    return stripe.StripeClient(
        given["key"], base_addresses={"api": given["url"]}, max_network_retries=0
    )


def make(given):
    v1 = client(given).v1
    account = v1.accounts.retrieve_current()
    assert account.charges_enabled
    customer = v1.customers.create({"name": "Ada", "email": "ada@customer.example", "metadata": {"customer": "cust_1"}})
    params = {
        "mode": "payment",
        "customer": customer.id,
        "success_url": "https://business.example/done",
        "line_items": [
            {
                "price_data": {"currency": "eur", "unit_amount": 5000, "product_data": {"name": "Invoice"}},
                "quantity": 1,
            }
        ],
        "allowed_payment_method_types": ["card", "sepa_debit"],
        "payment_intent_data": {"metadata": {"attempt": "pat_1"}},
    }
    session = v1.checkout.sessions.create(params, {"idempotency_key": "pat_1"})
    again = v1.checkout.sessions.create(params, {"idempotency_key": "pat_1"})
    assert again.id == session.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    try:
        v1.checkout.sessions.create({**params, "client_reference_id": "x"}, {"idempotency_key": "pat_1"})
        raise AssertionError("other parameters under the same key")
    except stripe.IdempotencyError as error:
        assert error.http_status == 400
    try:
        v1.customers.create({"nmae": "Ada"})
        raise AssertionError("an unknown parameter")
    except stripe.InvalidRequestError as error:
        assert (error.code, error.param) == ("parameter_unknown", "nmae")
    try:
        stripe.StripeClient("sk_live_key", base_addresses={"api": given["url"]}).v1.customers.list()
        raise AssertionError("a live key")
    except stripe.AuthenticationError as error:
        assert error.http_status == 401
    try:
        v1.payment_intents.create(
            {"amount": 5000, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa_chargeDeclined"}
        )
        raise AssertionError("a declined card")
    except stripe.CardError as error:
        assert error.decline_code == "generic_decline" if hasattr(error, "decline_code") else True
        assert error.error.payment_intent.status == "requires_payment_method"
    return {"session": session.id}


def find(given):
    v1 = client(given).v1
    session = v1.checkout.sessions.retrieve(given["session"], {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert session.payment_status == "paid"
    assert session.line_items.data[0].amount_total == 5000
    intent = session.payment_intent
    assert intent.metadata["attempt"] == "pat_1"
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert v1.payment_methods.retrieve(intent.payment_method).card.brand == "visa"
    assert [s.id for s in v1.checkout.sessions.list({"payment_intent": intent.id}).data] == [session.id]
    assert v1.charges.retrieve(intent.latest_charge.id).paid
    since = {"created": {"gte": session.created - 3600}, "limit": 2}
    kinds = [event.type for event in v1.events.list(since).auto_paging_iter()]
    assert "checkout.session.completed" in kinds, kinds
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 1000, "reason": "requested_by_customer"})
    assert v1.refunds.retrieve(refund.id).status == "succeeded"
    completed = v1.events.list({"types": ["checkout.session.completed"]}).data
    assert completed[0].data.object.id == session.id
    return {"status": intent.status, "events": len(kinds) - kinds.count("customer.created")}


def verify(given):
    try:
        event = stripe.Webhook.construct_event(given["body"], given["signature"], given["secret"])
    except stripe.SignatureVerificationError:
        return {"refused": True}
    return {"type": event.type}


given = json.load(sys.stdin)
print(json.dumps({"make": make, "find": find, "verify": verify}[sys.argv[1]](given)))
