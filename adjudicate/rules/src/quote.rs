//! What is due by when: the reduction for early payment, and the days for payment after an objection. Pure.

use crate::policy::Policy;
use crate::policy::deadlines::{Deadline, DeadlineStart};
use crate::policy::numbers::{arabic_number, english_number};
use crate::policy::tariff::{DiscountBase, DiscountRule};
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use schemas::money::Money;
use schemas::text::{BilingualText, arabic_digits, isolated};

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

/// What a violation is, as far as its payment is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payable {
    /// What is due.
    pub due: Money,
    /// Least the law allows.
    pub min: Money,
    /// Most the law allows.
    pub max: Money,
    /// When the act was done.
    pub captured_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// For so long the clock stood still, while a document was awaited.
    pub clock_held_seconds: u64,
}

/// The reduction for early payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlyPayment {
    /// What is due until then.
    pub amount: Money,
    /// Share that is taken off, per cent.
    pub percent: Decimal,
    /// The last local day for it.
    pub last_day: NaiveDate,
    /// Whether that day is later because the clock stood still.
    pub is_later: bool,
}

/// The local days for payment after an objection ended with a sum still due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentDays {
    /// The last day to pay, and to ask for more time.
    pub pay_by: NaiveDate,
    /// How far payment can be deferred on request.
    pub deferred_to: Option<NaiveDate>,
    /// Until then the reduction holds for whoever was given the time.
    pub reduced_until: Option<NaiveDate>,
}

/// Whole days by which a time limit is later when the clock stood still for so many seconds: a part counts whole.
#[must_use]
pub fn held_days(seconds: u64) -> u64 {
    seconds.div_ceil(DAY_SECONDS)
}

/// Returns what early payment costs and until when; `None` where no reduction is granted or nothing says from when its days
/// run. It never costs more than what is due, and the day is never moved to an earlier one.
#[must_use]
pub fn early_payment(policy: &Policy, payable: &Payable) -> Option<EarlyPayment> {
    let limit = policy.deadlines().discount.as_ref()?;
    let started = match limit.starts_with() {
        DeadlineStart::Recorded => payable.recorded_at,
        // Not on file for a page.
        DeadlineStart::Served
        | DeadlineStart::ObjectionEnded
        | DeadlineStart::PaymentDue
        | DeadlineStart::ExtensionEnded => return None,
    };
    let zone = policy.jurisdiction().time_zone();
    let committed = payable.captured_at.with_timezone(&zone).date_naive();
    let is_granted =
        |rule: &&DiscountRule| rule.enabled && rule.committed_from.is_none_or(|from| from <= committed);
    let rules = policy.tariffs().discounts().iter().filter(is_granted);
    let reduced = rules.filter_map(|rule| Some((reduced(rule, payable)?, rule.percent)));
    let (amount, percent) = reduced.min_by_key(|(amount, _)| amount.amount())?;
    let held = held_days(payable.clock_held_seconds);
    let last_day = limit.last_day(started).checked_add_days(Days::new(held))?;
    Some(EarlyPayment { amount, percent, last_day, is_later: held > 0 })
}

fn reduced(rule: &DiscountRule, payable: &Payable) -> Option<Money> {
    let base = match rule.base {
        DiscountBase::Minimum => payable.min,
        DiscountBase::Maximum => payable.max,
        DiscountBase::Due => payable.due,
    };
    let currency = payable.due.currency();
    let off = base.amount() * rule.percent / Decimal::ONE_HUNDRED;
    let left = (payable.due.amount() - off).max(Decimal::ZERO);
    // What does not come out even is the payer's.
    let left = left.round_dp_with_strategy(currency.decimals(), RoundingStrategy::ToZero);
    Money::new(left, currency).ok()
}

/// Returns the days for payment after an objection that ended at `ended`; `None` where no day is set.
#[must_use]
pub fn payment_days(policy: &Policy, ended: DateTime<Utc>) -> Option<PaymentDays> {
    let deadlines = policy.deadlines();
    let payment = deadlines.payment.as_ref().filter(starts(DeadlineStart::ObjectionEnded))?;
    let pay_by = payment.last_day(ended);
    let extension = deadlines.payment_extension.as_ref().filter(starts(DeadlineStart::PaymentDue));
    let deferred_to = extension.map(|limit| limit.last_day_after(pay_by));
    let reduction = deadlines.discount_after_extension.as_ref().filter(starts(DeadlineStart::ExtensionEnded));
    let reduced_until = deferred_to.zip(reduction).map(|(end, limit)| limit.last_day_after(end));
    Some(PaymentDays { pay_by, deferred_to, reduced_until })
}

fn starts(with: DeadlineStart) -> impl Fn(&&Deadline) -> bool {
    move |limit| limit.starts_with() == with
}

fn arabic_day(day: NaiveDate) -> String {
    isolated(&arabic_digits(&day))
}

impl EarlyPayment {
    /// Returns the sentence for the citizen.
    #[must_use]
    pub fn in_words(&self, policy: &Policy) -> BilingualText {
        let Self { amount, percent, last_day, is_later } = *self;
        let amount = policy.words().amount(amount);
        let mut arabic = format!(
            "عند السداد حتى {} يكون المبلغ {} بعد تخفيض {}٪.",
            arabic_day(last_day),
            amount.arabic,
            arabic_number(percent)
        );
        let mut english =
            format!("If paid by {last_day}: {}, {} % less.", amount.english, english_number(percent));
        if is_later {
            arabic.push_str(" وأُضيفت إلى هذه المهلة الأيام التي انتظرنا فيها مستندًا.");
            english.push_str(" The days on which a document was awaited are added to this time.");
        }
        BilingualText::new(arabic, english)
    }
}

