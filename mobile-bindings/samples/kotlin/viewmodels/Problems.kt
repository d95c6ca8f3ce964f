package org.tingfang.samples

import org.tingfang.Language
import org.tingfang.TingfangException
import org.tingfang.label

/**
 * Does something, and gives what went wrong: for a rule its sentence, for everything else the stable code, by which
 * the app finds its own text. Never the exception's message, which is for developers.
 */
internal suspend fun problemOf(work: suspend () -> Unit): String? = try {
    work()
    null
} catch (problem: TingfangException) {
    when (problem) {
        is TingfangException.NotAllowed -> label(Language.ZH, "rule", problem.rule) ?: problem.rule
        else -> problem.code()
    }
}
