// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import android.app.Activity
import android.view.WindowManager
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import org.tingfang.samples.R

/** Into the court room, and out of it. That nothing is sent, attached or fetched inside, the library sees to. */
@Composable
fun CourtRoomSwitch(inside: Boolean, onEnter: () -> Unit, onLeave: () -> Unit) {
    OutlinedButton(onClick = if (inside) onLeave else onEnter) {
        Text(stringResource(if (inside) R.string.leave_court_room else R.string.enter_court_room))
    }
}

/**
 * Dims the screen inside of a court room, whatever it shows. Sounds and notifications are the app's to turn off, with
 * the permission that Android asks for.
 */
@Composable
fun DimScreen(inside: Boolean) {
    val window = (LocalContext.current as? Activity)?.window
    DisposableEffect(window, inside) {
        fun brightness(value: Float) {
            window?.attributes = window.attributes.apply { screenBrightness = value }
        }
        if (inside) brightness(DIM)
        onDispose { brightness(WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_NONE) }
    }
}

private const val DIM = 0.1f
