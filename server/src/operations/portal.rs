//! Portal links: opening, exchanging, renewing.
