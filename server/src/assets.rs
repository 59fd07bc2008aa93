//! The files a browser loads besides pages, embedded in the binary.
