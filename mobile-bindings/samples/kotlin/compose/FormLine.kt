// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import org.tingfang.Field
import org.tingfang.FieldKind
import org.tingfang.FieldValue
import org.tingfang.FormSection
import org.tingfang.KeyKind
import org.tingfang.RecordView
import org.tingfang.SectionLayout

/** A field as the screen shows it. */
class FormLine(
    /** Where it stands. */
    val path: String,
    /** What may stand there; nothing for a long text. */
    val kind: FieldKind?,
    /** What stands there. */
    val filled: Field?,
) {
    val value: FieldValue? get() = filled?.value
}

/** The fields of a section: those of the form, and of entries and keys those that the record has or needs. */
fun FormSection.lines(view: RecordView): List<FormLine> {
    val fields = view.fields.associateBy { it.path }
    fun line(path: String, kind: FieldKind?) = FormLine(path, kind, fields[path])
    return when (val layout = layout) {
        is SectionLayout.Fields -> layout.fields.map { line("$name/${it.name}", it.kind) }
        is SectionLayout.Entries -> keysUnder(name, fields.keys).flatMap { entry ->
            layout.fields.map { line("$name/$entry/${it.name}", it.kind) }
        }
        is SectionLayout.Keyed -> {
            val keys = layout.keys
            val all = if (keys is KeyKind.Code) keys.codes else keysUnder(name, fields.keys + view.missing)
            all.map { line("$name/$it", layout.value) }
        }
        SectionLayout.Narrative -> listOf(line(name, null))
    }
}

/** The second parts of the paths that begin with this section. */
private fun keysUnder(section: String, paths: Collection<String>): List<String> =
    paths.map { it.split('/') }.filter { it.size > 1 && it[0] == section }.map { it[1] }.distinct()
