//! What a business set about following up, read once for many customers.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::Calendar;
use domain::follow_up::{CustomerTerms, Settings};
use domain::schedule::{Schedule, Tone};
use domain::{BusinessId, Country, ScheduleId, Timestamp, time};
use store::follow_up::Group;
use store::identity::Business;
use store::{StoreError, Tx, follow_up, identity, schedules};

use crate::env::Env;
use crate::holidays;
use crate::operations::sms;
use crate::sabotage::{self, Fault};

/// A business with its follow-up settings, its schedules as they stand, and a calendar for each country it was asked for.
#[derive(Debug, Clone)]
pub struct House {
    /// The business.
    pub business: Business,
    /// What it set.
    pub settings: Settings,
    segments_used: Option<i64>,
    schedules: BTreeMap<ScheduleId, Arc<Schedule>>,
    standard: Arc<Schedule>,
    calendars: BTreeMap<Country, Arc<Calendar>>,
}

impl House {
    /// Reads it, as it is at a moment; none when there is no such business.
    pub async fn load(
        env: &Env,
        tx: &mut Tx,
        id: BusinessId,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Some(business) = identity::business(tx, id).await? else { return Ok(None) };
        let settings = follow_up::settings(tx, id).await?.value;
        let schedules = schedules::of_business(tx, id).await?;
        let schedules = schedules.into_iter().map(|named| (named.id, Arc::new(named.schedule))).collect();
        Ok(Some(Self {
            segments_used: sms::segments_used(env, tx, &business, now).await?,
            business,
            settings,
            schedules,
            standard: Arc::new(Schedule::standard()),
            calendars: BTreeMap::new(),
        }))
    }

    /// The same house with another schedule in place of one that it has, or of the standard one: what a preview asks with.
    #[must_use]
    pub fn with_schedule(mut self, replaced: Option<ScheduleId>, schedule: Schedule) -> Self {
        let schedule = Arc::new(schedule);
        match replaced {
            Some(id) => drop(self.schedules.insert(id, schedule)),
            None => self.standard = schedule,
        }
        self
    }

    /// The same house with other settings.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Self { settings, calendars: BTreeMap::new(), ..self }
    }

    /// Whether it texts: there is a gateway, the business uses it, and this month's texts are not used up.
    pub fn texts(&self) -> bool {
        sms::may_text(self.segments_used, self.settings.sms)
    }

    /// The schedule a customer follows: their own, else their group's, else the business's, else the standard one.
    pub fn schedule(&self, terms: &CustomerTerms, group: Option<&Group>) -> Arc<Schedule> {
        let of_group = group.and_then(|group| group.schedule);
        let id = terms.schedule.or(of_group).or(self.settings.schedule);
        let named = id.and_then(|id| self.schedules.get(&id));
        Arc::clone(named.unwrap_or(&self.standard))
    }

    /// The tone from which on each step needs approval, for this customer.
    pub fn approval_from(terms: &CustomerTerms, group: Option<&Group>) -> Option<Tone> {
        terms.approval_from.or(group.and_then(|group| group.approval_from))
    }

    /// Business days and hours for customers of a country. Settings that make none are refused when they are saved and by the
    /// schema; should they stand there all the same, nothing but the standard hours is safe.
    pub fn calendar(&mut self, country: Country, now: Timestamp) -> Arc<Calendar> {
        let today = time::civil_date(now, self.business.time_zone);
        let settings = &self.settings;
        let make = || {
            let holidays = if settings.keeps_holidays && !sabotage::is(Fault::IgnoresHolidays) {
                BTreeSet::clone(&holidays::around(country, today))
            } else {
                BTreeSet::new()
            };
            Arc::new(settings.calendar(holidays).unwrap_or_else(|_| Calendar::standard()))
        };
        Arc::clone(self.calendars.entry(country).or_insert_with(make))
    }
}

/// Houses by business, each read once.
#[derive(Debug, Default)]
pub struct Houses(BTreeMap<BusinessId, House>);

impl Houses {
    /// The house of a business; none when there is no such business.
    pub async fn of(
        &mut self,
        env: &Env,
        tx: &mut Tx,
        id: BusinessId,
        now: Timestamp,
    ) -> Result<Option<&mut House>, StoreError> {
        match self.0.entry(id) {
            Entry::Occupied(known) => Ok(Some(known.into_mut())),
            Entry::Vacant(room) => match House::load(env, tx, id, now).await? {
                Some(house) => Ok(Some(room.insert(house))),
                None => Ok(None),
            },
        }
    }
}
