//! The one list of offences. Whatever a part of the system must know of a kind stands in its row, and follows from it.
//!
//! A new kind is a row of [`each_offence`](crate::each_offence), a file of its name in `rules/src/offence`, and the
//! country data that its code asks for: its words and its rows of fines. A kind that carries what none does yet brings a
//! form of its own ([`ActData`]) and the field of the wire's message.

use crate::act::{ActData, NotUnderstood, Section, SectionAct, SeenAct, SentAct, Signal, SpeedAct};

/// The table: hands its rows to the macro of the given name, which makes of them what it needs.
///
/// | column | says |
/// |---|---|
/// | name, form, file | of the variant, of the data that an act of the kind carries, of its rules |
/// | `code` | its own name in features, tables and country data |
/// | `filed_as` | under whose code it is sent, priced and stored |
/// | `rests_on` | what of a sighting it is judged by, and which facts speak against it |
/// | `clock` | what the camera's clock is needed for |
/// | `recorded_by` | kinds of camera that are built to record it |
#[macro_export]
macro_rules! each_offence {
    ($make:ident) => {
        $make! {
            /// Driving faster than the limit, at one place.
            Speed(SpeedAct) in speed {
                code: "speed",
                filed_as: Speed,
                rests_on: [Speed],
                clock: Instant,
                recorded_by: [Speed, SpeedAndRedLight],
            }
            /// Driving faster than the limit, between two places.
            Section(SectionAct) in section {
                code: "section_speed",
                filed_as: Speed,
                rests_on: [Speed, Section],
                clock: Passage,
                recorded_by: [Section],
            }
            /// Crossing the line on red.
            RedLight(SeenAct) in red_light {
                code: "red_light",
                filed_as: RedLight,
                rests_on: [Signal],
                clock: Light,
                recorded_by: [RedLight, SpeedAndRedLight],
            }
        }
    };
}

macro_rules! kinds {
    ($(
        $(#[$doc:meta])*
        $kind:ident($form:ty) in $file:ident {
            code: $code:literal,
            filed_as: $filed_as:ident,
            rests_on: [$($ground:ident),*],
            clock: $clock:ident,
            recorded_by: [$($camera:ident),*],
        }
    )*) => {
        /// The kinds of offence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OffenceKind {
            $($(#[$doc])* $kind,)*
        }

        impl OffenceKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Returns its own name in features, tables and country data.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)*
                }
            }

            /// Returns the kind under whose code it is sent, priced and stored.
            #[must_use]
            pub const fn filed_as(self) -> Self {
                match self {
                    $(Self::$kind => Self::$filed_as,)*
                }
            }

            /// Returns what of a sighting it is judged by.
            #[must_use]
            pub const fn rests_on(self) -> &'static [Observation] {
                match self {
                    $(Self::$kind => &[$(Observation::$ground,)*],)*
                }
            }

            /// Returns what the camera's clock is needed for.
            #[must_use]
            pub const fn clock(self) -> ClockUse {
                match self {
                    $(Self::$kind => ClockUse::$clock,)*
                }
            }

            /// Returns the kinds of camera that are built to record it.
            #[must_use]
            pub const fn recorded_by(self) -> &'static [CameraKind] {
                match self {
                    $(Self::$kind => &[$(CameraKind::$camera,)*],)*
                }
            }
        }

        /// What the camera says was done, with all that it states of it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Act {
            $($(#[$doc])* $kind($form),)*
            /// Not of the list, or not to be read: a person looks.
            NotUnderstood(NotUnderstood),
        }

        impl Act {
            fn read_as(kind: OffenceKind, sent: &SentAct) -> Result<Self, String> {
                match kind {
                    $(OffenceKind::$kind => <$form as ActData>::read(sent).map(Self::$kind),)*
                }
            }

            /// Returns its kind; `None` if it was not understood.
            #[must_use]
            pub const fn kind(&self) -> Option<OffenceKind> {
                match self {
                    $(Self::$kind(_) => Some(OffenceKind::$kind),)*
                    Self::NotUnderstood(_) => None,
                }
            }

            /// Returns what stands in its place; `None` if it was understood.
            #[must_use]
            pub const fn not_understood(&self) -> Option<&NotUnderstood> {
                match self {
                    $(Self::$kind(_) => None,)*
                    Self::NotUnderstood(act) => Some(act),
                }
            }

            /// Returns what is sent of it; of an act that was not understood only the code, the light and the section.
            #[must_use]
            pub fn send(&self) -> SentAct {
                match self {
                    $(Self::$kind(act) => SentAct { code: self.code().to_owned(), ..act.send() },)*
                    Self::NotUnderstood(NotUnderstood { code, problem: _, signal, section }) => SentAct {
                        code: code.clone(),
                        signal: *signal,
                        section: section.clone(),
                        ..SentAct::default()
                    },
                }
            }

            /// Returns the measured speed; `None` if the act has none.
            #[must_use]
            pub fn speed(&self) -> Option<&SpeedAct> {
                match self {
                    $(Self::$kind(act) => act.speed(),)*
                    Self::NotUnderstood(_) => None,
                }
            }

            /// Returns the state of the light; `None` if the camera stated none.
            #[must_use]
            pub fn signal(&self) -> Option<Signal> {
                match self {
                    $(Self::$kind(act) => act.signal(),)*
                    Self::NotUnderstood(act) => act.signal,
                }
            }

            /// Returns the two ends of the section; `None` if the act has none.
            #[must_use]
            pub fn section(&self) -> Option<&Section> {
                match self {
                    $(Self::$kind(act) => act.section(),)*
                    Self::NotUnderstood(act) => act.section.as_ref(),
                }
            }
        }

        /// One value for each kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct PerKind<T> {
            $($file: T,)*
        }

        impl<T> PerKind<T> {
            /// Makes a value for each kind.
            ///
            /// # Errors
            /// The first of `make`.
            pub fn try_new<E>(mut make: impl FnMut(OffenceKind) -> Result<T, E>) -> Result<Self, E> {
                Ok(Self { $($file: make(OffenceKind::$kind)?,)* })
            }

            /// Returns the value of `kind`.
            #[must_use]
            pub const fn of(&self, kind: OffenceKind) -> &T {
                match kind {
                    $(OffenceKind::$kind => &self.$file,)*
                }
            }
        }
    };
}

