//! Steerable stand-ins for the outside world, for tests and the simulated year.

pub mod gateway;
pub mod simulation;
pub mod world;
