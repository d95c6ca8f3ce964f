// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.statusBarsPadding
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.tingfang.SyncStatus
import org.tingfang.samples.R
import org.tingfang.samples.TodayState

/** The truth about sync in one line, and the one thing that can be done about it. */
@Composable
fun SyncBar(state: TodayState, onSync: () -> Unit, onCancel: () -> Unit) {
    val inside = state.courtRoom
    val progress = state.progress
    Row(
        modifier = Modifier.fillMaxWidth().statusBarsPadding().padding(horizontal = 16.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        val text = when {
            inside != null -> stringResource(R.string.in_court_room, inside.since.shown())
            progress != null ->
                stringResource(R.string.syncing, progress.waiting.toLong(), progress.filesWaiting.toLong())
            else -> state.status?.shown().orEmpty()
        }
        Text(text, Modifier.weight(1f))
        if (progress != null) {
            TextButton(onClick = onCancel) { Text(stringResource(R.string.cancel)) }
        } else {
            // Inside of a court room nothing is sent.
            TextButton(onClick = onSync, enabled = inside == null) { Text(stringResource(R.string.sync)) }
        }
    }
}

@Composable
private fun SyncStatus.shown(): String {
    val isAllStored = waiting == 0uL && filesWaiting == 0uL && notAccepted == 0uL
    val synced = syncedAt?.shown() ?: stringResource(R.string.never)
    return if (isAllStored) {
        stringResource(R.string.all_stored, synced)
    } else {
        stringResource(R.string.waiting, waiting.toLong(), filesWaiting.toLong(), notAccepted.toLong(), synced)
    }
}
