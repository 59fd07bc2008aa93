//! Money: trying to collect it, learning what came of that, and booking it.
//!
//! * [`start`]: a customer pays. Makes one attempt and the provider's page for it.
//! * [`sync`]: asks the provider how something stands and writes down what it says. Webhooks, the way back from the
//!   provider's page and the sweep all end here, in whatever order they come, as often as they like.
//! * [`booking`]: money that came, in one transaction: the ledger, what it is applied to, the attempt, the receipt.
//! * [`by_hand`]: money that a member received and writes down, or takes back.
//! * [`credit`]: money that waits for a use, and what is given up.
//! * [`credit_notes`]: an issued invoice made smaller.
//! * [`uses`]: what a customer's money is applied to, whoever received it, and how it is freed again.
//! * [`give_back`]: a member gives money back. [`refunds`]: what the provider says of that, whoever asked for it. [`disputes`]: money that the payer's bank took back.
//! * [`charge`]: paying with one that is kept, without a page of the provider's.
//! * [`saved`]: ways to pay that a customer keeps for later.
//! * [`reconcile`]: whether the books and the provider say the same.
//! * [`back`]: what both come to in the books, and what happens when such money comes again.
//!
//! The provider is never believed beyond its own objects: what a webhook says is only a reason to fetch the object. An
//! object is booked under its own id, so that a fact is one row however often it is told.

mod account;
pub(in crate::operations) mod attempt;
mod back;
pub mod booking;
pub mod by_hand;
pub mod cash;
pub mod charge;
pub mod credit;
pub mod credit_notes;
pub mod disputes;
pub mod give_back;
mod page;
mod receipts;
pub mod reconcile;
pub mod refunds;
pub mod saved;
pub mod start;
pub mod sync;
pub mod uses;

pub use account::{Account, AccountError, provider_account};
pub use start::{StartError, StartPayment, Started, Wanted, With, of_transfer, start};
pub use sync::{PaidFor, Returned, ReturnedError, SyncError, Synced, returned};
