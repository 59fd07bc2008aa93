//! Reading rows: a macro for the private structs that columns are read into, and the conversions that name table,
//! column and row when what is stored cannot be.

use std::fmt::Display;

use domain::{Currency, Money};

use crate::StoreError;

/// A private row: a struct whose fields are columns of the same name, read from either database.
macro_rules! row {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        $visibility struct $name { $($field: $type,)+ }

        impl<'r, R> sqlx::FromRow<'r, R> for $name
        where
            R: sqlx::Row,
            &'static str: sqlx::ColumnIndex<R>,
            $($type: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)+
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?,)+ })
            }
        }
    };
}

/// One row of one table, while its columns become domain values.
#[derive(Clone, Copy)]
pub(crate) struct Reading<Row> {
    pub table: &'static str,
    pub row: Row,
}

impl<Row: Display> Reading<Row> {
    /// The value of a column, or an error that says where the impossible one stands.
    pub fn value<T, E: std::fmt::Debug>(
        &self,
        column: &'static str,
        value: Result<T, E>,
    ) -> Result<T, StoreError> {
        value.map_err(|problem| StoreError::corrupt(self.table, column, &self.row, format!("{problem:?}")))
    }

    /// The value of a column whose stored text or number must name something.
    pub fn known<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| {
            StoreError::corrupt(self.table, column, &self.row, "not a value this program writes")
        })
    }

    /// A value that must stand in a row of this state.
    pub fn present<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| StoreError::corrupt(self.table, column, &self.row, "missing in this state"))
    }

    /// The value of a column that may be empty, and else must name something.
    pub fn named<T>(
        &self,
        column: &'static str,
        name: Option<&str>,
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        name.map(|name| self.known(column, from_name(name))).transpose()
    }

    /// A currency's code.
    pub fn currency(&self, code: &str) -> Result<Currency, StoreError> {
        self.known("currency", Currency::from_code(code))
    }

    /// An amount, or a sum of amounts, in minor units.
    pub fn money(&self, column: &'static str, minor: i64, currency: Currency) -> Result<Money, StoreError> {
        self.value(column, Money::new(minor, currency))
    }

    /// JSON that the program wrote.
    pub fn json(&self, column: &'static str, text: &str) -> Result<serde_json::Value, StoreError> {
        self.value(column, serde_json::from_str(text))
    }

    /// A number that the program only writes small and not negative.
    pub fn count(&self, column: &'static str, number: i64) -> Result<u32, StoreError> {
        self.value(column, u32::try_from(number))
    }

    /// A keyed hash of 32 bytes.
    pub fn hash(&self, column: &'static str, bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
        self.known(column, bytes.try_into().ok())
    }
}
