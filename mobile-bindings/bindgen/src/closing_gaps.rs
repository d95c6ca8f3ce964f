//! What the generated sources leave open, closed: an app's part that throws what is no exception of the usual kind, and
//! an object that was closed.
//!
//! The generator catches `kotlin.Exception` and Python's `Exception` only. A `NotImplementedError` of a Kotlin key store
//! or a `SystemExit` of a Python one passes it, the boundary gives back what nobody has written, and a save that never
//! happened counts as done. And a Kotlin object that was closed throws an `IllegalStateException`, which no app that
//! follows the table of errors expects.

use std::path::Path;

use anyhow::{Context, Result, ensure};

/// A piece of generated source, what stands there instead, and in how many places at least.
struct Gap {
    generated: &'static str,
    closed: &'static str,
    least: usize,
}

const KOTLIN: &[Gap] = &[
    Gap { generated: "} catch(e: kotlin.Exception) {", closed: "} catch(e: kotlin.Throwable) {", least: 2 },
    Gap {
        generated: "throw IllegalStateException(\"${this.javaClass.simpleName} object has already been destroyed\")",
        closed: "throw TingfangException.Closed()",
        least: 5,
    },
];

const PYTHON: &[Gap] = &[Gap {
    generated: "    except Exception as e:\n        call_status.code =",
    closed: "    except BaseException as e:\n        call_status.code =",
    least: 2,
}];

/// Closes the gaps of a language in its folder of generated sources.
///
/// # Errors
/// When a source cannot be read or written, or the generator writes something else than it did: then somebody has to
/// look at what it does now.
pub(crate) fn close(language: &str, folder: &Path) -> Result<()> {
    let (file, gaps) = match language {
        "kotlin" => ("org/tingfang/tingfang.kt", KOTLIN),
        "python" => ("tingfang.py", PYTHON),
        _ => return Ok(()),
    };
    let path = folder.join(file);
    let source = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let closed = closed(source, gaps).with_context(|| format!("in {}", path.display()))?;
    std::fs::write(&path, closed).with_context(|| format!("cannot write {}", path.display()))
}

fn closed(mut source: String, gaps: &[Gap]) -> Result<String> {
    for Gap { generated, closed, least } in gaps {
        let found = source.matches(generated).count();
        ensure!(found >= *least, "{found} times `{generated}`, not {least}: the generator has changed");
        source = source.replace(generated, closed);
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_changed_and_a_generator_that_writes_something_else_is_noticed() {
        let source = "} catch(e: kotlin.Exception) {\n".repeat(2);
        let gaps = &KOTLIN[..1];
        assert_eq!(closed(source, gaps).expect("closed"), "} catch(e: kotlin.Throwable) {\n".repeat(2));
        assert!(closed("} catch(e: kotlin.Exception) {".to_owned(), gaps).is_err());
    }
}
