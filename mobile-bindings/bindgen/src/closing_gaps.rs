//! What the generated sources leave open, closed: what is no exception of the usual kind, an object that was closed, a
//! text that is no Unicode, a mistake of the library, and threads of the library that call the app.
//!
//! The generator catches `kotlin.Exception` and Python's `Exception` only. A `NotImplementedError` of a Kotlin key store
//! or a `SystemExit` of a Python one passes it, the boundary gives back what nobody has written, and a save that never
//! happened counts as done. A Kotlin object that was closed throws an `IllegalStateException`, half of a pair of
//! surrogates the language's own error, and a mistake of the library one of the generator's, which no app that
//! follows the table of errors expects.
//!
//! JNA attaches a thread of the library for one callback and detaches it again. When the app calls the library from inside
//! of one, and that makes another callback on the same thread, the inner one detaches it under the outer one: a desktop
//! JVM refuses, and Android's ends the process. So threads that have called the app once stay attached until they end,
//! as daemons, which keep no app alive.

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
    Gap {
        generated: "            encode(CharBuffer.wrap(value))\n",
        closed: "            try {
                encode(CharBuffer.wrap(value))
            } catch (e: java.nio.charset.CharacterCodingException) {
                throw TingfangException.BadArgument(\"a text is no Unicode: half of a pair of surrogates\")
            }
",
        least: 1,
    },
    Gap {
        generated: "throw InternalException(FfiConverterString.lift(status.error_buf))",
        closed: "throw TingfangException.Internal(FfiConverterString.lift(status.error_buf))",
        least: 1,
    },
    Gap {
        generated: "throw InternalException(\"Rust panic\")",
        closed: "throw TingfangException.Internal(\"Rust panic\")",
        least: 1,
    },
    Gap {
        generated: "    internal fun register(lib: UniffiLib) {\n",
        closed: "    internal fun register(lib: UniffiLib) {\n        LibraryThreads.callEachOf(vtable)\n",
        least: 6,
    },
    Gap {
        generated: "internal object uniffiRustFutureContinuationCallbackImpl: UniffiRustFutureContinuationCallback {\n",
        closed: "// The threads by which the library calls the app: attached with the first call, and until they end.
private object LibraryThreads {
    private val attached = com.sun.jna.CallbackThreadInitializer(true, false)

    fun call(callback: Callback) = Native.setCallbackThreadInitializer(callback, attached)

    fun callEachOf(vtable: Structure) =
        vtable.javaClass.fields.mapNotNull { it.get(vtable) as? Callback }.forEach(::call)
}

internal object uniffiRustFutureContinuationCallbackImpl: UniffiRustFutureContinuationCallback {
    init {
        LibraryThreads.call(this)
    }

",
        least: 1,
    },
];

const PYTHON: &[Gap] = &[
    Gap {
        generated: "    except Exception as e:\n        call_status.code =",
        closed: "    except BaseException as e:\n        call_status.code =",
        least: 2,
    },
    Gap { generated: "(value.encode(\"utf-8\"))", closed: "(_utf8(value))", least: 1 },
    Gap { generated: "utf8_bytes = value.encode(\"utf-8\")", closed: "utf8_bytes = _utf8(value)", least: 1 },
    Gap {
        generated: "class _UniffiFfiConverterString:\n",
        closed: "def _utf8(value):
    try:
        return value.encode(\"utf-8\")
    except UnicodeEncodeError:
        raise TingfangError.BadArgument(\"a text is no Unicode: half of a pair of surrogates\") from None


class _UniffiFfiConverterString:
",
        least: 1,
    },
    Gap {
        generated: "        raise InternalError(msg)\n",
        closed: "        raise TingfangError.Internal(msg)\n",
        least: 1,
    },
];

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
