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
import org.tingfang.Tingfang
import org.tingfang.changes

/** What the screen of one case shows. */
data class CaseState(
    val card: CaseCard? = null,
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
        scope.launch { phone.changes(::refresh).collect { refresh() } }
    }

    /** Reads the case anew; its card lists its records and where each stands. */
    fun refresh() {
        scope.launch {
            val problem = problemOf {
                shown.value = CaseState(withContext(io) { phone.case(caseId) })
            }
            if (problem != null) shown.update { it.copy(problem = problem) }
        }
    }
}
