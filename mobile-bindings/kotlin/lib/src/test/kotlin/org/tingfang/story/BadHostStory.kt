package org.tingfang.story

import java.nio.file.Files
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.Change
import org.tingfang.HttpHeader
import org.tingfang.HttpReply
import org.tingfang.HttpRequest
import org.tingfang.HttpResponse
import org.tingfang.KeyStore
import org.tingfang.Listener
import org.tingfang.SyncEnd
import org.tingfang.SyncOptions
import org.tingfang.Tingfang
import org.tingfang.TingfangException
import org.tingfang.Transport
import org.tingfang.enrol
import org.tingfang.recover
import org.tingfang.recoveryRequest
import org.tingfang.sync

/** What an app can do wrong: each of it gets an error that can be told from others, and none ends the process. */
class BadHostStory : Stage() {
    @Test
    fun `a phone that was shut says so, and so does one that was closed`() {
        val record = begin()
        val phone = chair.phone
        phone.shut()
        assertThrows(TingfangException.Closed::class.java) { phone.show(record) }
        assertThrows(TingfangException.Closed::class.java) { chair.sync() }
        phone.close()
        assertThrows(TingfangException.Closed::class.java) { phone.show(record) }
        chair.reopen()
        assertTrue(chair.phone.records().isNotEmpty())
    }

    @Test
    fun `an id that is none is a bad argument, and one that is unknown is named`() {
        assertThrows(TingfangException.BadArgument::class.java) { chair.phone.show("云援刑字第17号") }
        assertThrows(TingfangException.BadArgument::class.java) { chair.phone.agenda("yesterday") }
        val nowhere = "019a2b3c-0000-7000-8000-000000000000"
        val unknown = assertThrows(TingfangException.NoSuchRecord::class.java) { chair.phone.show(nowhere) }
        assertEquals(nowhere, unknown.record)
        assertThrows(TingfangException.NoSuchTask::class.java) { chair.start(nowhere) }
        assertNull(chair.phone.case(nowhere))
    }

    @Test
    fun `a text that is no Unicode is a bad argument and changes nothing`() {
        val record = begin()
        chair.write(record, tell("公开开庭。"))
        for (half in listOf("\ud83d", "\ude00", "好\ud83d好")) {
            val refused = assertThrows(TingfangException.BadArgument::class.java) { chair.write(record, tell(half)) }
            assertEquals("bad_argument", refused.code())
            assertThrows(TingfangException.BadArgument::class.java) { chair.phone.show(half) }
        }
        chair.write(record, tell("😀"))
        assertEquals("公开开庭。😀", chair.values(record)["narrative"])
    }

    @Test
    fun `a listener that throws or hangs harms nobody else`() {
        val heard = LinkedBlockingQueue<Change>()
        val goOn = CountDownLatch(1)
        val subscriptions = listOf(
            chair.phone.listen(listener { throw UnsupportedOperationException("不想听") }),
            chair.phone.listen(listener { goOn.await() }),
            chair.phone.listen(listener(heard::put)),
        )
        val record = begin()
        assertEquals(Change.Record(record), heard.take())
        chair.sync()
        assertEquals(Change.Synced, heard.take())
        goOn.countDown()
        subscriptions.forEach { it.cancel() }
    }

    @Test
    fun `a key store that refuses stops the sync and not the writing`() {
        val locked = LockableKeys()
        val person = centre.person("赵明")
        Handset(Files.createTempDirectory("tingfang-phone-"), centre.enrolmentText(person), locked).use { phone ->
            val record = phone.phone.startUnassigned("attendance")
            locked.isLocked = true
            phone.write(record, tell("开庭。"))
            val told = assertThrows(TingfangException.Host::class.java) { phone.sync() }
            assertTrue(told.reason, "钥匙串已锁定" in told.reason)
            assertThrows(TingfangException::class.java) { phone.open() }
            locked.isLocked = false
            phone.sync()
        }
    }

    @Test
    fun `a key store that never answers is given up, and one that throws an error of the machine is the app's own`() {
        val record = begin()
        chair.write(record, tell("开庭。"))
        val profile = chair.phone.profile()
        chair.close()
        val goOn = CountDownLatch(1)
        val hanging = keys { goOn.await(); null }
        val silent = assertThrows(TingfangException.Host::class.java) {
            Tingfang.open(chair.path, profile, hanging, keyPatienceS = 1u)
        }
        assertTrue(silent.reason, "does not answer" in silent.reason)
        goOn.countDown()
        // No exception: handlers of exceptions let it through.
        val unfinished = keys { TODO("钥匙串还没有写") }
        val told = assertThrows(TingfangException.Host::class.java) { Tingfang.open(chair.path, profile, unfinished) }
        assertTrue(told.reason, "钥匙串还没有写" in told.reason)
        chair.reopen()
        assertEquals("开庭。", chair.values(record)["narrative"])
    }

