// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.ListItem
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.tingfang.CaseCard
import org.tingfang.ChannelState
import org.tingfang.code
import org.tingfang.samples.CaseViewModel
import org.tingfang.samples.R

/** 案件: one case, what its channels have brought, and the records about it. */
@Composable
fun CaseScreen(model: CaseViewModel, onRecord: (String) -> Unit) {
    val state by model.state.collectAsStateWithLifecycle()
    Scaffold { padding ->
        LazyColumn(contentPadding = padding) {
            state.problem?.let { item { ProblemText(it) } }
            state.card?.let { card ->
                item { CaseFacts(card) }
                items(card.channels, key = { it.channel.code }) { ChannelRow(it.channel.code, it.state) }
            }
            items(state.card?.records.orEmpty(), key = { it.record }) { record ->
                ListItem(
                    modifier = Modifier.clickable { onRecord(record.record) },
                    headlineContent = { Text(labelOf("kind", record.kind)) },
                    trailingContent = { Text(labelOf("record_stage", record.stage.code)) },
                )
            }
        }
    }
}

@Composable
private fun CaseFacts(card: CaseCard) {
    val subjects = card.subjects.map { "${it.undertakerName} ${it.providerName}" }
    ListItem(
        overlineContent = { Text(labelOf("case_kind", card.caseKind)) },
        headlineContent = { Text("${card.caseNo} ${card.cause}") },
        supportingContent = { Text(subjects.joinToString("\n")) },
    )
    card.nextHearing?.let { hearing ->
        ListItem(
            overlineContent = { Text(stringResource(R.string.next_hearing)) },
            headlineContent = { Text(hearing.startsAt.shown()) },
            supportingContent = { Text(listOfNotNull(hearing.court, hearing.courtroom).joinToString(" ")) },
        )
    }
}

/** A gap must be seen: it has words and a mark, not a colour alone. */
@Composable
private fun ChannelRow(channel: String, state: ChannelState) {
    Row(Modifier.fillMaxWidth().padding(horizontal = 16.dp, vertical = 4.dp)) {
        Text(labelOf("channel", channel), Modifier.weight(1f))
        val mark = if (state == ChannelState.SEALED) "✔ " else ""
        Text(mark + labelOf("channel_state", state.code), color = MaterialTheme.colorScheme.onSurfaceVariant)
    }
}
