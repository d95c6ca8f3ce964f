package org.tingfang.story

import java.nio.file.Files
import java.util.concurrent.CompletableFuture
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.Change
import org.tingfang.FetchEnd
import org.tingfang.FetchProgress
import org.tingfang.FileKeyStore
import org.tingfang.HttpRequest
import org.tingfang.Subscription
import org.tingfang.SyncEnd
import org.tingfang.SyncOptions
import org.tingfang.SyncProgress
import org.tingfang.SyncState
import org.tingfang.SyncTask
import org.tingfang.TingfangException
import org.tingfang.Transport

/** Whoever is called by the library may call it. */
class CallingBackStory : Stage() {
    @Test
    fun `a listener writes into the record of which it hears and shows it`() {
        val record = begin()
        val inside = Inside<Change, String?> {
            chair.write(record, tell("听后补记。"))
            chair.values(record)["narrative"]
        }
        val subscription = chair.phone.listen(listening(inside))
        chair.write(record, tell("公开开庭。"))
        assertEquals("公开开庭。听后补记。", inside.result())
        inTime { chair.sync() }
        assertTrue("公开开庭。听后补记。" in centre.content(record))
        subscription.cancel()
    }

    @Test
    fun `a thread of the library stays the same one for the app and keeps no app alive`() {
        val record = begin()
        val inside = Inside<Change, Boolean> { Thread.currentThread().isDaemon }
        val subscription = chair.phone.listen(listening(inside))
        chair.write(record, tell("公开开庭。"))
        assertTrue(inside.result())
        subscription.cancel()
    }

    @Test
    fun `a listener gives up listening and hears nothing more`() {
        val record = begin()
        val own = CompletableFuture<Subscription>()
        val inside = Inside<Change, Unit> { own.inTime().cancel() }
        own.complete(chair.phone.listen(listening(inside)))
        chair.write(record, tell("公开开庭。"))
        inside.result()
        inTime { chair.sync() }
        val other = Inside<Change, Unit> { }
        val subscription = chair.phone.listen(listening(other))
        chair.write(record, tell("休庭。"))
        other.result()
        assertEquals(listOf<Any?>(Change.Record(record)), inside.told)
        subscription.cancel()
    }

    @Test
    fun `a listener shuts the phone`() {
        val record = begin()
        val inside = Inside<Change, Unit> { chair.phone.shut() }
        val subscription = chair.phone.listen(listening(inside))
        chair.write(record, tell("公开开庭。"))
        inside.result()
        assertThrows(TingfangException.Closed::class.java) { inTime { chair.phone.show(record) } }
        subscription.cancel()
        chair.restart()
        assertEquals("公开开庭。", chair.values(record)["narrative"])
    }

    @Test
    fun `who hears how far a sync is shows a record and cancels the sync`() {
        val record = begin()
        chair.scanned(record)
        val own = CompletableFuture<SyncTask>()
        val inside = Inside<SyncProgress, SyncState> {
            chair.phone.show(record).sync.also { own.inTime().cancel() }
        }
        // Everything arrives but the bytes of the file.
        val hanging = HangingTransport(chair.wire) { it.method != "PATCH" }
        val syncing = chair.phone.startSync(hanging, null, followingASync(inside::run))
        own.complete(syncing)
        assertEquals("text comes first", SyncState.STORED, inside.result())
        assertEquals(SyncEnd.Cancelled, syncing.end())
        assertEquals(1uL, inTime { chair.sync() }.filesSent)
    }

    @Test
    fun `who hears how far a fetch is writes into the record`() {
        val record = begin()
        val digest = chair.scanned(record)
        meet()
        val inside = Inside<FetchProgress, List<String>> { observer.write(record, tell("已看评分表。")) }
        val fetching = observer.phone.startFetch(record, digest, observer.wire, followingAFetch(inside::run))
        assertEquals(FetchEnd.COMPLETE, inTime { runBlocking { fetching.outcome() } })
        inside.result()
        assertEquals("已看评分表。", observer.values(record)["narrative"])
    }

    @Test
    fun `a transport that is sending reads and writes and begins no second sync`() {
        val record = begin()
        chair.write(record, tell("公开开庭。"))
        val inside = Inside<HttpRequest, String?> {
            assertThrows(TingfangException.SyncUnderWay::class.java) { chair.phone.startSync(chair.wire) }
            chair.write(record, tell("发送时写下。"))
            chair.values(record)["narrative"]
        }
        inTime { chair.sync(CallingTransport(chair.wire, inside)) }
        assertEquals("公开开庭。发送时写下。", inside.result())
        inTime { chair.sync() }
        assertTrue("公开开庭。发送时写下。" in centre.content(record))
    }

