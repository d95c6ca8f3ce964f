package org.tingfang.story

import java.nio.file.Files
import java.nio.file.Path
import java.time.Instant
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.AttachmentPurpose
import org.tingfang.Authorship
import org.tingfang.Change
import org.tingfang.ChannelState
import org.tingfang.DecisionState
import org.tingfang.FetchEnd
import org.tingfang.FieldEdit
import org.tingfang.FieldValue
import org.tingfang.FileState
import org.tingfang.Language
import org.tingfang.MediaType
import org.tingfang.NewAttachment
import org.tingfang.RecordStage
import org.tingfang.SyncEnd
import org.tingfang.SyncState
import org.tingfang.TaskProgress
import org.tingfang.TingfangException
import org.tingfang.changes
import org.tingfang.fetch
import org.tingfang.fieldLabel
import org.tingfang.label
import org.tingfang.sync

/** The work in the field, from the enrolment to the grade. */
class FieldStory : Stage() {
    @Test
    fun `a month without a network costs nothing`() {
        val later = List(3) { centre.attendance(chair.person, observer.person) }
        val assignments = listOf(attendance.assignment) + later.map { it.assignment }
        chair.sync()
        assertEquals(assignments.toSet(), chair.phone.agenda().items.map { it.task.assignment }.toSet())
        assertEquals(TaskProgress.TO_DO, chair.phone.agenda().items.map { it.progress }.toSet().single())
        centre.cutOff()
        val records = assignments.mapIndexed { day, assignment ->
            val record = chair.start(assignment)
            chair.write(record, tell("第${day + 1}次旁听。"), put("facts/outcome", "attended"))
            chair.write(record, finding("ordinary", "未围绕争议焦点发问"), chair.done())
            chair.phone.start(assignment, "observer_sheet").also { sheet ->
                val items = checkNotNull(chair.phone.score(sheet)).items
                for (item in items) chair.write(sheet, full(item.item, item.most))
                chair.phone.seal(sheet)
            }
            chair.write(record, tell("休庭。"))
            assertThrows(TingfangException.Offline::class.java) { chair.sync() }
            // The phone is switched off at night.
            chair.restart()
            record
        }
        assertEquals(List(4) { TaskProgress.UNDER_WAY }, chair.phone.agenda().items.map { it.progress })
        assertEquals(List(4) { ChannelState.BEGUN }, chair.phone.cases().map { it.channels.first().state })
        assertEquals(8, chair.phone.records().size)
        assertEquals(listOf(records[2]), chair.phone.search("第3次").items.map { it.record })
        assertEquals("旁听结果", fieldLabel(Language.ZH, "attendance", "facts/outcome"))
        assertEquals(setOf(SyncState.WAITING), chair.phone.records().map { it.sync }.toSet())
        val waiting = chair.phone.status().waiting

        centre.serve()
        val report = chair.sync()
        assertEquals(waiting to 0uL, report.stored to report.notAccepted)
        assertEquals(setOf(SyncState.STORED), chair.phone.records().map { it.sync }.toSet())
        records.forEachIndexed { day, record ->
            assertEquals("第${day + 1}次旁听。休庭。", chair.values(record)["narrative"])
            val kept = centre.content(record)
            assertTrue(kept, "第${day + 1}次旁听。休庭。" in kept && "未围绕争议焦点发问" in kept)
        }
    }

    @Test
    fun `a conflict is shown with both writers until the chair settles it`() {
        val record = begin()
        chair.write(record, put("facts/outcome", "attended"))
        observer.write(record, put("facts/outcome", "adjourned"))
        meet()
        val conflict = chair.phone.show(record).conflicts.single()
        assertEquals("facts/outcome", conflict.path)
        val authors = conflict.candidates.associate { (it.value as FieldValue.Text).value to it.authorship }
        assertTrue(authors["attended"] is Authorship.Here)
        assertEquals("刘志远", (authors["adjourned"] as Authorship.Elsewhere).writer)
        chair.write(record, FieldEdit.Set(conflict.path, FieldValue.Text("attended")))
        meet()
        assertTrue(observer.phone.show(record).conflicts.isEmpty())
        assertEquals("attended", observer.values(record)["facts/outcome"])
    }

