package org.tingfang.story

import org.junit.Before

/** Two observers on one hearing, in a centre that all stories of a class share. */
open class Stage {
    protected lateinit var attendance: Centre.Attendance
    protected lateinit var chair: Handset
    protected lateinit var observer: Handset

    @Before
    fun twoObserversAreSentToAHearing() {
        centre.serve()
        val people = listOf("陈晓燕", "刘志远").map { centre.person(it) }
        attendance = centre.attendance(people[0], people[1])
        chair = Handset.enrolled(centre, people[0])
        observer = Handset.enrolled(centre, people[1])
        chair.sync()
        observer.sync()
    }

    /** Both begin the shared record; neither asks anybody. */
    protected fun begin(): String {
        val record = chair.start(attendance.assignment)
        check(observer.start(attendance.assignment) == record) { "they begin the same record" }
        return record
    }

    protected fun meet() = listOf(chair, observer, chair).forEach { it.sync() }

    companion object {
        // One server for all classes: it closes when the process ends.
        val centre: Centre by lazy {
            Centre().also { Runtime.getRuntime().addShutdownHook(Thread(it::close)) }
        }
    }
}
