package org.tingfang.story

import java.time.Instant
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.TingfangException

/** A phone that has not seen the server for longer than the centre allows. */
class LeaseStory {
    @Test
    fun `a phone locks after its lease, and a sync opens it with everything on it`() {
        // Nobody moves the clock of a phone. So this centre's is behind, and catches up.
        Centre(daysAgo = 31).use { centre ->
            centre.lease(0)
            val (chair, observer) = listOf("陈晓燕", "刘志远").map { centre.person(it) }
            val assignment = centre.attendance(chair, observer).assignment
            Handset.enrolled(centre, chair).use { handset ->
                handset.sync()
                val record = handset.start(assignment)
                handset.write(record, tell("公开开庭。"))
                centre.lease(30)
                handset.sync()
                val until = checkNotNull(handset.phone.deviceStatus().leasedUntil)
                assertTrue("$until", until < Instant.now())
                val over = assertThrows(TingfangException.LeaseOver::class.java) { handset.phone.agenda() }
                assertEquals(until, Instant.parse(over.until))
                assertThrows(TingfangException.LeaseOver::class.java) { handset.write(record, tell("过期。")) }

                centre.catchUp()
                handset.sync()
                assertEquals("公开开庭。", handset.values(record)["narrative"])
                handset.write(record, tell("休庭。"))
            }
        }
    }
}
