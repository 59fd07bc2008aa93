//! Lists: newest first, cut into pages by a cursor, and filtered by when things were made.

use serde_json::{Value, json};

use super::error::ApiError;
use super::objects::{Shelf, Stored};
use super::parameters::Params;

/// What a list says about itself.
pub(crate) struct Page<'a> {
    pub(crate) url: &'a str,
    /// Stripe's word for the objects, for the refusal of a cursor that is none of them.
    pub(crate) kind: &'a str,
}

/// One page of a shelf.
// Stripe: 1 to 100 objects a page, 10 unless told; the cursor is the id of an object (pagination)
pub(crate) fn page<T: Stored>(
    shelf: &Shelf<T>,
    params: &Params,
    about: &Page<'_>,
    wanted: impl Fn(&T) -> bool,
    shown: impl Fn(&T) -> Value,
) -> Result<Value, ApiError> {
    let mut rows = shelf.newest_first().collect::<Vec<_>>();
    let limit = limit(params)?;
    let (after, before) = cursors(params, about, |cursor| shelf.get(cursor).is_some())?;
    if let Some(cursor) = after {
        let position = rows.iter().position(|row| row.id() == cursor).map_or(0, |position| position + 1);
        rows.drain(..position);
    }
    if let Some(cursor) = before {
        let position = rows.iter().position(|row| row.id() == cursor).unwrap_or(rows.len());
        rows.truncate(position);
    }
    rows.retain(|row| within(params, row.created()) && wanted(row));
    let has_more = rows.len() > limit;
    // Pages backwards hold what lies next to the cursor, still newest first.
    let rows = if before.is_some() { rows.split_off(rows.len().saturating_sub(limit)) } else { rows };
    let data: Vec<Value> = rows.into_iter().take(limit).map(shown).collect();
    Ok(json!({"object": "list", "data": data, "has_more": has_more, "url": about.url}))
}

/// How many objects a page may have.
pub(crate) fn limit(params: &Params) -> Result<usize, ApiError> {
    let limit = params.int("limit").unwrap_or(10);
    let Some(limit) = usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit)) else {
        return Err(ApiError::parameter(
            "limit",
            if limit < 1 {
                "This value must be greater than or equal to 1."
            } else {
                "This value must be less than or equal to 100."
            },
        )
        .with_code("parameter_invalid_integer"));
    };
    Ok(limit)
}

/// The cursors, of which there may be one, and it must be an object of this list.
fn cursors<'p>(
    params: &'p Params,
    about: &Page<'_>,
    exists: impl Fn(&str) -> bool,
) -> Result<(Option<&'p str>, Option<&'p str>), ApiError> {
    let (after, before) = (params.text("starting_after"), params.text("ending_before"));
    if after.is_some() && before.is_some() {
        return Err(ApiError::invalid("You cannot parameterize both starting_after and ending_before."));
    }
    for (name, cursor) in [("starting_after", after), ("ending_before", before)] {
        if let Some(cursor) = cursor
            && !exists(cursor)
        {
            return Err(ApiError::no_such_parameter(about.kind, cursor, name));
        }
    }
    Ok((after, before))
}

/// The `created` filter: one moment, or bounds.
fn within(params: &Params, created: i64) -> bool {
    if let Some(moment) = params.int("created") {
        return created == moment;
    }
    params.int("created.gt").is_none_or(|bound| created > bound)
        && params.int("created.gte").is_none_or(|bound| created >= bound)
        && params.int("created.lt").is_none_or(|bound| created < bound)
        && params.int("created.lte").is_none_or(|bound| created <= bound)
}
