// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.res.stringResource
import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.util.Locale
import org.tingfang.FieldValue
import org.tingfang.Language
import org.tingfang.fieldLabel
import org.tingfang.label
import org.tingfang.samples.R

/** The language of the library's words; the app's own words follow the same one. */
val LocalLanguage = staticCompositionLocalOf { Language.ZH }

/** Courts sit by the time of China, wherever a phone may be. */
private val china = ZoneId.of("Asia/Shanghai")

/** What people read for a code of a list. One that a later version has added shows as it is. */
@Composable
fun labelOf(list: String, code: String): String {
    val language = LocalLanguage.current
    return remember(language, list, code) { label(language, list, code) ?: code }
}

/** What people read for a field of a record of this kind. */
@Composable
fun fieldLabelOf(kind: String, path: String): String {
    val language = LocalLanguage.current
    return remember(language, kind, path) { fieldLabel(language, kind, path) }
}

/** A value as people read it; codes are the list that it is one of. */
@Composable
fun FieldValue.shown(codes: String?): String = when (this) {
    is FieldValue.Text -> if (codes == null) value else labelOf(codes, value)
    is FieldValue.Integer -> value.toString()
    is FieldValue.Flag -> labelOf("known", if (value) "yes" else "no")
    is FieldValue.Time -> value.shown()
}

/** A time as people read it: 11月22日 周日 14:30. */
@Composable
fun Instant.shown(): String {
    val locale = Locale.forLanguageTag(stringResource(R.string.language))
    return DateTimeFormatter.ofPattern(stringResource(R.string.moment), locale).withZone(china).format(this)
}

/** What went wrong, what is safe, and what to do: for a code the app's own sentence; a rule's sentence as it is. */
@Composable
fun ProblemText(problem: String) {
    val sentence = when (problem) {
        "offline" -> stringResource(R.string.problem_offline)
        "not_the_server" -> stringResource(R.string.problem_not_the_server)
        "token_refused" -> stringResource(R.string.problem_token_refused)
        "other_key" -> stringResource(R.string.problem_other_key)
        "in_court_room" -> stringResource(R.string.problem_in_court_room)
        "lease_over" -> stringResource(R.string.problem_lease_over)
        "does_not_fit" -> stringResource(R.string.problem_does_not_fit)
        else -> if (isCode(problem)) stringResource(R.string.problem_other, problem) else problem
    }
    Text(sentence, color = MaterialTheme.colorScheme.error)
}

private fun isCode(text: String) = text.all { it in 'a'..'z' || it == '_' }
