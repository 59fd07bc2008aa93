//! The business's own bank accounts: what customers transfer to, one a currency.

use domain::bank::{AccountNumber, BankAccount, Bic};
use domain::event::EventKind;
use domain::{Currency, FieldErrors, FieldProblem, Label, Name, Permission};
use store::identity;

use super::record::{Facts, Told, actor, record};
use super::settings::SettingsError;
use crate::env::{Env, Principal};

/// An account, as typed.
#[derive(Debug, Clone, Default)]
pub struct BankAccountInput {
    /// Three letters.
    pub currency: String,
    /// Whose it is.
    pub bank_holder: String,
    /// An IBAN, or what its country uses instead.
    pub bank_number: String,
    /// The bank's own number, for an account without an IBAN.
    pub bank_routing: String,
    /// The bank's international code.
    pub bank_bic: String,
    /// The bank's name.
    pub bank_name: String,
}

/// Shows the accounts, and the currency the business writes its invoices in.
pub async fn show(env: &Env, principal: &Principal) -> Result<(Vec<BankAccount>, Currency), SettingsError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(SettingsError::NotFound)?;
    Ok((business.bank_accounts, business.currency))
}

/// Adds an account, or replaces the one of its currency.
pub async fn save(env: &Env, principal: &Principal, input: &BankAccountInput) -> Result<(), SettingsError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let account = parse(input)?;
    let account = &account;
    env.store
        .transact(async |tx| {
            identity::set_bank_account(tx, business, account, env.business_now()).await?;
            let facts = Facts { number: Some(account.currency.code().to_owned()), ..Facts::default() };
            let told = Told::new(EventKind::BankAccountSet, business).facts(facts);
            record(tx, env, business, actor(principal), told);
            Ok(())
        })
        .await
}

/// Removes the account of a currency. One that is gone already is as it should be.
pub async fn remove(env: &Env, principal: &Principal, currency: &str) -> Result<(), SettingsError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let currency = Currency::parse(currency).map_err(|problem| FieldErrors::one("currency", problem))?;
    env.store
        .transact(async |tx| {
            if identity::remove_bank_account(tx, business, currency).await? {
                let facts = Facts { number: Some(currency.code().to_owned()), ..Facts::default() };
                let told = Told::new(EventKind::BankAccountRemoved, business).facts(facts);
                record(tx, env, business, actor(principal), told);
            }
            Ok(())
        })
        .await
}

fn parse(input: &BankAccountInput) -> Result<BankAccount, FieldErrors> {
    let mut errors = FieldErrors::new();
    let currency = errors.check("currency", Currency::parse(&input.currency));
    let holder = errors.check("bank_holder", Name::parse(&input.bank_holder));
    let routing = errors.check("bank_routing", Label::parse_optional(&input.bank_routing));
    let number = match (currency, &routing) {
        (Some(currency), Some(routing)) => {
            errors.check("bank_number", AccountNumber::parse(&input.bank_number, routing.clone(), currency))
        }
        _ => None,
    };
    // An IBAN names the bank already; a second number beside it could only contradict it.
    if let (Some(AccountNumber::Iban { .. }), Some(Some(_))) = (&number, &routing) {
        errors.push("bank_routing", FieldProblem::NotBesideIban);
    }
    let bic = errors.check("bank_bic", Bic::parse_optional(&input.bank_bic));
    let bank_name = errors.check("bank_name", Name::parse_optional(&input.bank_name));
    match (currency, holder, number, bic, bank_name) {
        (Some(currency), Some(holder), Some(number), Some(bic), Some(bank_name)) if errors.is_empty() => {
            Ok(BankAccount { currency, holder, number, bic, bank_name })
        }
        _ => Err(errors),
    }
}