each_offence!(kinds);

/// What an offence is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Observation {
    /// A measured speed against a limit, and with it the sign.
    Speed,
    /// Two places with a certified distance.
    Section,
    /// The traffic light.
    Signal,
}

/// What the camera's clock is needed for: how far it may be off depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClockUse {
    /// To know when it was, within seconds.
    Instant,
    /// To measure the time between two places.
    Passage,
    /// To tell one phase of a light from the next.
    Light,
}

crate::closed_list! {
    /// What a camera is built to record; the names stand in rows and imports.
    pub enum CameraKind {
        /// Speed at one place.
        Speed = "speed",
        /// Mean speed between two places.
        Section = "section",
        /// Crossing on red.
        RedLight = "red_light",
        /// Both at one junction.
        SpeedAndRedLight = "speed_and_red_light",
    }
}

impl CameraKind {
    /// Whether it is built to record offences of `kind`.
    #[must_use]
    pub fn records(self, kind: OffenceKind) -> bool {
        kind.recorded_by().contains(&self)
    }
}

impl OffenceKind {
    /// Returns the kind with that code of its own; `None` if there is none.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Returns the kind that is sent and stored under `code`, with or without the two ends of a section; `None` if there
    /// is none.
    #[must_use]
    pub fn filed_under(code: &str, with_section: bool) -> Option<Self> {
        Self::all_filed_under(code).find(|kind| kind.is_judged_by(Observation::Section) == with_section)
    }

    /// Whether it is judged by `observation`.
    #[must_use]
    pub fn is_judged_by(self, observation: Observation) -> bool {
        self.rests_on().contains(&observation)
    }

    fn all_filed_under(code: &str) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |kind| kind.filed_as().code() == code)
    }
}

impl Act {
    /// Code of an act that was not understood, in rows and metrics.
    pub const NOT_UNDERSTOOD: &'static str = "not_understood";

