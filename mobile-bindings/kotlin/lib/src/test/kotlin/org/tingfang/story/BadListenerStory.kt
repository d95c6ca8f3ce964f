package org.tingfang.story

import java.util.concurrent.CountDownLatch
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.FetchEnd
import org.tingfang.FetchTask
import org.tingfang.SyncEnd
import org.tingfang.SyncReport
import org.tingfang.SyncTask
import org.tingfang.TingfangException
import org.tingfang.Transport

/** Who only hears, or is only told to give up, may throw or never come back: it harms nobody, the next is served. */
class BadListenerStory : Stage() {
    private val surprises = listOf<Throwable>(
        UnsupportedOperationException("不想听"),
        TingfangException.Offline(null),
        // No exception: handlers of exceptions let it through.
        NotImplementedError("界面还没有写"),
    )

    @Test
    fun `who hears how far it is and throws changes nothing`() {
        val record = begin()
        val digest = chair.scanned(record)
        for (thrown in surprises) {
            chair.write(record, tell("开庭。"))
            val (ofSync, ofFetch) = CountDownLatch(1) to CountDownLatch(1)
            val bad = followingASync { ofSync.countDown(); throw thrown }
            val report = chair.phone.startSync(chair.wire, null, bad).report()
            assertEquals(SyncEnd.Complete, report.end)
            assertTrue("$report", report.stored > 0u)
            observer.sync()
            val worse = followingAFetch { ofFetch.countDown(); throw thrown }
            assertEquals(FetchEnd.COMPLETE, observer.phone.startFetch(record, digest, observer.wire, worse).end())
            inTime { ofSync.await(); ofFetch.await() }
            observer.phone.freeAttachment(record, digest)
        }
        assertTrue("开庭。开庭。开庭。" in centre.content(record))
    }

    @Test
    fun `who hears how far it is and never comes back holds up nothing`() {
        val record = begin()
        val digest = chair.scanned(record)
        val (ofSync, ofFetch, goOn) = List(3) { CountDownLatch(1) }
        try {
            val hanging = followingASync { ofSync.countDown(); goOn.await() }
            val report = chair.phone.startSync(chair.wire, null, hanging).report()
            assertEquals(SyncEnd.Complete to 1uL, report.end to report.filesSent)
            inTime { observer.sync() }
            val hangingToo = followingAFetch { ofFetch.countDown(); goOn.await() }
            assertEquals(FetchEnd.COMPLETE, observer.phone.startFetch(record, digest, observer.wire, hangingToo).end())
            inTime { ofSync.await(); ofFetch.await() }
            chair.write(record, tell("照常。"))
            inTime { chair.sync() }
        } finally {
            goOn.countDown()
        }
        assertTrue("照常。" in centre.content(record))
    }

    @Test
    fun `a transport that throws or never comes back when it is to give up harms nobody`() {
        val record = begin()
        val goOn = CountDownLatch(1)
        val ways: List<() -> Unit> = surprises.map { { throw it } } + listOf { goOn.await() }
        try {
            for (way in ways) {
                chair.write(record, tell("开庭。"))
                val givenUp = CountDownLatch(1)
                val hanging = HangingTransport()
                val bad = object : Transport by hanging {
                    override fun cancel(number: ULong) {
                        givenUp.countDown()
                        way()
                    }
                }
                val syncing = chair.phone.startSync(bad)
                inTime { hanging.awaitRequest() }
                syncing.cancel()
                assertEquals(SyncEnd.Cancelled, syncing.report().end)
                inTime { givenUp.await() }
                assertTrue(inTime { chair.sync() }.stored > 0u)
            }
        } finally {
            goOn.countDown()
        }
        assertTrue("开庭。".repeat(ways.size) in centre.content(record))
    }

    private fun SyncTask.report(): SyncReport = inTime { runBlocking { outcome() } }

    private fun FetchTask.end(): FetchEnd = inTime { runBlocking { outcome() } }
}
