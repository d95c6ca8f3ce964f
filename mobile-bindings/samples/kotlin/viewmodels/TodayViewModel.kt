package org.tingfang.samples

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.tingfang.AgendaItem
import org.tingfang.Change
import org.tingfang.CourtRoom
import org.tingfang.SyncEnd
import org.tingfang.SyncProgress
import org.tingfang.SyncStatus
import org.tingfang.Tingfang
import org.tingfang.TingfangException
import org.tingfang.Transport
import org.tingfang.changes
import org.tingfang.sync

/** What the screen 今日 shows. */
data class TodayState(
    val items: List<AgendaItem> = emptyList(),
    val hasMore: Boolean = false,
    val status: SyncStatus? = null,
    val progress: SyncProgress? = null,
    val courtRoom: CourtRoom? = null,
    val problem: String? = null,
)

/** 今日: what is to be done, the overdue first, and how the sync stands. */
class TodayViewModel(
    private val phone: Tingfang,
    private val scope: CoroutineScope,
    private val io: CoroutineDispatcher,
    private val pageSize: UInt = 50u,
) {
    private val shown = MutableStateFlow(TodayState())
    val state: StateFlow<TodayState> = shown.asStateFlow()

    /** One page is read at a time: which one is next depends on those that are shown. */
    private val oneByOne = Mutex()

    @Volatile
    private var next: String? = null
    private var syncing: Job? = null

    init {
        scope.launch {
            phone.changes(::refresh).collect { change ->
                // One page is read again after a sync; what was typed elsewhere changes one row at most.
                if (change is Change.Synced || change is Change.CourtRoom) refresh()
            }
        }
    }

    /** Reads the first page anew. */
    fun refresh() = reading {
        val page = phone.agenda(limit = pageSize)
        next = page.next
        val (status, device) = phone.status() to phone.deviceStatus()
        shown.update {
            it.copy(
                items = page.items,
                hasMore = page.next != null,
                status = status,
                courtRoom = device.courtRoom,
                problem = null,
            )
        }
    }

    /** Reads the page after the last. Asking again before it is there changes nothing. */
    fun more() {
        val after = next ?: return
        reading {
            // Another tap has been here, or the list was read anew.
            if (next != after) return@reading
            val page = phone.agenda(after, pageSize)
            next = page.next
            shown.update { state ->
                // A task whose time was moved meanwhile may come a second time, and a list shows nothing twice.
                val items = (state.items + page.items).distinctBy { it.task.assignment }
                state.copy(items = items, hasMore = page.next != null)
            }
        }
    }

    /** Syncs, unless a sync is under way. */
    fun sync(transport: Transport) {
        if (syncing?.isActive == true) return
        syncing = scope.launch {
            val problem = problemOf {
                val report = phone.sync(transport) { progress -> shown.update { it.copy(progress = progress) } }
                // What could not be signed stays on the phone, and its owner must know.
                if (report.end is SyncEnd.OtherKey) throw TingfangException.OtherKey()
            }
            shown.update { it.copy(progress = null, problem = problem) }
            if (problem == null) refresh()
        }
    }

    /** Stops the sync that is under way; the next one goes on. */
    fun cancelSync() {
        syncing?.cancel()
        shown.update { it.copy(progress = null) }
    }

    private fun reading(work: suspend () -> Unit) {
        scope.launch {
            val problem = problemOf { oneByOne.withLock { withContext(io) { work() } } }
            if (problem != null) shown.update { it.copy(problem = problem) }
        }
    }
}
