//! What happened to an invoice or a customer, over every channel.
