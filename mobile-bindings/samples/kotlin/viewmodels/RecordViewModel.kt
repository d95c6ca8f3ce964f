package org.tingfang.samples

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.tingfang.Change
import org.tingfang.Conflict
import org.tingfang.FieldEdit
import org.tingfang.FieldValue
import org.tingfang.RecordForm
import org.tingfang.RecordView
import org.tingfang.Tingfang
import org.tingfang.TingfangException
import org.tingfang.changes
import org.tingfang.recordForm

/** What the screen of one record shows. */
data class RecordState(
    val form: RecordForm? = null,
    val view: RecordView? = null,
    /** How many answers are still on their way to the disk. */
    val waiting: Int = 0,
    /** The paths that must be filled before the seal, after it was tried. */
    val sealProblems: List<String> = emptyList(),
    val problem: String? = null,
) {
    /** Whether no answer is on its way any more. One that was not taken stands in [problem]. */
    val saved: Boolean get() = waiting == 0
}

/** 填报: one record. Every answer is written as it is given. */
class RecordViewModel(
    private val phone: Tingfang,
    private val record: String,
    private val scope: CoroutineScope,
    private val io: CoroutineDispatcher,
) {
    private val shown = MutableStateFlow(RecordState())
    val state: StateFlow<RecordState> = shown.asStateFlow()

    /** Edits keep the order in which they were made. */
    private val inOrder = Mutex()

    init {
        scope.launch {
            phone.changes(::read).collect { change ->
                val concerns = change !is Change.Record || change.record == record
                if (concerns) read()
            }
        }
    }

    /** Writes a field. */
    fun write(path: String, value: FieldValue) = edit(FieldEdit.Set(path, value))

    /** Writes at the end of a long text. */
    fun append(path: String, text: String) = edit(FieldEdit.Append(path, text))

    /** Settles a conflict: this value holds. */
    fun settle(conflict: Conflict, value: FieldValue) = write(conflict.path, value)

    /** Into the court room: from here on no network, no camera, no sound. */
    fun enterCourtRoom() = act { phone.enterCourtRoom(record) }

    /** Out of it. */
    fun leaveCourtRoom() = act { phone.leaveCourtRoom() }

    /** Seals; what is missing is shown. */
    fun seal() = act {
        try {
            phone.seal(record)
            shown.update { it.copy(sealProblems = emptyList()) }
        } catch (incomplete: TingfangException.Incomplete) {
            shown.update { it.copy(sealProblems = incomplete.missing) }
        }
    }

    private fun edit(edit: FieldEdit) {
        shown.update { it.copy(waiting = it.waiting + 1) }
        act {
            try {
                phone.edit(record, listOf(edit))
            } finally {
                shown.update { it.copy(waiting = it.waiting - 1) }
            }
        }
    }

    /** Reads the record anew. An answer that was not taken stays in sight: reading does not put it right. */
    private fun read() = oneAfterAnother { }

    /** Does something and reads the record anew. */
    private fun act(work: () -> Unit) = oneAfterAnother {
        work()
        shown.update { it.copy(problem = null) }
    }

    private fun oneAfterAnother(work: () -> Unit) {
        // It stands in the queue when this returns, whatever threads the scope has.
        scope.launch(start = CoroutineStart.UNDISPATCHED) {
            inOrder.withLock {
                val problem = problemOf {
                    withContext(io) {
                        work()
                        val view = phone.show(record)
                        shown.update { it.copy(view = view, form = recordForm(view.kind)) }
                    }
                }
                if (problem != null) shown.update { it.copy(problem = problem) }
            }
        }
    }
}
