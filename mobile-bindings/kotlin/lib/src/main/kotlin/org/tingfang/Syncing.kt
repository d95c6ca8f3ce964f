package org.tingfang

import kotlinx.coroutines.CancellationException

/**
 * Syncs, and comes back when it has ended. Cancelling the coroutine cancels the sync; what has arrived stays.
 *
 * [onProgress] is called on a thread of the library's own.
 */
suspend fun Tingfang.sync(
    transport: Transport,
    options: SyncOptions? = null,
    onProgress: ((SyncProgress) -> Unit)? = null,
): SyncReport {
    val listener = onProgress?.let { tell ->
        object : SyncListener {
            override fun onProgress(progress: SyncProgress) = tell(progress)
        }
    }
    return startSync(transport, options, listener).use { task ->
        try {
            task.outcome()
        } catch (cancelled: CancellationException) {
            task.cancel()
            throw cancelled
        }
    }
}
