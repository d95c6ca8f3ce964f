// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.statusBarsPadding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.produceState
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.tingfang.RecordView
import org.tingfang.code
import org.tingfang.samples.R
import org.tingfang.samples.RecordState
import org.tingfang.samples.RecordViewModel

/**
 * 填报: one record, by its form. Every answer is kept as it is given, and whether it is kept can be seen.
 *
 * @param inside whether the phone is in the court room of this record.
 * @param namesIn the names behind the ids of a task.
 */
@Composable
fun RecordScreen(model: RecordViewModel, inside: Boolean, namesIn: suspend (String) -> Map<String, String>) {
    val state by model.state.collectAsStateWithLifecycle()
    val view = state.view
    val names by produceState(emptyMap<String, String>(), view?.assignment) {
        value = view?.assignment?.let { namesIn(it) }.orEmpty()
    }
    Scaffold(
        topBar = { RecordBar(state) },
        bottomBar = {
            if (view != null && !view.sealed) {
                Button(onClick = model::seal, modifier = Modifier.fillMaxWidth().padding(16.dp)) {
                    Text(stringResource(R.string.seal))
                }
            }
        },
    ) { padding ->
        LazyColumn(Modifier.padding(horizontal = 16.dp), contentPadding = padding) {
            state.problem?.let { item { ProblemText(it) } }
            if (view == null) return@LazyColumn
            item { SealProblems(view.kind, state.sealProblems) }
            if (view.kind == ATTENDANCE && !view.sealed) {
                item { CourtRoomSwitch(inside, onEnter = model::enterCourtRoom, onLeave = model::leaveCourtRoom) }
            }
            items(view.conflicts, key = { "conflict ${it.path}" }) { conflict ->
                ConflictCard(view.kind, conflict) { model.settle(conflict, it) }
            }
            items(view.doubts, key = { "doubt ${it.path} ${it.code}" }) { doubt ->
                val field = fieldLabelOf(view.kind, doubt.path)
                Text(labelOf("doubt_sentence", doubt.code).replace("{field}", field))
            }
            state.form?.sections.orEmpty().filter { it.name != ATTACHMENTS }.forEach { section ->
                item(key = section.name) { SectionTitle(view.kind, section.name) }
                items(section.lines(view), key = { "${section.name} ${it.path}" }) { line ->
                    // A value under a person's id is that person's: their name says more than the section's.
                    val label = names[line.path.substringAfterLast('/')] ?: fieldLabelOf(view.kind, line.path)
                    FieldEditor(
                        line = line,
                        label = if (line.path in view.missing) "$label *" else label,
                        names = names,
                        enabled = !view.sealed,
                        onWrite = { model.write(line.path, it) },
                        onAppend = { model.append(line.path, it) },
                    )
                }
            }
        }
    }
}

/** The kind of record with which a court room is entered. */
private const val ATTENDANCE = "attendance"

/** Files have calls of their own, `attach` and `attachments`: nobody types them in. */
private const val ATTACHMENTS = "attachments"

@Composable
private fun RecordBar(state: RecordState) {
    val view = state.view ?: return
    Column(Modifier.statusBarsPadding().padding(horizontal = 16.dp)) {
        Text(labelOf("kind", view.kind), style = MaterialTheme.typography.titleMedium)
        val kept = stringResource(if (state.saved) R.string.saved else R.string.saving)
        Text("${labelOf("record_stage", view.stage.code)} · $kept")
        if (view.needsSeal) Text(stringResource(R.string.seal_again), color = MaterialTheme.colorScheme.error)
    }
}

@Composable
private fun SectionTitle(kind: String, section: String) {
    Text(
        fieldLabelOf(kind, section),
        Modifier.padding(top = 24.dp),
        style = MaterialTheme.typography.titleMedium,
    )
}

/** What must be filled before the seal, by the names that the form shows. */
@Composable
private fun SealProblems(kind: String, missing: List<String>) {
    if (missing.isEmpty()) return
    Column {
        Text(stringResource(R.string.seal_needs), color = MaterialTheme.colorScheme.error)
        missing.forEach { Text("· ${fieldLabelOf(kind, it)}") }
    }
}
