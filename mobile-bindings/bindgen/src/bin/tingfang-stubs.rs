//! Prints the typed stubs of the Python module: the generated module makes its errors and variants as it runs, where no
//! type checker sees them.

use anyhow::{Context, Result};
use uniffi_bindgen::macro_metadata::extract_from_library;
use uniffi_meta::{
    EnumMetadata, FieldMetadata, FnParamMetadata, Metadata, RecordMetadata, Type, VariantMetadata,
};

const HEAD: &str = "import datetime\nimport enum\nimport typing\n\n\nclass InternalError(Exception): ...\n";

#[allow(clippy::print_stdout, reason = "printing is what it is for")]
fn main() -> Result<()> {
    let library = std::env::args().nth(1).context("which library?")?;
    let items = extract_from_library(library.as_str().into())?;
    let mut classes: Vec<String> = items.iter().filter_map(|item| class_of(item, &items)).collect();
    classes.sort();
    let mut functions: Vec<String> = items
        .iter()
        .filter_map(|item| match item {
            Metadata::Func(it) => {
                Some(call("", &it.name, it.is_async, None, &it.inputs, it.return_type.as_ref()))
            }
            _ => None,
        })
        .collect();
    functions.sort();
    println!("{HEAD}\n{}\n\n{}", classes.join("\n\n"), functions.join("\n"));
    Ok(())
}

fn class_of(item: &Metadata, items: &[Metadata]) -> Option<String> {
    match item {
        Metadata::Record(it) => Some(record(it)),
        Metadata::Enum(it) => Some(enumeration(it, items)),
        Metadata::Object(it) => Some(object(&it.name, items)),
        Metadata::CallbackInterface(it) => Some(object(&it.name, items)),
        _ => None,
    }
}

/// A record: its fields are given by name.
fn record(it: &RecordMetadata) -> String {
    let mut lines = vec![format!("class {}:", it.name)];
    lines.extend(it.fields.iter().map(|field| format!("    {}: {}", field.name, type_text(&field.ty))));
    let given: Vec<String> = it.fields.iter().map(parameter_of_field).collect();
    lines.push(format!("    def __init__(self, *, {}) -> None: ...", given.join(", ")));
    lines.join("\n")
}

fn enumeration(it: &EnumMetadata, items: &[Metadata]) -> String {
    let is_error = it.shape.is_error();
    if !is_error && it.variants.iter().all(|variant| variant.fields.is_empty()) {
        let codes = it.variants.iter().enumerate();
        let codes = codes.map(|(nth, variant)| format!("    {} = {nth}", upper(&variant.name)));
        return std::iter::once(format!("class {}(enum.Enum):", it.name))
            .chain(codes)
            .collect::<Vec<_>>()
            .join("\n");
    }
    // A variant is a class inside of its own base, which a stub can only say from outside.
    let base = format!("_{}", it.name);
    let mut lines = vec![format!("class {base}{}:", if is_error { "(Exception)" } else { "" })];
    let methods = methods(&it.name, items);
    lines.extend(if methods.is_empty() { vec!["    ...".to_owned()] } else { methods });
    lines.extend([String::new(), format!("class {}({base}):", it.name)]);
    for variant in &it.variants {
        lines.extend(variant_class(&it.name, variant, is_error));
    }
    lines.join("\n")
}

fn variant_class(of: &str, variant: &VariantMetadata, is_error: bool) -> Vec<String> {
    let name = if is_error { variant.name.clone() } else { upper(&variant.name) };
    let mut lines = vec![format!("    class {name}({of}):")];
    // Fields without a name are read by their index.
    let has_names = variant.fields.iter().all(|field| !field.name.is_empty());
    let named = variant.fields.iter().filter(|_| has_names);
    lines.extend(named.map(|field| format!("        {}: {}", field.name, type_text(&field.ty))));
    if !has_names {
        lines.push("        def __getitem__(self, index: int) -> typing.Any: ...".to_owned());
    }
    let given: Vec<String> = variant
        .fields
        .iter()
        .enumerate()
        .map(|(nth, field)| match has_names {
            true => parameter_of_field(field),
            false => format!("__{nth}: {}", type_text(&field.ty)),
        })
        .collect();
    let given: String = given.iter().map(|given| format!(", {given}")).collect();
    lines.push(format!("        def __init__(self{given}) -> None: ..."));
    lines
}

fn object(name: &str, items: &[Metadata]) -> String {
    let methods = methods(name, items);
    let methods = if methods.is_empty() { vec!["    ...".to_owned()] } else { methods };
    std::iter::once(format!("class {name}:")).chain(methods).collect::<Vec<_>>().join("\n")
}

fn methods(of: &str, items: &[Metadata]) -> Vec<String> {
    let mut lines: Vec<String> = items
        .iter()
        .filter_map(|item| match item {
            Metadata::Constructor(it) if it.self_name == of => {
                let made = Type::Object {
                    module_path: it.module_path.clone(),
                    name: of.to_owned(),
                    imp: uniffi_meta::ObjectImpl::Struct,
                };
                let line = call("    ", &it.name, it.is_async, Some("cls"), &it.inputs, Some(&made));
                Some(format!("    @classmethod\n{line}"))
            }
            Metadata::Method(it) if it.self_name == of => {
                Some(call("    ", &it.name, it.is_async, Some("self"), &it.inputs, it.return_type.as_ref()))
            }
            Metadata::TraitMethod(it) if it.trait_name == of => {
                Some(call("    ", &it.name, it.is_async, Some("self"), &it.inputs, it.return_type.as_ref()))
            }
            _ => None,
        })
        .collect();
    lines.sort();
    lines
}

fn call(
    indent: &str,
    name: &str,
    is_async: bool,
    receiver: Option<&str>,
    inputs: &[FnParamMetadata],
    gives: Option<&Type>,
) -> String {
    let inputs = inputs.iter().map(|input| {
        let default = if input.default.is_some() { " = ..." } else { "" };
        format!("{}: {}{default}", input.name, type_text(&input.ty))
    });
    let all: Vec<String> = receiver.map(str::to_owned).into_iter().chain(inputs).collect();
    let gives = gives.map_or_else(|| "None".to_owned(), type_text);
    let before = if is_async { "async " } else { "" };
    format!("{indent}{before}def {name}({}) -> {gives}: ...", all.join(", "))
}

fn parameter_of_field(field: &FieldMetadata) -> String {
    let default = if field.default.is_some() { " = ..." } else { "" };
    format!("{}: {}{default}", field.name, type_text(&field.ty))
}

/// Types are quoted nowhere: in a stub every name is known everywhere.
fn type_text(of: &Type) -> String {
    match of {
        Type::Optional { inner_type } => format!("typing.Optional[{}]", type_text(inner_type)),
        Type::Sequence { inner_type } => format!("typing.List[{}]", type_text(inner_type)),
        Type::Box { inner_type } => type_text(inner_type),
        Type::Enum { name, .. } => name.clone(),
        Type::Record { name, .. } | Type::Object { name, .. } => name.clone(),
        Type::Custom { builtin, .. } => type_text(builtin),
        Type::String => "str".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Timestamp => "datetime.datetime".to_owned(),
        Type::Duration => "datetime.timedelta".to_owned(),
        Type::Float32 | Type::Float64 => "float".to_owned(),
        _ => "int".to_owned(),
    }
}

/// The name of a variant as Python writes it.
fn upper(name: &str) -> String {
    let mut out = String::new();
    for (nth, sign) in name.chars().enumerate() {
        if nth > 0 && sign.is_uppercase() {
            out.push('_');
        }
        out.extend(sign.to_uppercase());
    }
    out
}
