package org.tingfang.story

import java.nio.file.Files
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.CountDownLatch
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.tingfang.HardwareKey
import org.tingfang.SyncEnd
import org.tingfang.Tingfang
import org.tingfang.TingfangException
import org.tingfang.sync

/** A phone whose key lies in secure hardware, which signs and gives nothing away. */
class HardwareKeyStory : Stage() {
    private val chip = Chip()
    private lateinit var handset: Handset

    @Before
    fun aPhoneWithAChipIsEnrolled() {
        // The chair has a second phone.
        val text = centre.enrolmentText(chair.person)
        handset = Handset(Files.createTempDirectory("tingfang-phone-"), text, hardwareKey = chip)
        handset.sync()
    }

    @After
    fun itIsClosed() = handset.close()

    @Test
    fun `what a chip has signed is on the server, also after the app has started again`() {
        val record = handset.start(attendance.assignment)
        handset.write(record, tell("开庭。"))
        handset.sync()
        handset.restart()
        handset.write(record, tell("休庭。"))
        assertTrue(handset.sync().stored > 0UL)
        assertTrue("开庭。休庭。" in centre.content(record))
    }

    @Test
    fun `a chip that refuses or never answers stops the sync and not the writing`() {
        val record = handset.start(attendance.assignment)
        chip.signs = { throw IllegalStateException("请先解锁手机") }
        handset.write(record, tell("开庭。"))
        val refused = assertThrows(TingfangException.Host::class.java) { handset.sync() }
        assertTrue(refused.reason, "请先解锁手机" in refused.reason)
        val profile = handset.phone.profile()
        handset.close()
        val goOn = CountDownLatch(1)
        chip.signs = { goOn.await(); ByteArray(0) }
        val impatient = Tingfang.open(handset.path, profile, handset.keys, hardwareKey = chip, keyPatienceS = 1u)
        val silent = assertThrows(TingfangException.Host::class.java) {
            runBlocking { impatient.sync(handset.wire) }
        }
        assertTrue(silent.reason, "does not answer" in silent.reason)
        goOn.countDown()
        impatient.shut()
        impatient.close()
        chip.signs = chip::signed
        handset.reopen()
        handset.sync()
        assertTrue("开庭。" in centre.content(record))
    }

    @Test
    fun `a chip that is signing reads the phone, and whoever writes there is given up`() {
        val record = handset.start(attendance.assignment)
        handset.write(record, tell("开庭。"))
        val reading = Inside<ByteArray, String?> { handset.values(record)["narrative"] }
        chip.signs = { message -> reading.run(message); chip.signed(message) }
        inTime { handset.sync() }
        assertEquals("开庭。", reading.result())

        val profile = handset.phone.profile()
        handset.close()
        val impatient = Tingfang.open(handset.path, profile, handset.keys, hardwareKey = chip, keyPatienceS = 2u)
        val writing = Inside<ByteArray, List<String>> { impatient.edit(record, listOf(tell("签名时写下。"))) }
        chip.signs = { message -> writing.run(message); chip.signed(message) }
        impatient.edit(record, listOf(tell("休庭。")))
        val silent = assertThrows(TingfangException.Host::class.java) {
            inTime { runBlocking { impatient.sync(handset.wire) } }
        }
        assertTrue(silent.reason, "does not answer" in silent.reason)
        writing.result()
        impatient.shut()
        impatient.close()
        handset.reopen()
        inTime { handset.sync() }
        assertTrue("开庭。休庭。签名时写下。" in centre.content(record))
    }

    @Test
    fun `under another key than that of the enrolment everything is written and nothing is sent`() {
        val record = handset.start(attendance.assignment)
        val profile = handset.phone.profile()
        observer.write(begin(), put("facts/outcome", "attended"))
        observer.sync()
        handset.close()
        var pulled = 0uL
        for (other in listOf(Chip(), null)) {
            val phone = Tingfang.open(handset.path, profile, handset.keys, hardwareKey = other)
            phone.edit(record, listOf(tell("开庭。")))
            val report = runBlocking { phone.sync(handset.wire) }
            assertEquals("what was done is told all the same", SyncEnd.OtherKey, report.end)
            assertTrue(phone.deviceStatus().isOtherKey)
            pulled += report.pulled
            val rescued = phone.exportForRescue(handset.folder.resolve("${phone.hashCode()}.rescue").toString())
            assertTrue("$rescued", rescued.unsigned > 0UL)
            phone.shut()
            phone.close()
        }
        assertTrue("and others are read as ever", pulled > 0uL)
        handset.reopen()
        assertFalse(handset.phone.deviceStatus().isOtherKey)
        handset.sync()
        assertTrue("开庭。开庭。" in centre.content(record))
    }

    @Test
    fun `what is no signature is told as the app's own`() {
        val record = handset.start(attendance.assignment)
        handset.write(record, tell("开庭。"))
        chip.signs = { "签名".toByteArray() }
        val told = assertThrows(TingfangException.Host::class.java) { handset.sync() }
        assertTrue(told.reason, "no signature" in told.reason)
        chip.signs = chip::signed
        handset.sync()
    }
}

/** A P-256 key as the key stores of phones have it: it gives the point and signs in DER. */
private class Chip : HardwareKey {
    private val pair = KeyPairGenerator.getInstance("EC").run {
        initialize(ECGenParameterSpec("secp256r1"), SecureRandom())
        generateKeyPair()
    }
    var signs: (ByteArray) -> ByteArray = ::signed

    override fun publicKey(): ByteArray {
        val point = (pair.public as ECPublicKey).w
        // Not compressed: 4, then both coordinates.
        return byteArrayOf(4) + point.affineX.toByteArray().last32() + point.affineY.toByteArray().last32()
    }

    override fun sign(message: ByteArray): ByteArray = signs(message)

    fun signed(message: ByteArray): ByteArray = Signature.getInstance("SHA256withECDSA").run {
        initSign(pair.private)
        update(message)
        sign()
    }
}

/** A number's last 32 bytes, with zeros before a short one. */
private fun ByteArray.last32() = ByteArray(maxOf(0, 32 - size)) + takeLast(32).toByteArray()
