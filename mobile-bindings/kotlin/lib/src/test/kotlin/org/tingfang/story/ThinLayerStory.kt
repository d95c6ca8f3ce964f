package org.tingfang.story

import java.net.InetAddress
import java.net.ProxySelector
import java.net.ServerSocket
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tingfang.AssignmentKind
import org.tingfang.AttachmentPurpose
import org.tingfang.Channel
import org.tingfang.ChannelState
import org.tingfang.DecisionState
import org.tingfang.DeviceStanding
import org.tingfang.Duty
import org.tingfang.FieldEdit
import org.tingfang.FileState
import org.tingfang.Grade
import org.tingfang.HttpReply
import org.tingfang.HttpRequest
import org.tingfang.HttpResponse
import org.tingfang.JvmTransport
import org.tingfang.Language
import org.tingfang.MediaType
import org.tingfang.NoHandle
import org.tingfang.RecordStage
import org.tingfang.RepresentationState
import org.tingfang.SyncState
import org.tingfang.TaskProgress
import org.tingfang.TaskState
import org.tingfang.TransportFailure
import org.tingfang.VisitStage
import org.tingfang.change
import org.tingfang.code
import org.tingfang.label

/** What the thin layer adds to the generated Kotlin, without a phone and without a server. */
class ThinLayerStory {
    @Test
    fun `every code has a label in both languages`() {
        val lists = mapOf(
            "assignment_kind" to AssignmentKind.entries.map { it.code },
            "attachment_purpose" to AttachmentPurpose.entries.map { it.code },
            "channel" to Channel.entries.map { it.code },
            "channel_state" to ChannelState.entries.map { it.code },
            "decision_state" to DecisionState.entries.map { it.code },
            "device_standing" to DeviceStanding.entries.map { it.code },
            "duty" to Duty.entries.map { it.code },
            "file_state" to FileState.entries.map { it.code },
            "grade" to Grade.entries.map { it.code },
            "media_type" to MediaType.entries.map { it.code },
            "record_stage" to RecordStage.entries.map { it.code },
            "representation_state" to RepresentationState.entries.map { it.code },
            "sync_state" to SyncState.entries.map { it.code },
            "task_progress" to TaskProgress.entries.map { it.code },
            "task_state" to TaskState.entries.map { it.code },
            "visit_stage" to VisitStage.entries.map { it.code },
        )
        for (language in listOf(Language.ZH, Language.EN)) {
            for ((section, codes) in lists) {
                codes.forEach { assertNotNull("$section $it", label(language, section, it)) }
            }
        }
        assertEquals("under_way", TaskProgress.UNDER_WAY.code)
        assertEquals("进行中", TaskProgress.UNDER_WAY.label(Language.ZH))
    }

    @Test
    fun `a kind of file bears the code that the server knows`() {
        val codes = listOf("image/jpeg", "image/png", "image/webp", "application/pdf", "audio/mp4", "audio/mpeg")
        assertEquals(codes, MediaType.entries.map { it.code })
    }

    @Test
    fun `a change is the one part that is other than before`() {
        val cases = listOf(
            Triple("", "开庭。", Splice(0u, 0u, "开庭。")),
            Triple("开庭。", "开庭。休庭。", Splice(3u, 0u, "休庭。")),
            Triple("开庭。休庭。", "开庭。", Splice(3u, 3u, "")),
            Triple("辩护人到庭。", "辩护人准时到庭。", Splice(3u, 0u, "准时")),
            Triple("哈哈", "哈哈哈", Splice(2u, 0u, "哈")),
            Triple("哈哈哈", "哈哈", Splice(2u, 1u, "")),
            // Counted in code points, not in Kotlin's own signs.
            Triple("𠮷👨‍👩‍👧。", "𠮷👨‍👩‍👧!", Splice(6u, 1u, "!")),
            Triple("甲乙丙", "", Splice(0u, 3u, "")),
        )
        for ((before, after, splice) in cases) {
            val expected = FieldEdit.Splice("narrative", splice.at, splice.delete, splice.insert)
            assertEquals(expected, FieldEdit.change(of = "narrative", from = before, to = after))
        }
        assertNull(FieldEdit.change(of = "narrative", from = "开庭。", to = "开庭。"))
    }

    @Test
    fun `what others wrote since stays`() {
        val cases = listOf(
            listOf("公开开庭。", "公开开庭。休庭。", "上午公开开庭。", "上午公开开庭。休庭。"),
            listOf("公开开庭。", "上午公开开庭。", "公开开庭。休庭。", "上午公开开庭。休庭。"),
            listOf("甲乙丙", "甲丙", "甲乙丙丁", "甲丙丁"),
            listOf("甲乙丙", "甲丁丙", "甲戊丙", "甲丁戊丙"),
            listOf("", "甲", "乙", "甲乙"),
        )
        for ((before, after, now, merged) in cases) {
            val edit = FieldEdit.change(of = "narrative", from = before, to = after, now = now) as FieldEdit.Splice
            val (at, delete) = edit.at.toInt() to edit.delete.toInt()
            assertEquals(merged, now.replaceRange(at, at + delete, edit.insert))
        }
        val gone = FieldEdit.change(of = "narrative", from = "甲乙丙", to = "甲丙", now = "丙")
        assertNull("others have deleted it already", gone)
    }

    @Test
    fun `a request that was given up before it stood in the table is cut`() {
        // It takes the connection and never says a word.
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { silent ->
            val reply = UnwantedReply()
            val request = HttpRequest(
                number = 1uL,
                method = "GET",
                url = "http://127.0.0.1:${silent.localPort}/",
                headers = emptyList(),
                body = ByteArray(0),
                patienceS = 3_600u,
            )
            JvmTransport(ProxySelector.of(null)).send(request, reply)
            assertTrue("it ends at once", reply.ended.poll(60, TimeUnit.SECONDS) != null)
        }
    }

    private data class Splice(val at: UInt, val delete: UInt, val insert: String)
}

/** A reply for which nobody waits any more. */
private class UnwantedReply : HttpReply(NoHandle) {
    val ended = LinkedBlockingQueue<Any>()

    override fun isWanted(): Boolean = false

    override fun complete(response: HttpResponse) = ended.put(response)

    override fun fail(failure: TransportFailure) = ended.put(failure)
}