impl PaymentDays {
    /// Returns the sentences for the citizen.
    #[must_use]
    pub fn in_words(&self) -> BilingualText {
        let Self { pay_by, deferred_to, reduced_until } = *self;
        let mut arabic = format!("آخر يوم للسداد {}.", arabic_day(pay_by));
        let mut english = format!("The last day to pay is {pay_by}.");
        if let Some(day) = deferred_to {
            arabic.push_str(&format!(" ولمن يطلب مهلة قبل ذلك قد يُؤجَّل السداد حتى {}.", arabic_day(day)));
            english.push_str(&format!(" Whoever asks for more time by then may be given it until {day}."));
        }
        if let Some(day) = reduced_until {
            arabic.push_str(&format!(" ولمن مُنح المهلة يبقى تخفيض السداد المبكر حتى {}.", arabic_day(day)));
            english.push_str(&format!(" Whoever was given it keeps the reduction until {day}."));
        }
        BilingualText::new(arabic, english)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arabic_tests::assert_reads_well;
    use crate::policy::PolicySources;
    use schemas::jurisdiction::Jurisdiction;
    use schemas::money::Currency;

    fn riyals(amount: &str) -> Money {
        Money::new(amount.parse().unwrap(), Currency::SaudiRiyal).unwrap()
    }

    fn payable(due: &str) -> Payable {
        Payable {
            due: riyals(due),
            min: riyals("300"),
            max: riyals("500"),
            captured_at: "2026-05-03T10:00:00Z".parse().unwrap(),
            recorded_at: "2026-05-03T22:30:00Z".parse().unwrap(),
            clock_held_seconds: 0,
        }
    }

    fn saudi() -> Policy {
        Policy::compiled_in(Jurisdiction::SaudiArabia).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn early_payment_costs_a_quarter_less_until_a_local_day() {
        let quote = early_payment(&saudi(), &payable("300")).unwrap();
        // Recorded on 4 May in Riyadh.
        assert_eq!((quote.amount, quote.last_day), (riyals("225"), day("2026-05-19")));
        let words = quote.in_words(&saudi());
        assert_eq!(words.english, "If paid by 2026-05-19: 225 SAR, 25 % less.");
        assert_reads_well([words]);
        assert_eq!(early_payment(&saudi(), &payable("0.03")).unwrap().amount, riyals("0.02"));
    }

    #[test]
    fn the_day_moves_by_the_time_that_the_clock_stood_still() {
        let held = |seconds| Payable { clock_held_seconds: seconds, ..payable("300") };
        let last_day = |seconds| early_payment(&saudi(), &held(seconds)).unwrap().last_day;
        assert_eq!(
            [0, 1, 86_400, 86_401].map(last_day),
            ["2026-05-19", "2026-05-20", "2026-05-20", "2026-05-21"].map(day)
        );
        let words = early_payment(&saudi(), &held(60)).unwrap().in_words(&saudi());
        assert!(words.english.ends_with("are added to this time."), "{}", words.english);
        assert_reads_well([words]);
    }

    #[test]
    fn no_reduction_is_promised_before_its_first_day_or_where_it_is_off() {
        let before = Payable { captured_at: "2024-04-17T20:59:59Z".parse().unwrap(), ..payable("300") };
        assert_eq!(early_payment(&saudi(), &before), None);
        let egypt = Policy::compiled_in(Jurisdiction::Egypt).unwrap();
        assert_eq!(early_payment(&egypt, &payable("300")), None);
    }

    #[test]
    fn a_reduction_of_the_most_never_costs_less_than_nothing() {
        let mut sources = PolicySources::compiled_in(Jurisdiction::SaudiArabia);
        let text = sources.tariffs.replace("base = \"due\"\ncommitted", "base = \"maximum\"\ncommitted");
        assert_ne!(text, sources.tariffs);
        sources.tariffs = &text;
        let policy = Policy::load(Jurisdiction::SaudiArabia, &sources).unwrap();
        assert_eq!(early_payment(&policy, &payable("300")).unwrap().amount, riyals("175"));
        assert_eq!(early_payment(&policy, &payable("100")).unwrap().amount, riyals("0"));
    }

    #[test]
    fn after_an_objection_the_days_follow_each_other_and_egypt_sets_none() {
        let ended = "2026-06-01T09:00:00Z".parse().unwrap();
        let days = payment_days(&saudi(), ended).unwrap();
        assert_eq!(days.pay_by, day("2026-06-16"));
        assert_eq!(
            (days.deferred_to, days.reduced_until),
            (Some(day("2026-09-14")), Some(day("2026-10-14")))
        );
        let words = days.in_words();
        assert!(words.english.contains("may be given it until 2026-09-14"), "{}", words.english);
        assert_reads_well([words]);
        let egypt = Policy::compiled_in(Jurisdiction::Egypt).unwrap();
        assert_eq!(payment_days(&egypt, ended), None);
    }
}
