// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedCard
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.tingfang.Authorship
import org.tingfang.Conflict
import org.tingfang.FieldValue
import org.tingfang.samples.R

/** A field that people filled in differently without seeing each other: who wrote what, side by side. */
@Composable
fun ConflictCard(kind: String, conflict: Conflict, onSettle: (FieldValue) -> Unit) {
    OutlinedCard(Modifier.fillMaxWidth().padding(vertical = 8.dp)) {
        Column(Modifier.padding(16.dp)) {
            Text(stringResource(R.string.conflict, fieldLabelOf(kind, conflict.path)))
            conflict.candidates.forEach { candidate ->
                OutlinedButton(onClick = { onSettle(candidate.value) }, modifier = Modifier.fillMaxWidth()) {
                    Column(Modifier.fillMaxWidth()) {
                        Text(candidate.value.shown(conflict.codes))
                        candidate.authorship?.let { Text(it.shown()) }
                    }
                }
            }
        }
    }
}

@Composable
private fun Authorship.shown(): String = when (this) {
    is Authorship.Here -> stringResource(R.string.written_here, at.shown())
    // Only the server's clock is sure of a time; the other phone's own is not asked.
    is Authorship.Elsewhere -> stringResource(R.string.written_elsewhere, writer, deviceName, receivedAt.shown())
}
