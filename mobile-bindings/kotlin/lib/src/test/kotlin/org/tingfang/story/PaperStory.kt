package org.tingfang.story

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.About
import org.tingfang.FieldEdit
import org.tingfang.FieldValue

/** Where no phone may be taken out there is paper, and somebody enters it. */
class PaperStory : Stage() {
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
}
