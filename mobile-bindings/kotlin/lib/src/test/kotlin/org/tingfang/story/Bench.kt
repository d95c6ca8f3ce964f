package org.tingfang.story

import java.nio.file.Files
import java.nio.file.Path
import java.util.Properties
import kotlin.system.measureNanoTime
import org.tingfang.FileKeyStore
import org.tingfang.Profile
import org.tingfang.Tingfang

/** Measures what a person waits for, through this face, on a phone that was laid into the folder. */
fun main(arguments: Array<String>) {
    val folder = Path.of(arguments[0])
    val given = Properties().apply { Files.newBufferedReader(folder.resolve("profile.properties")).use(::load) }
    val profile = Profile(
        server = given.getProperty("server"),
        serverKey = given.getProperty("serverKey"),
        tenant = given.getProperty("tenant"),
        device = given.getProperty("device"),
        person = given.getProperty("person"),
        personName = given.getProperty("personName"),
    )
    val keys = FileKeyStore(folder.resolve("secrets"))
    fun open() = Tingfang.open(folder.resolve("phone.db").toString(), profile, keys)

    val first = measureNanoTime { open().use { it.agenda() } }
    println(row("open and show the agenda of ${open().use { it.caseCount() }} cases", 150, median { open().use { it.agenda() } }))
    println("| Kotlin: the same, the first time in the process, which loads the library | – | ${first / 100_000 / 10.0} ms |")
    open().use { phone ->
        val records = phone.records(limit = 20u).map { it.record }
        var nth = 0
        println(row("open a record", 10, median { phone.show(records[nth++ % records.size]) }))
        val written = phone.startUnassigned("attendance")
        println(row("write an answer", 10, median { phone.edit(written, listOf(tell("公开开庭。"))) }))
        var page = phone.cases()
        println(row("a page of 50 cases", 5, median { page = phone.cases(after = page.last()) }))
        println(row("two characters in the records, 50 shown", 30, median { phone.search("阅卷") }))
        println(row("a cause among the cases, 50 shown", 30, median { phone.cases("诈骗") }))
    }
}

private fun row(what: String, mostMillis: Int, nanos: Long) =
    "| Kotlin: $what | ≤ $mostMillis ms | ${nanos / 100_000 / 10.0} ms |"

/** The median of 31 times, in nanoseconds. */
private fun median(work: () -> Unit): Long = (1..31).map { measureNanoTime(work) }.sorted()[15]