    @Test
    fun `what the server refuses is listed with its words and the reason`() {
        val record = observer.start(attendance.assignment)
        observer.write(record, tell("还不知道要回避。"))
        centre.relate(attendance.case, observer.person)
        assertTrue(observer.sync().notAccepted > 0u)
        val page = observer.phone.refused(limit = 1u)
        val refused = page.items + observer.phone.refused(checkNotNull(page.next)).items
        assertEquals(setOf("relation_bars"), refused.map { it.rule }.toSet())
        assertEquals(setOf("attendance"), refused.map { it.kind }.toSet())
        assertTrue(refused.flatMap { it.edits }.contains(tell("还不知道要回避。")))
        assertFalse(label(Language.ZH, "rule", "relation_bars").isNullOrEmpty())
        assertEquals(RecordStage.TROUBLE, observer.phone.show(record).stage)
    }

    @Test
    fun `a sync that is cancelled with its coroutine goes on with the next`() = runBlocking<Unit> {
        val record = begin()
        chair.write(record, tell("开庭。"))
        val hanging = HangingTransport()
        val syncing = launch(Dispatchers.Default) { chair.phone.sync(hanging) }
        hanging.awaitRequest()
        chair.write(record, tell("同步时写下。"))
        assertThrows(TingfangException.SyncUnderWay::class.java) { chair.phone.startSync(chair.wire) }
        syncing.cancelAndJoin()
        assertEquals(hanging.sent, hanging.awaitCancel())
        // The library lets go of the sync a moment after its window was closed.
        val report = generateSequence { runCatching { chair.sync() } }
            .first { it.exceptionOrNull() !is TingfangException.SyncUnderWay }
            .getOrThrow()
        assertEquals(SyncEnd.Complete, report.end)
        assertTrue("开庭。同步时写下。" in centre.content(record))
    }

    @Test
    fun `a sync that is cancelled in the middle goes on where it was`() = runBlocking<Unit> {
        val record = begin()
        chair.phone.enterCourtRoom(record)
        chair.write(record, tell("公开开庭。"))
        chair.phone.leaveCourtRoom()
        chair.write(record, FieldEdit.Set("facts/left_at", FieldValue.Time(Instant.now())))
        chair.phone.attach(record, scan, page().toString())
        // Everything arrives but the bytes of the file.
        val hanging = HangingTransport(chair.wire) { it.method != "PATCH" }
        val task = chair.phone.startSync(hanging)
        hanging.awaitRequest()
        task.cancel()
        val cancelled = task.outcome()
        assertEquals(SyncEnd.Cancelled to 0uL, cancelled.end to cancelled.filesSent)
        assertTrue("text comes first", "公开开庭。" in centre.content(record))
        assertEquals(SyncState.STORED, chair.phone.show(record).sync)
        val report = chair.sync()
        assertEquals("what had arrived is not sent again", 0uL to 1uL, report.stored to report.filesSent)
    }

    @Test
    fun `changes are told as a flow, and progress as it comes`() = runBlocking<Unit> {
        val record = begin()
        // What happens as soon as somebody listens is heard: nothing falls between that and the first reading.
        val changes = chair.phone.changes { chair.write(record, tell("。")) }
        val written = withTimeout(60_000) { changes.filterIsInstance<Change.Record>().first() }
        assertEquals(Change.Record(record), written)
        val progress = java.util.concurrent.LinkedBlockingQueue<ULong>()
        chair.phone.sync(chair.wire) { progress.add(it.waiting) }
        assertEquals(0uL, progress.take())
    }

    @Test
    fun `a collector that was busy hears of the newest change, however many came before it`() = runBlocking<Unit> {
        val heard = CompletableDeferred<Unit>()
        val newest = CompletableDeferred<String>()
        val busy = launch(Dispatchers.Default) {
            chair.phone.changes().first { change ->
                heard.complete(Unit)
                change == Change.Record(newest.await())
            }
        }
        val record = begin()
        while (!heard.isCompleted) chair.write(record, tell("。"))
        // A change of its own each, and more of them than fit into the buffer that a flow has by itself.
        val begun = List(100) { chair.phone.startUnassigned("attendance") }
        newest.complete(begun.last())
        withTimeout(60_000) { busy.join() }
    }

