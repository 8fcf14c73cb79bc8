//! What the operations of the API's document have in common: the refusals that any of them may meet before its handler, and
//! the forms of what names things. Said once here, so that no operation can forget one.

use crate::api::idempotency::KEY_CHARACTERS_MAX;
use crate::error::PROBLEM_MEDIA_TYPE;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::{
    GROUNDS_MAX, GroundCode, SHORT_TEXT_CHARACTERS_MAX, STORY_CHARACTERS_MAX, VIOLATIONS_MAX,
};
use schemas::plate::grammar::PlateGrammar;
use schemas::text::Language;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ArrayItems, Object, Schema};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Type};

/// Refusals of any operation: status and what it means.
const OF_ALL: [(&str, &str); 8] = [
    ("400", "The request cannot be understood"),
    ("401", "No valid key"),
    ("403", "This key's role may not do that"),
    ("421", "The service has another host name"),
    ("422", "Something in it cannot be used"),
    ("429", "Too many requests in a short time"),
    ("500", "The server is at fault"),
    ("503", "The server is too slow or away"),
];
/// Refusals of any operation with a body.
const OF_CHANGES: [(&str, &str); 3] = [
    ("409", "The first call with this Idempotency-Key is still at work"),
    ("413", "The body is too large"),
    ("415", "The body has another media type"),
];
/// Refusals that say when to come again.
const TO_COME_AGAIN: [&str; 2] = ["429", "503"];
/// What stands behind the letter of a reference: groups of Crockford's alphabet and a check character, which no pattern can
/// tell.
const REFERENCE_GROUPS: &str = "(-[0-9A-HJKMNP-TV-Z]{4}){3}-[0-9A-HJKMNP-TV-Z]{5}$";
const TASK: &str = "^rev_[0-9a-f]{32}$";
const DIGEST: &str = "^[0-9a-f]{64}$";
const VERSION: &str = "^\"[0-9]{1,18}\"$";
const CURRENCY: &str = "^(EGP|SAR)$";
/// At most two decimals.
const AMOUNT: &str = "^[0-9]{1,7}(\\.[0-9]{1,2})?$";

/// The form of a text or a list.
enum Form {
    /// A text of this pattern.
    Pattern(String),
    /// A text of so many characters.
    Characters(usize, usize),
    /// One of these texts.
    OneOf(Vec<&'static str>),
    /// A list of so many members, and the form of each.
    List(usize, usize, Option<Box<Form>>),
}

/// Completes what the handlers say of themselves.
pub(crate) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for (operation, takes_body) in [(&mut item.get, false), (&mut item.post, true)] {
            let Some(operation) = operation else { continue };
            refusals(operation, takes_body);
            for parameter in operation.parameters.iter_mut().flatten() {
                let RefOr::T(parameter) = parameter else { continue };
                parameter_form(path, parameter);
            }
        }
    }
    let Some(components) = &mut document.components else { return };
    for (schema, property, form) in body_forms() {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(schema)
            && let Some(property) = object.properties.get_mut(property)
        {
            form.give(property);
        }
    }
}

fn refusals(operation: &mut Operation, takes_body: bool) {
    let of_changes = if takes_body { &OF_CHANGES[..] } else { &[] };
    for (status, meaning) in OF_ALL.iter().chain(of_changes) {
        let of_operation = &mut operation.responses.responses;
        of_operation.entry((*status).to_owned()).or_insert_with(|| RefOr::T(refusal(status, meaning)));
    }
}

fn refusal(status: &str, meaning: &str) -> Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(meaning).content(PROBLEM_MEDIA_TYPE, problem);
    if !TO_COME_AGAIN.contains(&status) {
        return response.build();
    }
    let seconds = HeaderBuilder::new()
        .schema(Some(Object::with_type(Type::Integer)))
        .description(Some("Seconds to wait"))
        .build();
    response.header("Retry-After", seconds).build()
}

