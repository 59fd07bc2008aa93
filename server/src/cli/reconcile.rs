//! `dunlin reconcile`

use std::process::ExitCode;

use crate::config::Config;
use crate::env::Principal;
use crate::operations::payments::reconcile;

use super::{CliError, open, say};

/// Exits with 1 when anything differs or could not be compared, so that a script can act on it.
pub(super) async fn run(config: Config) -> Result<ExitCode, CliError> {
    let env = open(&config).await?;
    let compared = reconcile::all(&env, &Principal::Operator).await;
    env.store.close().await;
    let mut agrees = true;
    for (business, compared) in compared? {
        match compared {
            Ok(compared) => {
                let (objects, healed, drift) = (compared.objects, compared.healed, compared.drift.len());
                say(format_args!(
                    "{} ({}): drift {drift}; {objects} payments, refunds and disputes compared, {healed} booked only now",
                    business.name, business.id
                ));
                for difference in compared.drift {
                    agrees = false;
                    let amount = |amount: Option<domain::Money>| {
                        amount.map_or("nothing".to_owned(), |amount| amount.format(business.locale))
                    };
                    say(format_args!(
                        "  {}: {} at Stripe, {} in the books",
                        difference.reference,
                        amount(difference.at_provider),
                        amount(difference.in_books)
                    ));
                }
            }
            Err(error) => {
                agrees = false;
                say(format_args!("{} ({}): could not be compared: {error}", business.name, business.id));
            }
        }
    }
    Ok(if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
