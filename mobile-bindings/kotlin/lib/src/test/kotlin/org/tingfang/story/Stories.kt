package org.tingfang.story

import kotlin.system.exitProcess
import org.junit.Test
import org.junit.runner.Description
import org.junit.runner.JUnitCore
import org.junit.runner.Request
import org.junit.runner.manipulation.Filter
import org.junit.runner.notification.Failure
import org.junit.runner.notification.RunListener

private val stories = listOf(
    ThinLayerStory::class.java,
    FieldStory::class.java,
    BadHostStory::class.java,
    CallingBackStory::class.java,
    BadListenerStory::class.java,
    HardwareKeyStory::class.java,
    OtherWorkStory::class.java,
    LeaseStory::class.java,
    ViewModelStory::class.java,
)

/** Runs the stories, or those whose sentence holds one of the arguments, and closes with one line of counts. */
fun main(words: Array<String>) {
    fun isWanted(sentence: String) = words.isEmpty() || words.any { it in sentence }
    val wanted = stories.filter { story ->
        story.declaredMethods.any { it.isAnnotationPresent(Test::class.java) && isWanted(it.name) }
    }
    var (passed, failed) = 0 to 0
    val core = JUnitCore()
    core.addListener(object : RunListener() {
        private val broken = mutableSetOf<Description>()

        override fun testFailure(failure: Failure) {
            broken.add(failure.description)
            println(failure.trimmedTrace)
        }

        override fun testFinished(description: Description) {
            val isBroken = description in broken
            if (isBroken) failed++ else passed++
            println("${if (isBroken) "FAILED" else "ok"} ${description.methodName}")
        }
    })
    for (story in wanted) {
        val filter = object : Filter() {
            override fun describe() = words.joinToString()

            override fun shouldRun(description: Description) =
                !description.isTest || isWanted(description.methodName)
        }
        core.run(Request.aClass(story).filterWith(filter))
    }
    println("$passed passed, $failed failed")
    exitProcess(if (failed == 0) 0 else 1)
}
