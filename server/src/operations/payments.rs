//! Payment attempts, and booking the money they bring.
