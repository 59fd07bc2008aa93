//! Checks the books and the chain.
