"""Writes table.txt: the parameters of every call the sandbox answers, as Stripe's own Python package declares them.

    python -m venv venv && venv/bin/pip install stripe && venv/bin/python generate.py > table.txt

One block per call, headed `METHOD path`; one line per parameter, indented by its depth:

    name[!][?] type

`!` marks a parameter that is required (inside its parent, if it has one), `?` one that an empty string unsets. Types:
`int`, `number`, `bool`, `string`, `map` (free keys, string values), `enum a|b|c`, `object` and `list` (children follow; a
list of plain values has the type of its elements, as in `list string`).
"""

import importlib
import sys
import types
import typing

import stripe
import typing_extensions
from stripe._request_options import RequestOptions

CALLS = [
    ("GET /v1/account", "_account_retrieve_current_params", "AccountRetrieveCurrentParams"),
    ("POST /v1/customers", "_customer_create_params", "CustomerCreateParams"),
    ("GET /v1/customers", "_customer_list_params", "CustomerListParams"),
    ("GET /v1/customers/{id}", "_customer_retrieve_params", "CustomerRetrieveParams"),
    ("POST /v1/customers/{id}", "_customer_update_params", "CustomerUpdateParams"),
    (
        "POST /v1/customers/{id}/funding_instructions",
        "_customer_create_funding_instructions_params",
        "CustomerCreateFundingInstructionsParams",
    ),
    (
        "GET /v1/customers/{id}/cash_balance",
        "_customer_retrieve_cash_balance_params",
        "CustomerRetrieveCashBalanceParams",
    ),
    (
        "GET /v1/customers/{id}/cash_balance_transactions",
        "_customer_list_cash_balance_transactions_params",
        "CustomerListCashBalanceTransactionsParams",
    ),
    (
        "POST /v1/test_helpers/customers/{id}/fund_cash_balance",
        "test_helpers._customer_fund_cash_balance_params",
        "CustomerFundCashBalanceParams",
    ),
    ("POST /v1/checkout/sessions", "checkout._session_create_params", "SessionCreateParams"),
    ("GET /v1/checkout/sessions", "checkout._session_list_params", "SessionListParams"),
    ("GET /v1/checkout/sessions/{id}", "checkout._session_retrieve_params", "SessionRetrieveParams"),
    ("POST /v1/checkout/sessions/{id}/expire", "checkout._session_expire_params", "SessionExpireParams"),
    (
        "GET /v1/checkout/sessions/{id}/line_items",
        "checkout._session_line_item_list_params",
        "SessionLineItemListParams",
    ),
    ("POST /v1/payment_intents", "_payment_intent_create_params", "PaymentIntentCreateParams"),
    ("GET /v1/payment_intents", "_payment_intent_list_params", "PaymentIntentListParams"),
    ("GET /v1/payment_intents/{id}", "_payment_intent_retrieve_params", "PaymentIntentRetrieveParams"),
    ("POST /v1/payment_intents/{id}/confirm", "_payment_intent_confirm_params", "PaymentIntentConfirmParams"),
    ("POST /v1/payment_intents/{id}/cancel", "_payment_intent_cancel_params", "PaymentIntentCancelParams"),
    ("GET /v1/payment_methods/{id}", "_payment_method_retrieve_params", "PaymentMethodRetrieveParams"),
    ("POST /v1/payment_methods/{id}/detach", "_payment_method_detach_params", "PaymentMethodDetachParams"),
    ("GET /v1/setup_intents/{id}", "_setup_intent_retrieve_params", "SetupIntentRetrieveParams"),
    ("GET /v1/mandates/{id}", "_mandate_retrieve_params", "MandateRetrieveParams"),
    ("GET /v1/charges", "_charge_list_params", "ChargeListParams"),
    ("GET /v1/charges/{id}", "_charge_retrieve_params", "ChargeRetrieveParams"),
    ("POST /v1/refunds", "_refund_create_params", "RefundCreateParams"),
    ("GET /v1/refunds", "_refund_list_params", "RefundListParams"),
    ("GET /v1/refunds/{id}", "_refund_retrieve_params", "RefundRetrieveParams"),
    ("GET /v1/disputes", "_dispute_list_params", "DisputeListParams"),
    ("GET /v1/disputes/{id}", "_dispute_retrieve_params", "DisputeRetrieveParams"),
    ("GET /v1/events", "_event_list_params", "EventListParams"),
    ("GET /v1/events/{id}", "_event_retrieve_params", "EventRetrieveParams"),
]

# Parents whose children are many and never asked for here: accepted as a whole, unchecked.
OPAQUE = {"payment_method_data", "payment_method_options", "mandate_data", "radar_options", "payment_details"}


def is_union(hint):
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def alternatives(hint):
    """The alternatives of a type, unions flattened."""
    if is_union(hint):
        for part in typing.get_args(hint):
            yield from alternatives(part)
    else:
        yield hint


def is_typed_dict(hint):
    return isinstance(hint, type) and typing_extensions.is_typeddict(hint)


def fields(record):
    skipped = set(RequestOptions.__annotations__)
    # The names that RequestOptions imports for type checkers only.
    names = {"StripeContext": object, "Mapping": typing.Mapping, **vars(stripe), **vars(sys.modules[record.__module__])}
    hints = typing.get_type_hints(record, names, include_extras=True)
    for name, hint in hints.items():
        if name in skipped:
            continue
        optional = typing.get_origin(hint) is typing.NotRequired
        if optional or typing.get_origin(hint) is typing.Required:
            (hint,) = typing.get_args(hint)
        yield name, not optional, hint


def emit(name, required, hint, depth):
    flat = list(alternatives(hint))
    literals = [value for part in flat if typing.get_origin(part) is typing.Literal for value in typing.get_args(part)]
    unsettable = "" in literals
    literals = [value for value in literals if value != ""]
    flat = [part for part in flat if typing.get_origin(part) is not typing.Literal]
    mark = ("!" if required else "") + ("?" if unsettable else "")
    lead = "  " * depth + name + mark + " "
    records = [part for part in flat if is_typed_dict(part)]
    lists = [part for part in flat if typing.get_origin(part) is list]
    maps = [part for part in flat if typing.get_origin(part) is dict]
    if name in OPAQUE:
        print(lead + "any")
    elif records:
        # `created` may be a number or a range: children beside a plain type.
        print(lead + ("object|int" if int in flat else "object"))
        for child in fields(records[0]):
            emit(*child, depth + 1)
    elif lists:
        (element,) = typing.get_args(lists[0])
        inner = list(alternatives(element))
        nested = [part for part in inner if is_typed_dict(part)]
        values = [v for part in inner if typing.get_origin(part) is typing.Literal for v in typing.get_args(part)]
        if nested:
            print(lead + "list")
            for child in fields(nested[0]):
                emit(*child, depth + 1)
        elif values:
            print(lead + "list enum " + "|".join(values))
        else:
            print(lead + "list " + plain(inner))
    elif maps:
        print(lead + "map")
    elif literals:
        # `off_session` is a boolean or one of two words.
        print(lead + ("bool|enum " if bool in flat else "enum ") + "|".join(str(value) for value in literals))
    else:
        print(lead + plain(flat))


def plain(parts):
    for kind, name in ((bool, "bool"), (int, "int"), (float, "number"), (str, "string")):
        if kind in parts:
            return name
    # Decimals are written as strings.
    return "string"


print(f"# Generated by generate.py from stripe {stripe.VERSION}, API {stripe.api_version}. Do not edit.")
for call, module, record in CALLS:
    print(call)
    for child in fields(getattr(importlib.import_module(f"stripe.params.{module}"), record)):
        emit(*child, 1)