    @Test
    fun `inside a court room nothing is sent, and a scan comes after leaving`() {
        val record = begin()
        chair.phone.enterCourtRoom(record)
        chair.restart()
        assertEquals(record, chair.phone.deviceStatus().courtRoom?.record)
        val page = page()
        assertThrows(TingfangException.InCourtRoom::class.java) { chair.sync() }
        assertThrows(TingfangException.InCourtRoom::class.java) {
            chair.phone.attach(record, scan, page.toString())
        }
        chair.write(record, tell("公开开庭。"))
        chair.phone.leaveCourtRoom()
        chair.write(record, FieldEdit.Set("facts/left_at", FieldValue.Time(Instant.now())))
        chair.phone.attach(record, scan, page.toString())
        val digest = chair.phone.attachments(record).single().digest
        assertThrows(TingfangException.NotOnServer::class.java) { chair.phone.freeAttachment(record, digest) }
        assertEquals(1uL, chair.sync().filesSent)
        val attached = chair.phone.attachments(record).single()
        assertEquals(FileState.STORED, attached.state)
        assertEquals(attached.sizeBytes, chair.phone.storage().fileBytesOnServer)
        chair.phone.freeAttachment(record, attached.digest)
        assertFalse(chair.phone.attachments(record).single().isHere)
        assertEquals(0uL, chair.phone.storage().fileBytes)
        assertEquals(FetchEnd.COMPLETE, runBlocking { chair.phone.fetch(record, attached.digest, chair.wire) })
        assertTrue(chair.phone.attachments(record).single().isHere)

        observer.sync()
        val told = java.util.concurrent.LinkedBlockingQueue<ULong>()
        val end = runBlocking {
            observer.phone.fetch(record, attached.digest, observer.wire) { told.add(it.sizeBytes) }
        }
        assertEquals(FetchEnd.COMPLETE, end)
        assertEquals(attached.sizeBytes, told.take())
        runBlocking { observer.phone.fetchAttachment(record, attached.digest, observer.wire) }
        val copy = observer.folder.resolve("copy.jpg")
        observer.phone.writeAttachment(record, attached.digest, copy.toString())
        assertArrayEquals(Files.readAllBytes(page), Files.readAllBytes(copy))
    }

    @Test
    fun `from the sheets to the seal, and to the grade that the undertaker is told`() {
        val record = begin()
        for (handset in listOf(chair, observer)) {
            val sheet = handset.phone.start(attendance.assignment, "observer_sheet")
            val items = checkNotNull(handset.phone.score(sheet)).items
            handset.write(sheet, *items.map { full(it.item, it.most) }.toTypedArray())
            assertEquals(10_000L, handset.phone.score(sheet)?.score)
            handset.phone.seal(sheet)
        }
        observer.write(record, observer.done())
        chair.write(record, put("facts/outcome", "attended"), chair.done())
        meet()
        chair.phone.seal(record)
        assertEquals(RecordStage.TO_UPLOAD, chair.phone.show(record).stage)
        meet()
        assertEquals(RecordStage.STORED, chair.phone.show(record).stage)
        val late = assertThrows(TingfangException.NotAllowed::class.java) { chair.write(record, tell("补记。")) }
        assertEquals("record_sealed", late.rule)
        assertTrue("nothing is left to do", chair.phone.agenda().items.isEmpty())

        Handset.enrolled(centre, centre.undertakerOf(attendance.case)).use { undertaker ->
            undertaker.sync()
            assertTrue(undertaker.phone.results().items.isEmpty())
            centre.grade(attendance.case)
            undertaker.sync()
            val result = undertaker.phone.results().items.single()
            assertEquals(DecisionState.FINAL, result.state)
            val told = checkNotNull(result.told)
            assertTrue(result.caseNo in told.explanation.zh)
            assertFalse("who said what is not told", "陈晓燕" in told.explanation.zh)

            val again = centre.grade(attendance.case)
            undertaker.sync()
            val first = undertaker.phone.results(limit = 1u)
            val last = undertaker.phone.results(checkNotNull(first.next), 1u)
            val decisions = (first.items + last.items).map { it.decision }
            assertEquals("the last one first", listOf(again, result.decision), decisions)
            assertNull(last.next)
        }
    }

    private val scan = NewAttachment(AttachmentPurpose.SCAN, MediaType.JPEG, "评分表.jpg")

    /** A page that the chair has scanned. */
    private fun page(): Path = Files.write(
        chair.folder.resolve("page.jpg"),
        byteArrayOf(-1, -40, -1, -32) + ByteArray(200_000) { (it * 31 % 251).toByte() },
    )
}
