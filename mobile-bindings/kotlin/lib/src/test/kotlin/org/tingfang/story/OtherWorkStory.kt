package org.tingfang.story

import java.time.Instant
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.About
import org.tingfang.DeviceStanding
import org.tingfang.FieldEdit
import org.tingfang.FieldValue
import org.tingfang.Language
import org.tingfang.QuestionAnswer
import org.tingfang.TingfangException
import org.tingfang.label

/** What a field app does besides hearings, and what happens to a phone itself. */
class OtherWorkStory : Stage() {
    @Test
    fun `a clerk's copy waits for the observer whose paper it was until they confirm it`() {
        val person = centre.clerk(attendance, chair.person, observer.person)
        Handset.enrolled(centre, person).use { clerk ->
            clerk.sync()
            val about = About(forObserver = chair.person)
            val copy = clerk.phone.start(attendance.assignment, "observer_sheet", about)
            val items = checkNotNull(clerk.phone.score(copy)).items
            clerk.write(copy, *items.map { full(it.item, it.most) }.toTypedArray())
            clerk.phone.seal(copy)
            clerk.sync()

            meet()
            val waiting = chair.phone.toConfirm().items.single()
            assertEquals(copy to chair.person, waiting.record to waiting.transcribedFor)
            assertTrue("nobody asks the other observer", observer.phone.toConfirm().items.isEmpty())
            chair.phone.confirm(copy)
            assertTrue(chair.phone.toConfirm().items.isEmpty())
            chair.sync()
            clerk.sync()
            assertTrue(clerk.phone.show(copy).confirmed)
        }
    }

    @Test
    fun `a record that the centre has erased is gone, and its writers are told`() {
        val record = chair.start(attendance.assignment)
        chair.write(record, tell("误记的内容"))
        meet()
        chair.write(record, tell("还没发出的话"))
        centre.erase(record, "误记个人信息")
        meet()
        for (handset in listOf(chair, observer)) {
            val erased = handset.phone.erasedRecords().single { it.record == record }
            assertEquals("attendance", erased.kind)
            assertThrows(TingfangException.NoSuchRecord::class.java) { handset.phone.show(record) }
            assertEquals(0UL, handset.phone.status().waiting)
        }
    }

    @Test
    fun `an inspection shows points, and what stands in their place`() {
        val task = centre.inspection(chair.person)
        chair.sync()
        val record = chair.phone.start(task, "inspection")
        val (first, second) = items(record)
        val edit = FieldEdit.Set(first.path, FieldValue.Integer(2_000L))
        chair.write(record, edit, put(second.statePath, "not_observed"))
        assertEquals(
            listOf(2_000L to null, null to "not_observed"),
            items(record).take(2).map { it.given to it.state },
        )
    }

    @Test
    fun `answers that are worth nothing stand as the questionnaire lists them`() {
        val task = centre.visit(chair.person, Instant.now())
        chair.sync()
        val visit = chair.phone.start(task, "return_visit")
        val money = chair.phone.questions(visit).single { it.id == "RTV-06" }.answer as QuestionAnswer.Choice
        assertEquals(listOf("yes", "no", "refused"), money.answers.map { it.code })
    }

    @Test
    fun `a phone says how the centre last said that it stands`() {
        val standing = { checkNotNull(chair.phone.deviceStatus().told).standing }
        assertEquals(DeviceStanding.ACTIVE, standing())
        centre.setDeviceState(chair.person, "held_by_court")
        chair.sync()
        assertEquals(DeviceStanding.SUSPENDED, standing())
        assertEquals("已暂停，请联系中心", standing().label(Language.ZH))
        centre.setDeviceState(chair.person, "active")
        chair.sync()
        assertEquals(DeviceStanding.ACTIVE, standing())
    }

    @Test
    fun `cases and what was returned come a page at a time`() {
        val other = centre.attendance(chair.person, observer.person)
        chair.sync()
        val numbers = chair.phone.cases().map { it.caseNo }
        assertEquals(2, numbers.size)
        val first = chair.phone.cases(limit = 1u).single()
        val second = chair.phone.cases(after = first, limit = 1u).single()
        assertEquals(numbers, listOf(first.caseNo, second.caseNo))
        assertTrue(chair.phone.cases(after = second, limit = 1u).isEmpty())

        val sheets = listOf(attendance, other).map { sealedSheet(it.assignment) }
        chair.sync()
        sheets.forEach { centre.returnRecord(it, "points", "请复核") }
        chair.sync()
        val page = chair.phone.returned(limit = 1u)
        val last = chair.phone.returned(checkNotNull(page.next), 1u)
        assertEquals(sheets, (page.items + last.items).map { it.document })
        assertNull(last.next)
    }

    private fun sealedSheet(assignment: String): String {
        val sheet = chair.phone.start(assignment, "observer_sheet")
        val items = checkNotNull(chair.phone.score(sheet)).items
        chair.write(sheet, *items.map { full(it.item, it.most) }.toTypedArray())
        chair.phone.seal(sheet)
        return sheet
    }

    private fun items(record: String) = chair.phone.questions(record).map { it.answer as QuestionAnswer.Points }
}
