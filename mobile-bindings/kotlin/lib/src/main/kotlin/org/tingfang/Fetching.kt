package org.tingfang

import kotlinx.coroutines.CancellationException

/**
 * Fetches an attached file that is not on this phone, and comes back when it has ended. Cancelling the coroutine cancels
 * the fetch; what has come stays, and the next one goes on.
 *
 * [onProgress] is called on a thread of the library's own.
 */
suspend fun Tingfang.fetch(
    record: String,
    digest: String,
    transport: Transport,
    onProgress: ((FetchProgress) -> Unit)? = null,
): FetchEnd {
    val listener = onProgress?.let { tell ->
        object : FetchListener {
            override fun onProgress(progress: FetchProgress) = tell(progress)
        }
    }
    return startFetch(record, digest, transport, listener).use { task ->
        try {
            task.outcome()
        } catch (cancelled: CancellationException) {
            task.cancel()
            throw cancelled
        }
    }
}
