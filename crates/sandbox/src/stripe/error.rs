//! Stripe's error answers: status, type, code, parameter and message.

use serde_json::{Map, Value, json};

/// An error as the API answers it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    kind: &'static str,
    code: Option<String>,
    param: Option<String>,
    message: String,
    extra: Map<String, Value>,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, code: None, param: None, message: message.into(), extra: Map::new() }
    }

    /// 400 `invalid_request_error`: most of what a caller can do wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// 400 for one parameter.
    pub(crate) fn parameter(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(message).with_param(param)
    }

    /// A required parameter is not there.
    pub(crate) fn missing(param: &str) -> Self {
        Self::parameter(param, format!("Missing required param: {param}.")).with_code("parameter_missing")
    }

    /// A parameter that means something to Stripe but that the sandbox does not act out. Refused rather than ignored, so
    /// that nobody believes a test that passed without it.
    pub(crate) fn not_acted_out(param: &str) -> Self {
        Self::parameter(param, format!("The sandbox does not act out `{param}`; see its index page."))
            .with_code("sandbox_not_supported")
    }

    /// The object named in the address does not exist: 404.
    // Stripe: an id in the path that does not exist is 404 resource_missing, one in a parameter 400 (error codes)
    pub(crate) fn no_such(kind: &str, id: &str, param: &str) -> Self {
        let mut error = Self::no_such_parameter(kind, id, param);
        error.status = 404;
        error
    }

    /// The object named in a parameter does not exist: 400.
    pub(crate) fn no_such_parameter(kind: &str, id: &str, param: &str) -> Self {
        Self::parameter(param, format!("No such {kind}: '{id}'")).with_code("resource_missing")
    }

    /// 401: no key, or one that is not known.
    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// 402: the instrument was refused.
    pub(crate) fn card(message: impl Into<String>) -> Self {
        Self::new(402, "card_error", message)
    }

    /// An idempotency key used wrongly (400) or at the same moment (409).
    pub(crate) fn idempotency(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, "idempotency_error", message)
    }

    /// 404 for an address no call has.
    pub(crate) fn unknown_address(method: &str, path: &str) -> Self {
        Self::new(
            404,
            "invalid_request_error",
            format!(
                "Unrecognized request URL ({method}: {path}). The sandbox's index page lists what it answers."
            ),
        )
    }

    /// An error of Stripe's own making, on request of a scripted fault.
    pub(crate) fn scripted(status: u16) -> Self {
        let kind = if status == 429 { "invalid_request_error" } else { "api_error" };
        let error = Self::new(status, kind, "The sandbox was told to answer like this.");
        // Stripe: rate limiting answers 429 with code rate_limit (rate limits)
        if status == 429 { error.with_code("rate_limit") } else { error }
    }

    pub(crate) fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    pub(crate) fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// The body Stripe sends.
    pub(crate) fn body(&self) -> Value {
        let mut error = Map::new();
        if let Some(code) = &self.code {
            error.insert("code".to_owned(), json!(code));
            // Stripe: an error with a code links to its page (errors)
            let page = code.replace('_', "-");
            error.insert("doc_url".to_owned(), json!(format!("https://stripe.com/docs/error-codes/{page}")));
        }
        error.insert("message".to_owned(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), json!(param));
        }
        error.insert("type".to_owned(), json!(self.kind));
        error.extend(self.extra.clone());
        json!({ "error": error })
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}
