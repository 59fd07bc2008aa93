//! Handing messages over: claim, read the facts again, render, hand over, record.