    @Test
    fun `a transport that waits for the sync that waits for it is given up`() {
        val record = begin()
        chair.write(record, tell("公开开庭。"))
        val own = CompletableFuture<SyncTask>()
        val inside = Inside<HttpRequest, SyncEnd> { own.inTime().end() }
        val syncing = chair.phone.startSync(CallingTransport(chair.wire, inside), SyncOptions(patienceS = 1u))
        own.complete(syncing)
        assertThrows(TingfangException.Offline::class.java) { syncing.end() }
        assertThrows(TingfangException.Offline::class.java) { inside.result() }
        inTime { chair.sync() }
        assertTrue("公开开庭。" in centre.content(record))
    }

    @Test
    fun `a transport that shuts the phone ends the sync and loses nothing`() {
        val record = begin()
        chair.write(record, tell("公开开庭。"))
        val inside = Inside<HttpRequest, Unit> { chair.phone.shut() }
        val syncing = chair.phone.startSync(CallingTransport(chair.wire, inside))
        assertEquals(SyncEnd.Cancelled, syncing.end())
        inside.result()
        chair.restart()
        inTime { chair.sync() }
        assertTrue("公开开庭。" in centre.content(record))
    }

    @Test
    fun `a transport that is to give up shows a record and begins the next sync`() {
        val record = begin()
        chair.write(record, tell("公开开庭。"))
        val own = CompletableFuture<SyncTask>()
        val inside = Inside<ULong, String?> {
            // The one that was cancelled has to end first.
            own.inTime().end()
            chair.sync()
            chair.values(record)["narrative"]
        }
        val hanging = HangingTransport()
        val calling = object : Transport by hanging {
            override fun cancel(number: ULong) = inside.run(number)
        }
        val syncing = chair.phone.startSync(calling)
        own.complete(syncing)
        inTime { hanging.awaitRequest() }
        syncing.cancel()
        assertEquals("公开开庭。", inside.result())
        assertTrue("公开开庭。" in centre.content(record))
    }

    @Test
    fun `a key store that keeps reads and begins no second sync`() = atAKeyStore { handset, keys, record ->
        val inside = Inside<Unit, String?> {
            assertThrows(TingfangException.SyncUnderWay::class.java) { handset.phone.startSync(handset.wire) }
            handset.values(record)["narrative"]
        }
        keys.inside = inside
        inTime { handset.sync() }
        assertEquals("公开开庭。", inside.result())
        assertTrue("公开开庭。" in centre.content(record))
    }

    @Test
    fun `a key store that writes while it keeps is given up and nothing is lost`() =
        atAKeyStore(keyPatienceS = 2u) { handset, keys, record ->
            val inside = Inside<Unit, List<String>> { handset.write(record, tell("保存时写下。")) }
            keys.inside = inside
            val silent = assertThrows(TingfangException.Host::class.java) { inTime { handset.sync() } }
            assertTrue(silent.reason, "does not answer" in silent.reason)
            inside.result()
            assertEquals("公开开庭。保存时写下。", handset.values(record)["narrative"])
            handset.restart()
            inTime { handset.sync() }
            assertTrue("公开开庭。保存时写下。" in centre.content(record))
        }

    @Test
    fun `a key store that is asked calls a phone that is open already, and opens another itself`() =
        atAKeyStore { handset, keys, record ->
            val openAlready = handset.phone
            val inside = Inside<Unit, String> {
                openAlready.edit(record, listOf(tell("打开时写下。")))
                handset.open().use { it.show(record).record }
            }
            keys.inside = inside
            inTime { handset.reopen() }
            assertEquals(record, inside.result())
            openAlready.shut()
            openAlready.close()
            assertEquals("公开开庭。打开时写下。", handset.values(record)["narrative"])
        }

    @Test
    fun `a key store that calls a phone that was shut is told so`() = atAKeyStore { handset, keys, record ->
        val shut = handset.phone.also { it.shut() }
        val inside = Inside<Unit, ULong> { shut.status().records }
        keys.inside = inside
        inTime { handset.reopen() }
        assertThrows(TingfangException.Closed::class.java) { inside.result() }
        assertEquals("公开开庭。", handset.values(record)["narrative"])
    }

    /** A second phone of the chair's, over a key store that calls back, with a record of the hearing on it. */
    private fun atAKeyStore(keyPatienceS: UInt? = null, story: (Handset, CallingKeys, String) -> Unit) {
        val folder = Files.createTempDirectory("tingfang-phone-")
        val keys = CallingKeys(FileKeyStore(folder.resolve("secrets")))
        val text = centre.enrolmentText(chair.person)
        Handset(folder, text, keys, keyPatienceS = keyPatienceS).use { handset ->
            handset.sync()
            val record = handset.start(attendance.assignment)
            handset.write(record, tell("公开开庭。"))
            story(handset, keys, record)
        }
    }

    private fun SyncTask.end(): SyncEnd = inTime { runBlocking { outcome() } }.end
}
