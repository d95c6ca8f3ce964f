// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.ListItem
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.tingfang.AgendaItem
import org.tingfang.TaskProgress
import org.tingfang.Transport
import org.tingfang.code
import org.tingfang.samples.R
import org.tingfang.samples.TodayViewModel

/** 今日: what is to be done, the overdue first. The one button begins the next of it. */
@Composable
fun TodayScreen(model: TodayViewModel, transport: Transport, problem: String?, onBegin: (AgendaItem) -> Unit) {
    val state by model.state.collectAsStateWithLifecycle()
    val next = state.items.firstOrNull { it.progress !in finished }
    Scaffold(
        topBar = { SyncBar(state, onSync = { model.sync(transport) }, onCancel = model::cancelSync) },
        bottomBar = {
            Button(
                onClick = { next?.let(onBegin) },
                modifier = Modifier.fillMaxWidth().padding(16.dp),
                enabled = next != null,
            ) { Text(stringResource(R.string.begin_next)) }
        },
    ) { padding ->
        LazyColumn(contentPadding = padding) {
            (problem ?: state.problem)?.let { item { ProblemText(it) } }
            items(state.items, key = { it.task.assignment }) { AgendaRow(it, onBegin) }
            if (state.hasMore) {
                item { TextButton(onClick = model::more) { Text(stringResource(R.string.more)) } }
            }
        }
    }
}

private val finished = setOf(TaskProgress.DONE, TaskProgress.IMPOSSIBLE)

@Composable
private fun AgendaRow(item: AgendaItem, onBegin: (AgendaItem) -> Unit) {
    val task = item.task
    val place = task.hearing?.let { listOfNotNull(it.court, it.courtroom) }.orEmpty()
    val subjects = task.subjects.map { "${it.caseNo} ${it.undertakerName}" }
    ListItem(
        modifier = Modifier.clickable { onBegin(item) },
        overlineContent = { Text((listOfNotNull(item.at?.shown()) + place).joinToString(" ")) },
        headlineContent = { Text(labelOf("assignment_kind", task.kind.code)) },
        supportingContent = { Text(subjects.joinToString("\n")) },
        trailingContent = {
            // In words first: a colour alone says nothing to many.
            val isOverdue = item.progress == TaskProgress.OVERDUE
            Text(
                labelOf("task_progress", item.progress.code),
                color = if (isOverdue) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurface,
            )
        },
    )
}
