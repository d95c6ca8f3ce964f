package org.tingfang.story

import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.FieldValue
import org.tingfang.RecordStage
import org.tingfang.TaskProgress
import org.tingfang.samples.CaseViewModel
import org.tingfang.samples.RecordViewModel
import org.tingfang.samples.TodayState
import org.tingfang.samples.TodayViewModel

/** The sample screens' view models, over a real phone and a real server. Each reads as soon as it listens. */
class ViewModelStory : Stage() {
    private val scope = CoroutineScope(Dispatchers.Default + Job())

    @After
    fun theScreensAreLeft() = scope.cancel()

    @Test
    fun `today shows the task, syncs, and follows what comes`() = runBlocking<Unit> {
        val today = TodayViewModel(chair.phone, scope, Dispatchers.IO)
        assertEquals(TaskProgress.TO_DO, today.state.where { it.items.isNotEmpty() }.items.single().progress)
        val record = begin()
        chair.write(record, tell("开庭。"))
        today.sync(chair.wire)
        val isThrough = { it: TodayState ->
            it.status?.waiting == 0uL && it.items.singleOrNull()?.progress == TaskProgress.UNDER_WAY
        }
        assertEquals(null, today.state.where(isThrough).problem)
        centre.cutOff()
        chair.write(record, tell("休庭。"))
        today.sync(chair.wire)
        assertEquals("offline", today.state.where { it.problem != null }.problem)
    }

    @Test
    fun `a record is written answer by answer, and says what the seal lacks`() = runBlocking<Unit> {
        val record = begin()
        val screen = RecordViewModel(chair.phone, record, scope, Dispatchers.IO)
        assertNotNull(screen.state.where { it.form != null }.view)
        screen.write("facts/outcome", FieldValue.Text("attended"))
        screen.append("narrative", "公开开庭。")
        val written = screen.state.where { it.saved && it.view?.fields.orEmpty().any { field -> field.path == "narrative" } }
        assertTrue(written.view?.fields.orEmpty().any { it.path == "facts/outcome" })
        screen.seal()
        assertTrue(screen.state.where { it.sealProblems.isNotEmpty() }.sealProblems.contains("observers/${chair.person}"))
        screen.write("facts/outcome", FieldValue.Text("也许"))
        val refused = screen.state.where { it.problem != null && it.saved }
        assertEquals("does_not_fit", refused.problem)
        screen.enterCourtRoom()
        val today = TodayViewModel(chair.phone, scope, Dispatchers.IO)
        assertEquals(record, today.state.where { it.courtRoom != null }.courtRoom?.record)
        screen.leaveCourtRoom()
        today.state.where { it.courtRoom == null }
    }

    @Test
    fun `a record is saved when the last answer is, and not before`() = runBlocking<Unit> {
        val record = begin()
        val disk = Executors.newSingleThreadExecutor { Thread(it).apply { isDaemon = true } }
        val screen = RecordViewModel(chair.phone, record, scope, disk.asCoroutineDispatcher())
        screen.state.where { it.form != null }
        val goOn = CountDownLatch(1)
        disk.execute { goOn.await() }
        listOf("公", "开").forEach { screen.append("narrative", it) }
        assertEquals(2, screen.state.value.waiting)
        goOn.countDown()
        screen.state.where { it.saved }
        assertEquals("公开", chair.values(record).getValue("narrative"))
    }

    @Test
    fun `two taps on more show a page once`() = runBlocking<Unit> {
        val other = centre.attendance(chair.person, observer.person).assignment
        chair.sync()
        val today = TodayViewModel(chair.phone, scope, Dispatchers.IO, pageSize = 1u)
        var shown = today.state.where { it.hasMore }
        while (shown.hasMore) {
            val before = shown
            repeat(2) { today.more() }
            shown = today.state.where { it != before }
        }
        val tasks = shown.items.map { it.task.assignment }
        assertEquals(setOf(attendance.assignment, other), tasks.toSet())
        assertEquals(2, tasks.size)
    }

    @Test
    fun `a case shows its channels and its records`() = runBlocking<Unit> {
        val record = begin()
        val screen = CaseViewModel(chair.phone, attendance.case, scope, Dispatchers.IO)
        val shown = screen.state.where { it.card != null }
        assertEquals(listOf(record to RecordStage.DRAFT), shown.card?.records?.map { it.record to it.stage })
        assertEquals(6, shown.card?.channels?.size)
    }

    private suspend fun <T> StateFlow<T>.where(holds: (T) -> Boolean): T = first(holds)
}
