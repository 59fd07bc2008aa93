//! Portal links and the browser sessions that keep them.
