//! Decides about the receivables that are due for a decision.