    /// Reads what was sent: an act of the list with its data, or one that is not understood.
    #[must_use]
    pub fn read(sent: SentAct) -> Self {
        let read = match OffenceKind::filed_under(&sent.code, sent.section.is_some()) {
            Some(kind) => Self::read_as(kind, &sent),
            None if OffenceKind::all_filed_under(&sent.code).next().is_some() => {
                Err("an act of this code has no two ends of a section".to_owned())
            }
            None => Err("the code of the act is not known".to_owned()),
        };
        let SentAct { code, signal, section, .. } = sent;
        read.unwrap_or_else(|problem| Self::NotUnderstood(NotUnderstood { code, problem, signal, section }))
    }

    /// Returns the code under which it is sent, priced, stored and counted.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind() {
            Some(kind) => kind.filed_as().code(),
            None => Self::NOT_UNDERSTOOD,
        }
    }

    /// Returns what the camera's clock was needed for, as far as that is known.
    #[must_use]
    pub fn clock(&self) -> ClockUse {
        match (self.kind(), self.section()) {
            (Some(kind), _) => kind.clock(),
            (None, Some(_)) => ClockUse::Passage,
            (None, None) => ClockUse::Instant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CertificateId, EventId};
    use std::collections::BTreeSet;

    fn sent(code: &str, section: Option<Section>) -> SentAct {
        SentAct {
            code: code.into(),
            measured: "87.5".into(),
            unit: "km/h".into(),
            method: "radar".into(),
            limit: "60".into(),
            limit_source: "fixed_sign".into(),
            signal: None,
            section,
        }
    }

    fn section() -> Section {
        Section {
            entry: EventId::parse("e-0").unwrap(),
            exit: EventId::parse("e-1").unwrap(),
            distance_certificate: CertificateId::parse("D-7").unwrap(),
        }
    }

    #[test]
    fn every_code_leads_back_to_its_kind_and_is_filed_under_one_that_is_its_own() {
        let codes: BTreeSet<_> = OffenceKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), OffenceKind::ALL.len());
        assert!(!codes.contains(Act::NOT_UNDERSTOOD));
        for kind in OffenceKind::ALL.iter().copied() {
            assert_eq!(OffenceKind::from_code(kind.code()), Some(kind));
            assert_eq!(kind.filed_as().filed_as(), kind.filed_as());
            let with_section = kind.is_judged_by(Observation::Section);
            assert_eq!(OffenceKind::filed_under(kind.filed_as().code(), with_section), Some(kind));
        }
        assert_eq!(OffenceKind::from_code("tailgating"), None);
    }

    #[test]
    fn every_kind_is_recorded_by_some_camera_and_every_camera_records_some_kind() {
        assert!(OffenceKind::ALL.iter().all(|kind| !kind.recorded_by().is_empty()));
        for camera in CameraKind::ALL {
            assert!(OffenceKind::ALL.iter().any(|kind| camera.records(*kind)), "{camera:?}");
            assert_eq!(CameraKind::from_label(camera.label()), Some(camera));
        }
        assert!(!CameraKind::RedLight.records(OffenceKind::Speed));
    }

    #[test]
    fn a_speed_with_two_ends_is_a_section_and_keeps_the_code_that_it_is_sent_under() {
        let act = Act::read(sent("speed", Some(section())));
        assert_eq!((act.kind(), act.code()), (Some(OffenceKind::Section), "speed"));
        assert_eq!(act.clock(), ClockUse::Passage);
        assert_eq!(act.section(), Some(&section()));
        assert_eq!(act.send(), sent("speed", Some(section())));
        assert_eq!(Act::read(sent("speed", None)).kind(), Some(OffenceKind::Speed));
    }

    #[test]
    fn an_act_with_data_that_it_cannot_have_is_not_understood_and_keeps_what_was_sent() {
        let act = Act::read(sent("red_light", Some(section())));
        assert_eq!((act.kind(), act.code()), (None, "not_understood"));
        assert_eq!(act.section(), Some(&section()));
        assert_eq!(act.send().code, "red_light");
        // The code of its own is no code of the wire.
        assert_eq!(Act::read(sent("section_speed", Some(section()))).kind(), None);
    }
}
