//! The acts that facts are gathered about.

/// The acts that violations are issued for, as far as facts differ between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActKind {
    /// Too fast, at one place.
    Speed,
    /// Too fast, between two places.
    SectionSpeed,
    /// Crossing on red.
    RedLight,
}

impl ActKind {
    /// The act of that name.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        [Self::Speed, Self::SectionSpeed, Self::RedLight].into_iter().find(|act| act.label() == label)
    }

    /// Name in features.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Speed => "speed",
            Self::SectionSpeed => "section_speed",
            Self::RedLight => "red_light",
        }
    }
}
