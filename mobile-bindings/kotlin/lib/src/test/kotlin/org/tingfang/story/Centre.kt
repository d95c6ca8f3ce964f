package org.tingfang.story

import java.io.BufferedReader
import java.io.Closeable
import java.io.Writer
import java.time.Instant

/**
 * A centre with a real server, through the desk in `mobile-bindings/stories`: one line asks, one line answers. Its clock
 * may be some days behind, until it catches up.
 */
class Centre(daysAgo: Int = 0) : Closeable {
    private val desk: Process = ProcessBuilder("python3", "-u", System.getProperty("tingfang.desk"), "$daysAgo")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()
    private val asks: Writer = desk.outputStream.writer()
    private val answers: BufferedReader = desk.inputStream.bufferedReader()

    class Attendance(val hearing: String, val assignment: String, val case: String)

    fun person(name: String, role: String = "supervisor") = ask("person", name, role)[0]

    fun undertakerOf(case: String) = ask("undertaker", case)[0]

    fun enrolmentText(person: String) = ask("enrolment", person)[0]

    fun attendance(chair: String, observer: String): Attendance {
        val (hearing, assignment, case) = ask("attendance", chair, observer)
        return Attendance(hearing, assignment, case)
    }

    fun visit(lead: String, dueAt: Instant) = ask("visit", lead, dueAt.toString())[0]

    fun inspection(lead: String) = ask("inspection", lead)[0]

    fun setDeviceState(person: String, state: String) {
        ask("device_state", person, state)
    }

    fun clerk(attendance: Attendance, chair: String, observer: String) =
        ask("clerk", attendance.assignment, chair, observer)[0]

    fun relate(case: String, person: String) {
        ask("relate", case, person)
    }

    /** Sends a sealed record back, with a note on a field. */
    fun returnRecord(record: String, field: String, text: String) {
        ask("returned", record, field, text)
    }

    /** Has a director order that what a record says be erased. */
    fun erase(record: String, reason: String) {
        ask("erased", record, reason)
    }

    fun grade(case: String) = ask("graded", case)[0]

    /** Answers a phone that asks to be opened, with the recovery key from the safe. */
    fun openPhone(request: String) = ask("open_phone", request)[0]

    fun content(record: String) = ask("content", record)[0]

    fun lease(days: Int) {
        ask("lease", "$days")
    }

    fun catchUp() {
        ask("catch_up")
    }

    fun cutOff() {
        ask("cut_off")
    }

    fun serve() {
        ask("serve")
    }

    override fun close() {
        ask("end")
        desk.waitFor()
    }

    private fun ask(vararg words: String): List<String> {
        asks.write(words.joinToString("\t", postfix = "\n"))
        asks.flush()
        val answer = answers.readLine()?.split("\t") ?: error("the desk has gone away")
        check(answer[0] == "ok") { "${words[0]}: ${answer.drop(1)}" }
        return answer.drop(1)
    }
}