    @Test
    fun `whoever reads does not wait while the phone is busy with a key store that is slow`() {
        val slow = LockableKeys()
        val phone = Handset(Files.createTempDirectory("tingfang-phone-"), centre.enrolmentText(centre.person("赵明")), slow)
        phone.use {
            val record = phone.phone.startUnassigned("attendance")
            phone.write(record, tell("开庭。"))
            slow.goOn = CountDownLatch(1)
            phone.phone.startSync(phone.wire, null, null).use { syncing ->
                // It cuts a frame, and has the phone for itself until the key store has answered.
                slow.asked.await()
                assertEquals("开庭。", phone.values(record)["narrative"])
                assertEquals(listOf(record), phone.phone.search("开庭").items.map { it.record })
                assertTrue(phone.phone.agenda().items.isEmpty())
                assertTrue(phone.phone.status().waiting > 0u)
                assertNull(phone.phone.deviceStatus().courtRoom)
                assertTrue(syncing.isRunning())
                slow.goOn?.countDown()
                assertEquals(SyncEnd.Complete, runBlocking { syncing.outcome() }.end)
            }
        }
    }

    @Test
    fun `a phone whose keys are lost is opened by the centre and goes on`() {
        val record = begin()
        chair.write(record, tell("开庭。"))
        val profile = chair.phone.profile()
        chair.close()
        chair.keys.save(ByteArray(0))
        assertThrows(TingfangException.NoKeys::class.java) { chair.reopen() }
        val request = recoveryRequest(chair.path, profile, chair.keys)
        recover(profile, chair.keys, centre.openPhone(request))
        chair.reopen()
        chair.sync()
        assertTrue("开庭。" in centre.content(record))
    }

    @Test
    fun `the portal of a public network is not taken for the server`() {
        val record = begin()
        chair.write(record, tell("开庭。"))
        val portal = answering(200, "text/html; charset=gbk", "<html>请登录</html>".toByteArray())
        val told = assertThrows(TingfangException.NotTheServer::class.java) { chair.sync(portal) }
        assertEquals(200.toUShort() to "text/html", told.status to told.contentType)
        val person = centre.person("赵明")
        val text = centre.enrolmentText(person)
        assertThrows(TingfangException.NotTheServer::class.java) {
            runBlocking { enrol(typed(text), "旁听手机", LockableKeys(), portal) }
        }
        chair.sync()
        Handset.enrolled(centre, person).use { it.sync() }
    }

    @Test
    fun `a transport that throws, forgets or never answers is told apart`() {
        val record = begin()
        chair.write(record, tell("开庭。"))
        val throwing = transport { _, _ -> error("没电了") }
        val thrown = assertThrows(TingfangException.Host::class.java) { chair.sync(throwing) }
        assertTrue(thrown.reason, "没电了" in thrown.reason)
        assertTrue("one line, no stack trace", '\n' !in thrown.reason)
        val forgetful = transport { _, reply -> reply.close() }
        assertThrows(TingfangException.Host::class.java) { chair.sync(forgetful) }
        val impatient = SyncOptions(patienceS = 1u)
        assertThrows(TingfangException.Offline::class.java) {
            runBlocking { chair.phone.sync(HangingTransport(), impatient) }
        }
        chair.sync()
        assertTrue("开庭。" in centre.content(record))
    }

    @Test
    fun `calls from many threads at once are all heard`() {
        val record = begin()
        val threads = (1..8).map { number ->
            Thread { repeat(10) { chair.write(record, tell("$number")) } }.apply { start() }
        }
        threads.forEach { it.join() }
        assertEquals(80, chair.values(record).getValue("narrative").length)
    }

    private fun listener(hear: (Change) -> Unit) = object : Listener {
        override fun onChange(change: Change) = hear(change)
    }

    private fun keys(loads: () -> ByteArray?) = object : KeyStore {
        override fun load(): ByteArray? = loads()

        override fun save(secrets: ByteArray) = Unit
    }

    private fun transport(sends: (HttpRequest, HttpReply) -> Unit) = object : Transport {
        override fun send(request: HttpRequest, reply: HttpReply) = sends(request, reply)

        override fun cancel(number: ULong) = Unit
    }

    private fun answering(status: Int, type: String, body: ByteArray) = transport { _, reply ->
        reply.complete(HttpResponse(status.toUShort(), listOf(HttpHeader("Content-Type", type)), body))
    }
}

/** A key chain in memory that can be locked. */
private class LockableKeys : KeyStore {
    var isLocked = false

    /** While there is one, whoever asks waits for it. */
    @Volatile var goOn: CountDownLatch? = null
    val asked = CountDownLatch(1)
    private var kept: ByteArray? = null

    override fun load(): ByteArray? = unlocked { kept }

    override fun save(secrets: ByteArray) = unlocked { kept = secrets }

    private fun <T> unlocked(work: () -> T): T {
        if (isLocked) throw SecurityException("钥匙串已锁定")
        goOn?.also { asked.countDown() }?.await()
        return work()
    }
}
