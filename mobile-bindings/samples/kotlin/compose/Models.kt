// A sample for Jetpack Compose. It is not compiled in CI; the view models under it are.

package org.tingfang.samples.compose

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.tingfang.AgendaItem
import org.tingfang.Tingfang
import org.tingfang.TingfangException
import org.tingfang.code
import org.tingfang.recordForm
import org.tingfang.samples.CaseViewModel
import org.tingfang.samples.RecordViewModel
import org.tingfang.samples.TodayViewModel

/**
 * The view models of one phone, a single one for each case and each record.
 *
 * @param life the scope of the whole app, not of a screen: what was typed is written even when its screen is left at
 * once.
 */
class Models(
    private val phone: Tingfang,
    private val life: CoroutineScope,
    private val io: CoroutineDispatcher = Dispatchers.IO,
) {
    val today = TodayViewModel(phone, life, io)
    private val cases = mutableMapOf<String, CaseViewModel>()
    private val records = mutableMapOf<String, RecordViewModel>()

    fun case(case: String) = cases.getOrPut(case) { CaseViewModel(phone, case, life, io) }

    fun record(record: String) = records.getOrPut(record) { RecordViewModel(phone, record, life, io) }

    /**
     * The record to open for a task: the one that is begun, or the one that all its members share, which bears the
     * code of the task. Nothing where the task asks for one on each of its cases: then a case is chosen first.
     */
    suspend fun recordOf(item: AgendaItem): String? = item.records.firstOrNull()?.record ?: withContext(io) {
        val kind = item.task.kind.code
        if (recordForm(kind)?.shared == true) phone.start(item.task.assignment, kind) else null
    }

    /** The names behind the ids of a task, its members' and its undertakers'. */
    suspend fun namesIn(assignment: String): Map<String, String> {
        val names = mutableMapOf<String, String>()
        // A phone that was shut meanwhile knows no names, and the screen does without.
        whatPrevents {
            val task = withContext(io) { phone.task(assignment) }
            task?.members?.associateTo(names) { it.person to it.name }
            task?.subjects?.associateTo(names) { it.undertaker to it.undertakerName }
        }
        return names
    }

    /** The code of what prevented it; nothing when it was done. */
    suspend fun whatPrevents(work: suspend () -> Unit): String? = try {
        work()
        null
    } catch (problem: TingfangException) {
        problem.code()
    }
}
