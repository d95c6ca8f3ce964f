package org.tingfang

import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow

/**
 * The changes of this phone, for as long as somebody collects them. They say what changed, not how: come and read.
 */
fun TingfangInterface.changes(): Flow<Change> = callbackFlow {
    val subscription = listen(object : Listener {
        override fun onChange(change: Change) {
            // The buffer drops nothing that matters: who reads after the newest change has read all before it.
            trySend(change)
        }
    })
    awaitClose {
        subscription.cancel()
        subscription.close()
    }
}
