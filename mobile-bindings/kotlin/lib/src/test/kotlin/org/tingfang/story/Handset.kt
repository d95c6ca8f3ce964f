package org.tingfang.story

import java.io.Closeable
import java.net.ProxySelector
import java.nio.file.Files
import java.nio.file.Path
import java.time.Instant
import kotlinx.coroutines.runBlocking
import org.tingfang.AttachmentPurpose
import org.tingfang.EnrolmentCode
import org.tingfang.EntryField
import org.tingfang.FieldEdit
import org.tingfang.FieldValue
import org.tingfang.FileKeyStore
import org.tingfang.HardwareKey
import org.tingfang.JvmTransport
import org.tingfang.KeyStore
import org.tingfang.MediaType
import org.tingfang.NewAttachment
import org.tingfang.Profile
import org.tingfang.SyncEnd
import org.tingfang.SyncReport
import org.tingfang.Tingfang
import org.tingfang.Transport
import org.tingfang.enrol
import org.tingfang.readEnrolmentCode
import org.tingfang.sync

/** A person's phone: its folder, its keys, its wire, and the library that was opened. */
class Handset(
    val folder: Path,
    text: String,
    val keys: KeyStore = FileKeyStore(folder.resolve("secrets")),
    private val hardwareKey: HardwareKey? = null,
    private val keyPatienceS: UInt? = null,
) : Closeable {
    // What leaves this machine would be a mistake: no proxy is asked.
    val wire: Transport = JvmTransport(ProxySelector.of(null))
    private val profile: Profile = runBlocking { enrol(readEnrolmentCode(text), "旁听手机", keys, wire, hardwareKey) }
    var phone: Tingfang = open()
        private set

    val path get() = folder.resolve("phone.db").toString()

    val person get() = profile.person

    fun open(): Tingfang = Tingfang.open(path, profile, keys, null, hardwareKey, keyPatienceS)

    /** Stops the app and starts it again: all that remains is the folder. */
    fun restart() {
        close()
        reopen()
    }

    /** Opens what was closed. */
    fun reopen() {
        phone = open()
    }

    fun sync(over: Transport = wire): SyncReport = runBlocking {
        phone.sync(over).also { check(it.end is SyncEnd.Complete) { it.toString() } }
    }

    fun write(record: String, vararg edits: FieldEdit): List<String> = phone.edit(record, edits.toList())

    fun start(assignment: String) = phone.start(assignment, "attendance")

    /** What is filled in, by path. */
    fun values(record: String): Map<String, String> =
        phone.show(record).fields.associate { it.path to ((it.value as? FieldValue.Text)?.value ?: it.value.toString()) }

    /** Says that its owner has left the court room, and scans what is on paper; gives the file's digest. */
    fun scanned(record: String): String {
        write(record, FieldEdit.Set("facts/left_at", FieldValue.Time(Instant.now())))
        val page = byteArrayOf(-1, -40, -1, -32) + ByteArray(100_000) { (it % 251).toByte() }
        phone.attachBytes(record, NewAttachment(AttachmentPurpose.SCAN, MediaType.JPEG, "评分表.jpg"), page)
        return phone.attachments(record).single().digest
    }

    fun done() = put("observers/$person", "done")

    override fun close() {
        phone.shut()
        phone.close()
    }

    companion object {
        fun enrolled(centre: Centre, person: String) =
            Handset(Files.createTempDirectory("tingfang-phone-"), centre.enrolmentText(person))
    }
}

fun put(path: String, value: String) = FieldEdit.Set(path, FieldValue.Text(value))

fun tell(words: String) = FieldEdit.Append("narrative", words)

fun finding(severity: String, words: String): FieldEdit {
    val fields = mapOf("severity" to severity, "text" to words)
    return FieldEdit.Add("findings", fields.map { EntryField(it.key, FieldValue.Text(it.value)) })
}

fun full(item: String, most: Long) = FieldEdit.Set("points/$item", FieldValue.Integer(most))

/** The code of a text, without a fingerprint: who types it may leave it out. */
fun typed(text: String): EnrolmentCode = readEnrolmentCode(text).copy(fingerprint = null)
