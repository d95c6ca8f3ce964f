//! Prints the surface that foreign languages see of the built library, a line for each thing that an app can name: what
//! is committed in `mobile-bindings/surface.txt`.

use anyhow::{Context, Result};
use uniffi_bindgen::macro_metadata::extract_from_library;
use uniffi_meta::{FieldMetadata, FnParamMetadata, Metadata, Type, VariantMetadata};

#[allow(clippy::print_stdout, reason = "printing is what it is for")]
fn main() -> Result<()> {
    let library = std::env::args().nth(1).context("which library?")?;
    let mut lines: Vec<String> =
        extract_from_library(library.as_str().into())?.iter().flat_map(lines_of).collect();
    lines.sort();
    lines.dedup();
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

fn lines_of(item: &Metadata) -> Vec<String> {
    match item {
        Metadata::Func(it) => {
            vec![call("function", &it.name, it.is_async, &it.inputs, it.return_type.as_ref(), &it.throws)]
        }
        Metadata::Constructor(it) => {
            let name = format!("{}.{}", it.self_name, it.name);
            vec![call("constructor", &name, it.is_async, &it.inputs, None, &it.throws)]
        }
        Metadata::Method(it) => {
            let name = format!("{}.{}", it.self_name, it.name);
            vec![call("method", &name, it.is_async, &it.inputs, it.return_type.as_ref(), &it.throws)]
        }
        Metadata::TraitMethod(it) => {
            let name = format!("{}.{}", it.trait_name, it.name);
            vec![call("callback", &name, it.is_async, &it.inputs, it.return_type.as_ref(), &it.throws)]
        }
        Metadata::Record(it) => {
            let fields = it.fields.iter().map(|field| format!("record {}.{}", it.name, field_text(field)));
            std::iter::once(format!("record {}", it.name)).chain(fields).collect()
        }
        Metadata::Enum(it) => it.variants.iter().map(|variant| variant_line(&it.name, variant)).collect(),
        Metadata::Object(it) => vec![format!("object {}", it.name)],
        Metadata::CustomType(it) => vec![format!("custom {} = {}", it.name, type_text(&it.builtin))],
        _ => Vec::new(),
    }
}

fn call(
    what: &str,
    name: &str,
    is_async: bool,
    inputs: &[FnParamMetadata],
    gives: Option<&Type>,
    throws: &Option<Type>,
) -> String {
    let inputs: Vec<String> = inputs
        .iter()
        .map(|input| {
            let default = if input.default.is_some() { " = …" } else { "" };
            format!("{}: {}{default}", input.name, type_text(&input.ty))
        })
        .collect();
    let mut line = format!("{what} {name}({})", inputs.join(", "));
    if is_async {
        line.push_str(" async");
    }
    if let Some(gives) = gives {
        line.push_str(&format!(" -> {}", type_text(gives)));
    }
    if let Some(throws) = throws {
        line.push_str(&format!(" throws {}", type_text(throws)));
    }
    line
}

fn variant_line(of: &str, variant: &VariantMetadata) -> String {
    let fields: Vec<String> = variant.fields.iter().map(field_text).collect();
    if fields.is_empty() {
        format!("variant {of}.{}", variant.name)
    } else {
        format!("variant {of}.{} {{ {} }}", variant.name, fields.join(", "))
    }
}

fn field_text(field: &FieldMetadata) -> String {
    let default = if field.default.is_some() { " = …" } else { "" };
    format!("{}: {}{default}", field.name, type_text(&field.ty))
}

fn type_text(of: &Type) -> String {
    match of {
        Type::Optional { inner_type } => format!("{}?", type_text(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", type_text(inner_type)),
        Type::Record { name, .. }
        | Type::Enum { name, .. }
        | Type::Object { name, .. }
        | Type::Custom { name, .. } => name.clone(),
        other => format!("{other:?}"),
    }
}
