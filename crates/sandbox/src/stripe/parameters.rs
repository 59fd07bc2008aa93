//! Checks the parameters of a call against the table generated from Stripe's own client library.
//!
//! The table (`parameters/table.txt`) names every parameter of every call the sandbox answers, with its type and whether
//! it is required; `parameters/generate.py` writes it.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::error::ApiError;
use super::form::Node;

static TABLE: &str = include_str!("../../parameters/table.txt");

/// What a parameter may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Any,
    Int,
    Number,
    Bool,
    Text,
    Map,
    /// One of these words.
    Word(Vec<&'static str>),
    /// A boolean or one of these words.
    BoolOrWord(Vec<&'static str>),
    /// Named children.
    Object,
    /// Named children or a whole number: `created`.
    ObjectOrInt,
    /// A list of plain values.
    ListOf(Box<Kind>),
    /// A list of objects with named children.
    List,
}

#[derive(Debug, Clone)]
struct Parameter {
    name: &'static str,
    required: bool,
    unsettable: bool,
    kind: Kind,
    children: Vec<Parameter>,
}

/// Checked parameters of one call: JSON of the declared types.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Map<String, Value>);

impl Params {
    /// The value at a dotted path: `payment_intent_data.metadata`.
    pub(crate) fn get(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(Value::as_str)
    }

    pub(crate) fn owned(&self, path: &str) -> Option<String> {
        self.text(path).map(str::to_owned)
    }

    pub(crate) fn int(&self, path: &str) -> Option<i64> {
        self.get(path).and_then(Value::as_i64)
    }

    pub(crate) fn bool(&self, path: &str) -> bool {
        self.get(path).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn list(&self, path: &str) -> &[Value] {
        self.get(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The words of a list of words.
    pub(crate) fn words(&self, path: &str) -> Vec<&str> {
        self.list(path).iter().filter_map(Value::as_str).collect()
    }

    /// Refuses what the sandbox does not act out: everything given that is not in this list.
    pub(crate) fn only(&self, acted_out: &[&str]) -> Result<(), ApiError> {
        match self.0.keys().find(|name| !acted_out.contains(&name.as_str())) {
            Some(name) => Err(ApiError::not_acted_out(name)),
            None => Ok(()),
        }
    }

    /// A map's entries.
    pub(crate) fn map(&self, path: &str) -> Map<String, Value> {
        self.get(path).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// Lays `metadata` over what is there.
    // Stripe: keys not named stay, an empty value removes its key, an empty `metadata` removes all (metadata)
    pub(crate) fn merge_metadata(&self, metadata: &mut Map<String, Value>) {
        if matches!(self.get("metadata"), Some(Value::Null)) {
            metadata.clear();
        }
        metadata.extend(self.map("metadata"));
        metadata.retain(|_, value| value != "");
    }

    /// Whether a parameter was given at all, as a value or to unset it.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.get(path).is_some()
    }
}

/// Whether the table knows this call.
#[cfg(test)]
pub(crate) fn knows(call: &str) -> bool {
    calls().contains_key(call)
}

/// Checks a parsed form against the table: unknown, missing and malformed parameters are Stripe's errors.
pub(crate) fn check(call: &str, form: &[(String, Node)]) -> Result<Params, ApiError> {
    let Some(declared) = calls().get(call) else {
        return Err(ApiError::invalid(format!("The sandbox has no parameter table for {call}.")));
    };
    check_children(declared, form, "").map(Params)
}

fn check_children(
    declared: &[Parameter],
    given: &[(String, Node)],
    parent: &str,
) -> Result<Map<String, Value>, ApiError> {
    let path = |name: &str| if parent.is_empty() { name.to_owned() } else { format!("{parent}[{name}]") };
    let mut checked = Map::new();
    for (name, node) in given {
        let Some(parameter) = declared.iter().find(|parameter| parameter.name == name) else {
            return Err(unknown(&path(name)));
        };
        checked.insert(name.clone(), check_one(parameter, node, &path(name))?);
    }
    for parameter in declared.iter().filter(|parameter| parameter.required) {
        if !checked.contains_key(parameter.name) {
            return Err(ApiError::missing(&path(parameter.name)));
        }
    }
    Ok(checked)
}

fn unknown(path: &str) -> ApiError {
    // Stripe: writing `payment_method_types` is gone since 2026-09-30.endive and has its own code (changelog)
    if path == "payment_method_types" {
        return ApiError::parameter(path, "The parameter `payment_method_types` is no longer supported.")
            .with_code("payment_method_types_no_longer_supported");
    }
    // Stripe: an unknown parameter is 400 parameter_unknown naming it (error codes)
    ApiError::parameter(path, format!("Received unknown parameter: {path}")).with_code("parameter_unknown")
}

fn check_one(parameter: &Parameter, node: &Node, path: &str) -> Result<Value, ApiError> {
    if matches!(node, Node::Leaf(text) if text.is_empty()) {
        return if parameter.unsettable {
            Ok(Value::Null)
        } else {
            // Stripe: an empty string unsets, and is refused where nothing can be unset (error codes)
            Err(ApiError::parameter(
                path,
                format!(
                    "You passed an empty string for '{path}'. We assume empty values are an attempt to unset a \
                     parameter; however '{path}' cannot be unset. You should remove '{path}' from your request or \
                     supply a non-empty value."
                ),
            )
            .with_code("parameter_invalid_empty"))
        };
    }
    match (&parameter.kind, node) {
        (Kind::Any, node) => Ok(untyped(node)),
        (Kind::Object | Kind::ObjectOrInt, Node::Branch(children)) => {
            check_children(&parameter.children, children, path).map(Value::Object)
        }
        (Kind::ObjectOrInt, Node::Leaf(text)) => plain(&Kind::Int, text, path),
        (Kind::Map, Node::Branch(children)) => check_map(children, path),
        (Kind::List, Node::Branch(children)) => in_order(children, path)?
            .into_iter()
            .map(|(index, child)| match child {
                Node::Branch(inner) => {
                    check_children(&parameter.children, inner, &format!("{path}[{index}]")).map(Value::Object)
                }
                Node::Leaf(_) => Err(ApiError::parameter(path, "Invalid array of objects.")),
            })
            .collect(),
        (Kind::ListOf(kind), Node::Branch(children)) => in_order(children, path)?
            .into_iter()
            .map(|(index, child)| match child {
                Node::Leaf(text) => plain(kind, text, &format!("{path}[{index}]")),
                Node::Branch(_) => Err(ApiError::parameter(path, "Invalid array.")),
            })
            .collect(),
        (Kind::Object, Node::Leaf(_)) => Err(ApiError::parameter(path, "Invalid object.")),
        (Kind::Map, Node::Leaf(_)) => Err(ApiError::parameter(path, "Invalid hash.")),
        (Kind::List | Kind::ListOf(_), Node::Leaf(_)) => Err(ApiError::parameter(path, "Invalid array.")),
        (kind, Node::Leaf(text)) => plain(kind, text, path),
        (_, Node::Branch(_)) => {
            Err(ApiError::parameter(path, "Invalid string: {...}").with_code("parameter_invalid_string"))
        }
    }
}

/// The elements of a list by their indices, which must be numbers.
fn in_order<'a>(children: &'a [(String, Node)], path: &str) -> Result<Vec<(u32, &'a Node)>, ApiError> {
    let mut elements = children
        .iter()
        .map(|(index, node)| {
            index.parse().map(|index| (index, node)).map_err(|_| ApiError::parameter(path, "Invalid array."))
        })
        .collect::<Result<Vec<(u32, _)>, _>>()?;
    elements.sort_by_key(|(index, _)| *index);
    Ok(elements)
}

// Stripe: metadata has up to 50 keys of up to 40 characters, values of up to 500 (metadata)
fn check_map(children: &[(String, Node)], path: &str) -> Result<Value, ApiError> {
    if children.len() > 50 {
        return Err(ApiError::parameter(path, "Metadata can have up to 50 keys."));
    }
    let mut map = Map::new();
    for (key, node) in children {
        let Node::Leaf(text) = node else {
            return Err(ApiError::parameter(path, format!("Invalid value for {path}[{key}].")));
        };
        if key.chars().count() > 40 || key.contains(['[', ']']) {
            return Err(ApiError::parameter(
                path,
                format!("Metadata keys can have up to 40 characters. Invalid key: {key}"),
            ));
        }
        let length = text.chars().count();
        if length > 500 {
            return Err(ApiError::parameter(
                format!("{path}[{key}]"),
                format!(
                    "Metadata values can have up to 500 characters, but you passed in a value that is {length} characters."
                ),
            ));
        }
        map.insert(key.clone(), Value::String(text.clone()));
    }
    Ok(Value::Object(map))
}

fn plain(kind: &Kind, text: &str, path: &str) -> Result<Value, ApiError> {
    let boolean = || match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    };
    match kind {
        Kind::Int => text.parse::<i64>().map(Value::from).map_err(|_| {
            ApiError::parameter(path, format!("Invalid integer: {text}"))
                .with_code("parameter_invalid_integer")
        }),
        Kind::Number => text
            .parse::<serde_json::Number>()
            .map(Value::Number)
            .map_err(|_| ApiError::parameter(path, format!("Invalid decimal: {text}"))),
        Kind::Bool => boolean().ok_or_else(|| ApiError::parameter(path, format!("Invalid boolean: {text}"))),
        Kind::BoolOrWord(words) => match boolean() {
            Some(value) => Ok(value),
            None => word(words, text, path),
        },
        Kind::Word(words) => word(words, text, path),
        _ => {
            // Stripe: plain strings are at most 5000 characters (error codes)
            if text.chars().count() > 5000 {
                return Err(ApiError::parameter(path, format!("Invalid string: too long for {path}."))
                    .with_code("parameter_invalid_string_too_long"));
            }
            Ok(Value::String(text.to_owned()))
        }
    }
}

fn word(words: &[&str], text: &str, path: &str) -> Result<Value, ApiError> {
    if words.contains(&text) {
        return Ok(Value::String(text.to_owned()));
    }
    let (last, first) = words.split_last().unwrap_or((&"", &[]));
    let choices =
        if first.is_empty() { (*last).to_owned() } else { format!("{}, or {last}", first.join(", ")) };
    Err(ApiError::parameter(path, format!("Invalid {path}: must be one of {choices}")))
}

fn untyped(node: &Node) -> Value {
    match node {
        Node::Leaf(text) => Value::String(text.clone()),
        Node::Branch(children) => {
            children.iter().map(|(name, child)| (name.clone(), untyped(child))).collect::<Map<_, _>>().into()
        }
    }
}

/// The table, read once: what each call declares.
fn calls() -> &'static HashMap<&'static str, Vec<Parameter>> {
    static CALLS: OnceLock<HashMap<&'static str, Vec<Parameter>>> = OnceLock::new();
    CALLS.get_or_init(|| {
        let mut calls = HashMap::new();
        let mut lines = TABLE.lines().filter(|line| !line.starts_with('#')).peekable();
        while let Some(call) = lines.next() {
            let mut own = Vec::new();
            while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
                own.push(line);
            }
            calls.insert(call, read_level(&own, 1));
        }
        calls
    })
}

fn read_level(lines: &[&'static str], depth: usize) -> Vec<Parameter> {
    let depth_of = |line: &str| (line.len() - line.trim_start().len()) / 2;
    let mut parameters = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        let own = after.iter().take_while(|line| depth_of(line) > depth).count();
        let (children, following) = after.split_at(own);
        let (name, kind) = line.trim_start().split_once(' ').unwrap_or((line.trim_start(), "any"));
        parameters.push(Parameter {
            name: name.trim_end_matches(['!', '?']),
            required: name.contains('!'),
            unsettable: name.contains('?'),
            kind: read_kind(kind),
            children: read_level(children, depth + 1),
        });
        rest = following;
    }
    parameters
}

fn read_kind(text: &'static str) -> Kind {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    match (first, rest) {
        ("int", _) => Kind::Int,
        ("number", _) => Kind::Number,
        ("bool", _) => Kind::Bool,
        ("string", _) => Kind::Text,
        ("map", _) => Kind::Map,
        ("enum", words) => Kind::Word(words.split('|').collect()),
        ("bool|enum", words) => Kind::BoolOrWord(words.split('|').collect()),
        ("object", _) => Kind::Object,
        ("object|int", _) => Kind::ObjectOrInt,
        ("list", "") => Kind::List,
        ("list", element) => Kind::ListOf(Box::new(read_kind(element))),
        _ => Kind::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, calls, check};
    use crate::stripe::form::parse;

    fn refusal(call: &str, form: &str) -> String {
        let error = check(call, &parse(form).unwrap()).unwrap_err();
        format!("{} {}", error.status, error.body()["error"])
    }

    #[test]
    fn the_generated_table_is_read_whole() {
        let session = &calls()["POST /v1/checkout/sessions"];
        let items = session.iter().find(|parameter| parameter.name == "line_items").unwrap();
        assert_eq!(items.kind, Kind::List);
        let price = items.children.iter().find(|parameter| parameter.name == "price_data").unwrap();
        let currency = price.children.iter().find(|parameter| parameter.name == "currency").unwrap();
        assert!(currency.required);
        assert!(calls()["GET /v1/events"].iter().any(|parameter| parameter.kind == Kind::ObjectOrInt));
    }

    #[test]
    fn refusals_are_stripes() {
        insta::assert_snapshot!(
            [
                refusal("POST /v1/customers", "nmae=Ada"),
                refusal("POST /v1/payment_intents", "currency=eur"),
                refusal("POST /v1/payment_intents", "currency=eur&amount=ten"),
                refusal("POST /v1/payment_intents", "currency=eur&amount=10&payment_method_types[0]=card"),
                refusal("POST /v1/checkout/sessions", "mode=gift"),
                refusal("POST /v1/checkout/sessions", "mode="),
                refusal("POST /v1/checkout/sessions", "line_items[0][price_data][unit_amount]=5"),
                refusal("POST /v1/checkout/sessions", "line_items=5"),
                refusal("GET /v1/events", "created[around]=5"),
            ]
            .join("\n"),
            @r#"
        400 {"code":"parameter_unknown","doc_url":"https://stripe.com/docs/error-codes/parameter-unknown","message":"Received unknown parameter: nmae","param":"nmae","type":"invalid_request_error"}
        400 {"code":"parameter_missing","doc_url":"https://stripe.com/docs/error-codes/parameter-missing","message":"Missing required param: amount.","param":"amount","type":"invalid_request_error"}
        400 {"code":"parameter_invalid_integer","doc_url":"https://stripe.com/docs/error-codes/parameter-invalid-integer","message":"Invalid integer: ten","param":"amount","type":"invalid_request_error"}
        400 {"code":"payment_method_types_no_longer_supported","doc_url":"https://stripe.com/docs/error-codes/payment-method-types-no-longer-supported","message":"The parameter `payment_method_types` is no longer supported.","param":"payment_method_types","type":"invalid_request_error"}
        400 {"message":"Invalid mode: must be one of payment, setup, or subscription","param":"mode","type":"invalid_request_error"}
        400 {"code":"parameter_invalid_empty","doc_url":"https://stripe.com/docs/error-codes/parameter-invalid-empty","message":"You passed an empty string for 'mode'. We assume empty values are an attempt to unset a parameter; however 'mode' cannot be unset. You should remove 'mode' from your request or supply a non-empty value.","param":"mode","type":"invalid_request_error"}
        400 {"code":"parameter_missing","doc_url":"https://stripe.com/docs/error-codes/parameter-missing","message":"Missing required param: line_items[0][price_data][currency].","param":"line_items[0][price_data][currency]","type":"invalid_request_error"}
        400 {"message":"Invalid array.","param":"line_items","type":"invalid_request_error"}
        400 {"code":"parameter_unknown","doc_url":"https://stripe.com/docs/error-codes/parameter-unknown","message":"Received unknown parameter: created[around]","param":"created[around]","type":"invalid_request_error"}
        "#
        );
    }

    #[test]
    fn right_parameters_have_their_types() {
        let params = check(
            "POST /v1/checkout/sessions",
            &parse("mode=payment&line_items[0][quantity]=2&metadata[attempt]=pat_1&expand[]=customer")
                .unwrap(),
        )
        .unwrap();
        assert_eq!(params.text("mode"), Some("payment"));
        assert_eq!(params.list("line_items")[0]["quantity"], 2);
        assert_eq!(params.text("metadata.attempt"), Some("pat_1"));
        assert_eq!(params.words("expand"), ["customer"]);
    }
}
