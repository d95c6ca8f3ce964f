// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import kotlinx.coroutines.delay

/**
 * A text that keeps itself, a moment after the last key and when its screen is left.
 *
 * What the person types stays in sight until the record has it. What others have written is shown where nobody types.
 */
@Composable
fun DraftField(
    label: String,
    stored: String,
    enabled: Boolean,
    hint: String?,
    fits: (String) -> Boolean,
    onWrite: (String) -> Unit,
) {
    // Nothing while the field shows what is stored.
    var draft by rememberSaveable { mutableStateOf<String?>(null) }
    var isWaiting by rememberSaveable { mutableStateOf(false) }
    val text = draft ?: stored

    fun keep() {
        draft?.let { if (isWaiting && fits(it)) onWrite(it) }
        isWaiting = false
    }
    val latestKeep by rememberUpdatedState(::keep)

    LaunchedEffect(draft, isWaiting) {
        if (isWaiting) {
            delay(MOMENT_MS)
            latestKeep()
        }
    }
    LaunchedEffect(stored, draft, isWaiting) {
        if (!isWaiting && draft == stored) draft = null
    }
    DisposableEffect(Unit) { onDispose { latestKeep() } }
    OutlinedTextField(
        value = text,
        onValueChange = {
            draft = it
            isWaiting = true
        },
        modifier = Modifier.fillMaxWidth(),
        enabled = enabled,
        label = { Text(label) },
        supportingText = hint?.let { { Text(it) } },
        isError = draft != null && !fits(text),
    )
}

private const val MOMENT_MS = 400L
