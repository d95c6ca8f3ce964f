package org.tingfang.android

import org.tingfang.Tingfang
import org.tingfang.Transport

/** The app, as a sync in the background asks it. Its `Application` implements this. */
interface PhoneOwner {
    /** The phone that the app holds open, or opens now; nothing when none is enrolled, or it waits for its PIN. */
    suspend fun openPhone(): Tingfang?

    /** The app's way to the server. */
    val transport: Transport
}
