//! Who held a vehicle, compared with who is charged and who objects. Pure; the pseudonyms end here.

use super::interval::Interval;
use chrono::{DateTime, Utc};

/// One stretch of ownership, by the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnershipInterval {
    /// The register's pseudonym.
    pub holder: String,
    /// When.
    pub during: Interval,
}

/// What the comparison says. Holds no pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnershipComparison {
    /// Whether the register knows who held the vehicle at capture.
    pub holder_known: bool,
    /// Whether the party charged held it; `None` when either is unknown.
    pub charged_held: Option<bool>,
    /// Whether the person who objects said who they are.
    pub party_given: bool,
    /// Whether that person is a party, by register or notice; `None` when the register does not know the vehicle.
    pub party_known: Option<bool>,
}

/// Compares.
///
/// The party charged is the addressee of the first notice. Without a served notice it is the person who objects, but
/// only if the register lists that person as a holder of this vehicle at some time: a stranger cannot have a fine
/// cancelled by naming himself.
#[must_use]
pub fn compare(
    intervals: &[OwnershipInterval],
    addressees: &[String],
    party: Option<&str>,
    captured_at: DateTime<Utc>,
) -> OwnershipComparison {
    let holder = intervals.iter().find(|interval| interval.during.covers(captured_at));
    let is_holder = |who: &str| intervals.iter().any(|interval| interval.holder == who);
    let charged = addressees.first().map(String::as_str).or_else(|| party.filter(|party| is_holder(party)));
    let is_party = |who: &str| is_holder(who) || addressees.iter().any(|addressee| addressee == who);
    OwnershipComparison {
        holder_known: holder.is_some(),
        charged_held: holder.zip(charged).map(|(holder, charged)| holder.holder == charged),
        party_given: party.is_some(),
        party_known: party.and_then(|party| {
            let known = is_party(party);
            (known || holder.is_some()).then_some(known)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32) -> DateTime<Utc> {
        format!("2026-03-{day:02}T00:00:00Z").parse().unwrap()
    }

    fn sold_on(day: u32) -> [OwnershipInterval; 2] {
        let interval = |holder: &str, from, until| OwnershipInterval {
            holder: holder.to_owned(),
            during: Interval { from, until },
        };
        [interval("seller", at(1), Some(at(day))), interval("buyer", at(day), None)]
    }

    #[test]
    fn the_seller_who_got_the_notice_did_not_hold_it_after_the_sale() {
        let standing = compare(&sold_on(5), &["seller".to_owned()], None, at(6));
        assert_eq!(standing.charged_held, Some(false));
        assert_eq!(compare(&sold_on(5), &["seller".to_owned()], None, at(4)).charged_held, Some(true));
    }

    #[test]
    fn a_former_holder_who_objects_counts_as_charged_when_no_notice_is_logged() {
        assert_eq!(compare(&sold_on(5), &[], Some("seller"), at(6)).charged_held, Some(false));
        assert_eq!(compare(&sold_on(5), &[], Some("buyer"), at(6)).charged_held, Some(true));
    }

    #[test]
    fn a_stranger_is_no_party_and_cannot_be_the_one_charged() {
        let standing = compare(&sold_on(5), &[], Some("stranger"), at(6));
        assert_eq!((standing.charged_held, standing.party_known), (None, Some(false)));
    }

    #[test]
    fn a_vehicle_that_the_register_does_not_know_says_nothing_about_anybody() {
        let standing = compare(&[], &[], Some("stranger"), at(6));
        assert_eq!((standing.holder_known, standing.charged_held, standing.party_known), (false, None, None));
    }
}
