package org.tingfang.samples

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.tingfang.CaseCard
import org.tingfang.RecordView
import org.tingfang.Tingfang
import org.tingfang.changes

/** What the screen of one case shows. */
data class CaseState(
    val card: CaseCard? = null,
    val records: List<RecordView> = emptyList(),
    val problem: String? = null,
)

/** 案件: one case, its channels, and the records about it. */
class CaseViewModel(
    private val phone: Tingfang,
    private val caseId: String,
    private val scope: CoroutineScope,
    private val io: CoroutineDispatcher,
) {
    private val shown = MutableStateFlow(CaseState())
    val state: StateFlow<CaseState> = shown.asStateFlow()

    init {
        scope.launch { phone.changes().collect { refresh() } }
    }

    /** Reads the case and its records anew. */
    fun refresh() {
        scope.launch {
            val problem = problemOf {
                val state = withContext(io) {
                    val card = phone.case(caseId)
                    CaseState(card, card?.records.orEmpty().map(phone::show))
                }
                shown.value = state
            }
            if (problem != null) shown.update { it.copy(problem = problem) }
        }
    }
}
