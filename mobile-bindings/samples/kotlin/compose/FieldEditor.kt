// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.selectable
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp
import java.time.Duration
import java.time.Instant
import org.tingfang.FieldKind
import org.tingfang.FieldValue
import org.tingfang.samples.R

/** One field with its name, by what may stand in it. */
@Composable
fun FieldEditor(
    line: FormLine,
    label: String,
    names: Map<String, String>,
    enabled: Boolean,
    onWrite: (FieldValue) -> Unit,
    onAppend: (String) -> Unit,
) {
    Column(Modifier.fillMaxWidth().padding(vertical = 8.dp)) {
        when (val kind = line.kind) {
            null -> LongText(label, line, enabled, onAppend)
            is FieldKind.Text -> DraftField(
                label = label,
                stored = line.text(),
                enabled = enabled,
                hint = null,
                fits = { it.codePointCount(0, it.length).toUInt() <= kind.maxChars },
                onWrite = { onWrite(FieldValue.Text(it)) },
            )
            is FieldKind.Integer -> DraftField(
                label = label,
                stored = line.text(),
                enabled = enabled,
                hint = "${kind.min}–${kind.max}",
                fits = { it.toLongOrNull()?.let { number -> number in kind.min..kind.max } ?: false },
                onWrite = { onWrite(FieldValue.Integer(it.toLong())) },
            )
            is FieldKind.Code -> Choices(label, line, kind.codes, kind.list, enabled) { onWrite(FieldValue.Text(it)) }
            FieldKind.Flag -> Choices(label, line, listOf("yes", "no"), "known", enabled) {
                onWrite(FieldValue.Flag(it == "yes"))
            }
            FieldKind.Time -> TimeOfDay(label, line, enabled) { onWrite(FieldValue.Time(it)) }
            // An id stands there because of the task: nobody types one, and nobody can read one.
            FieldKind.Id -> names[line.text()]?.let { Text("$label: $it") }
        }
    }
}

private fun FormLine.text(): String = when (val value = value) {
    is FieldValue.Text -> value.value
    is FieldValue.Integer -> value.value.toString()
    else -> ""
}

/** A long text that several write: one's own words go to its end, those of others stay. */
@Composable
private fun LongText(label: String, line: FormLine, enabled: Boolean, onAppend: (String) -> Unit) {
    var words by rememberSaveable { mutableStateOf("") }
    Text(label)
    Text(line.text())
    if (!enabled) return
    OutlinedTextField(value = words, onValueChange = { words = it }, modifier = Modifier.fillMaxWidth(), minLines = 3)
    TextButton(
        onClick = {
            onAppend(words)
            words = ""
        },
        enabled = words.isNotBlank(),
    ) { Text(stringResource(R.string.append)) }
}

/** One of a list, each on a line of its own: large enough for a thumb, and read aloud as what it is. */
@Composable
private fun Choices(
    label: String,
    line: FormLine,
    codes: List<String>,
    list: String,
    enabled: Boolean,
    onChoose: (String) -> Unit,
) {
    val chosen = when (val value = line.value) {
        is FieldValue.Text -> value.value
        is FieldValue.Flag -> if (value.value) "yes" else "no"
        else -> null
    }
    Text(label)
    codes.forEach { code ->
        val choice = Modifier.fillMaxWidth().padding(vertical = 8.dp).selectable(
            selected = code == chosen,
            enabled = enabled,
            role = Role.RadioButton,
            onClick = { onChoose(code) },
        )
        Row(choice, verticalAlignment = Alignment.CenterVertically) {
            RadioButton(selected = code == chosen, onClick = null, enabled = enabled)
            Text(labelOf(list, code), Modifier.padding(start = 8.dp))
        }
    }
}

/** A time is mostly now; whoever was busy puts it back a little. */
@Composable
private fun TimeOfDay(label: String, line: FormLine, enabled: Boolean, onWrite: (Instant) -> Unit) {
    val time = (line.value as? FieldValue.Time)?.value
    Text("$label: ${time?.shown().orEmpty()}")
    if (!enabled) return
    Row {
        TextButton(onClick = { onWrite(Instant.now()) }) { Text(stringResource(R.string.now)) }
        listOf(STEP.negated(), STEP).forEach { step ->
            TextButton(onClick = { time?.let { onWrite(it + step) } }, enabled = time != null) {
                Text(stringResource(R.string.minutes, step.toMinutes()))
            }
        }
    }
}

private val STEP: Duration = Duration.ofMinutes(5)
