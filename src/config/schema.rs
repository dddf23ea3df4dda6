//! The JSON Schema of the document, for editors: completion, descriptions, and red lines before anything runs.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use super::document::Document;

/// The JSON Schema of a schedule, pretty-printed and the same at every call.
#[must_use]
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(for_editors))
        .into_generator()
        .into_root_schema_for::<Document>();
    // `{:#}` of a Value is JSON too, and cannot fail.
    let mut text = format!("{:#}", schema.to_value());
    text.push('\n');
    text
}

/// TOML has no null: a key that may be left out is simply left out.
fn for_editors(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|one| one != &serde_json::json!({ "type": "null" }));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only);
        }
    }
    // The comments of the source are wrapped; an editor wraps for itself.
    if let Some(Value::String(words)) = object.get_mut("description") {
        *words = words.replace('\n', " ");
    }
    // Serde's defaults are Rust's business; the descriptions say what holds when a key is left out.
    object.remove("default");
}
