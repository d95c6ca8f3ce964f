package org.tingfang

import kotlinx.coroutines.channels.Channel.Factory.UNLIMITED
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow

/**
 * The changes of this phone, for as long as somebody collects them. They say what changed, not how: come and read.
 *
 * Who begins to collect is heard a moment later. [onListening] is called as soon as nothing is missed any more: a screen
 * reads for the first time then. One that has read before, and is told of nothing, may show what is no longer so.
 */
fun TingfangInterface.changes(onListening: () -> Unit = {}): Flow<Change> = callbackFlow {
    val subscription = listen(object : Listener {
        override fun onChange(change: Change) {
            // Without a bound it is always taken. A buffer that is full turns away the newest, and a collector that was
            // busy would show the state before it until something else changes.
            trySend(change)
        }
    })
    try {
        onListening()
        awaitClose()
    } finally {
        subscription.cancel()
        subscription.close()
    }
}.buffer(UNLIMITED)
