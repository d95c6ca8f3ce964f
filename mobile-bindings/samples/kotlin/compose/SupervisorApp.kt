// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import androidx.activity.compose.BackHandler
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.res.stringResource
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import java.io.Serializable
import kotlinx.coroutines.launch
import org.tingfang.AgendaItem
import org.tingfang.Language
import org.tingfang.Transport
import org.tingfang.samples.R

/** Where the person is. */
private sealed interface Place : Serializable {
    data class Case(val case: String) : Place

    data class Record(val record: String) : Place
}

/** 今日, 案件 and 填报, one on the other. The app keeps the models; a screen that is turned loses nothing. */
@Composable
fun SupervisorApp(models: Models, transport: Transport) {
    val language = if (stringResource(R.string.language) == "en") Language.EN else Language.ZH
    val today by models.today.state.collectAsStateWithLifecycle()
    val scope = rememberCoroutineScope()
    var places by rememberSaveable { mutableStateOf(emptyList<Place>()) }
    var problem by remember { mutableStateOf<String?>(null) }

    fun go(place: Place) {
        places = places + place
    }

    fun begin(item: AgendaItem) {
        scope.launch {
            var record: String? = null
            problem = models.whatPrevents { record = models.recordOf(item) }
            val case = item.task.subjects.firstOrNull()?.case
            record?.let { go(Place.Record(it)) } ?: case?.let { if (problem == null) go(Place.Case(it)) }
        }
    }

    DimScreen(inside = today.courtRoom != null)
    BackHandler(enabled = places.isNotEmpty()) { places = places.dropLast(1) }
    CompositionLocalProvider(LocalLanguage provides language) {
        when (val place = places.lastOrNull()) {
            null -> TodayScreen(models.today, transport, problem, ::begin)
            is Place.Case -> CaseScreen(models.case(place.case)) { go(Place.Record(it)) }
            is Place.Record -> RecordScreen(
                model = models.record(place.record),
                inside = today.courtRoom?.record == place.record,
                namesIn = models::namesIn,
            )
        }
    }
}