fn parameter_form(path: &str, parameter: &mut Parameter) {
    let form = match parameter.name.as_str() {
        "Idempotency-Key" => Form::Pattern(format!("^[!-~]{{1,{KEY_CHARACTERS_MAX}}}$")),
        "Rasid-Plate" => Form::Pattern(plate()),
        "If-Match" => Form::Pattern(VERSION.to_owned()),
        "task" | "after" => Form::Pattern(TASK.to_owned()),
        "sha256" => Form::Pattern(DIGEST.to_owned()),
        "reference" if path.contains("/objections/") => Form::Pattern(reference('B')),
        "reference" => Form::Pattern(reference('V')),
        "kind" => Form::OneOf(vec!["objection", "manual_check"]),
        _ => return,
    };
    if let Some(schema) = &mut parameter.schema {
        form.give(schema);
    }
}

/// Texts of bodies that have a form: the schema, its property, the form.
fn body_forms() -> Vec<(&'static str, &'static str, Form)> {
    let violation = || Form::Pattern(reference('V'));
    let pseudonym = || Form::Pattern(pseudonym());
    let story = || Form::Characters(1, STORY_CHARACTERS_MAX);
    let list = |least, most| Form::List(least, most, None);
    vec![
        ("ObjectionIn", "violations", Form::List(1, VIOLATIONS_MAX, Some(Box::new(violation())))),
        ("ObjectionIn", "plate", Form::Pattern(plate())),
        ("ObjectionIn", "grounds", list(1, GROUNDS_MAX)),
        ("ObjectionIn", "story", story()),
        ("ObjectionIn", "language", Form::OneOf(Language::ALL.iter().map(|one| one.code()).collect())),
        ("ObjectionIn", "party", pseudonym()),
        ("ObjectionIn", "contact", pseudonym()),
        ("ObjectionIn", "lateness_reason", story()),
        ("GroundIn", "code", Form::OneOf(GroundCode::ALL.iter().map(|one| one.code()).collect())),
        ("GroundIn", "document_number", Form::Characters(1, SHORT_TEXT_CHARACTERS_MAX)),
        ("GroundIn", "other_violation", violation()),
        ("HumanReviewIn", "lateness_reason", story()),
        ("ClaimNextIn", "kind", Form::OneOf(vec!["objection", "manual_check"])),
        ("VerdictIn", "violation", violation()),
        ("AmountIn", "amount", Form::Pattern(AMOUNT.to_owned())),
        ("AmountIn", "currency", Form::Pattern(CURRENCY.to_owned())),
    ]
}

fn reference(letter: char) -> String {
    format!("^{letter}{REFERENCE_GROUPS}")
}

/// A party's or contact's reference; an empty one is none.
fn pseudonym() -> String {
    format!("^([A-Za-z][A-Za-z0-9_-]{{0,{}}})?$", SHORT_TEXT_CHARACTERS_MAX - 1)
}

/// Keys of plates, of all countries.
fn plate() -> String {
    let of = |jurisdiction: Jurisdiction| PlateGrammar::of(jurisdiction).key_pattern();
    format!("^({})$", Jurisdiction::ALL.map(of).join("|"))
}

impl Form {
    fn give(self, schema: &mut RefOr<Schema>) {
        let RefOr::T(schema) = schema else { return };
        match (self, schema) {
            (Self::Pattern(pattern), Schema::Object(text)) => text.pattern = Some(pattern),
            (Self::Characters(least, most), Schema::Object(text)) => {
                text.min_length = Some(least);
                text.max_length = Some(most);
            }
            (Self::OneOf(texts), Schema::Object(text)) => {
                let pattern = format!("^({})$", texts.join("|"));
                text.pattern = Some(pattern);
            }
            (Self::List(least, most, member), Schema::Array(list)) => {
                list.min_items = Some(least);
                list.max_items = Some(most);
                if let (Some(member), ArrayItems::RefOrSchema(items)) = (member, &mut list.items) {
                    member.give(items);
                }
            }
            (Self::Pattern(_) | Self::Characters(..) | Self::OneOf(_) | Self::List(..), _) => {}
        }
    }
}
