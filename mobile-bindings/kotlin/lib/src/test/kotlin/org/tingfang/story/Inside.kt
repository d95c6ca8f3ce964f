package org.tingfang.story

import java.util.concurrent.CompletableFuture
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import org.tingfang.Change
import org.tingfang.FetchListener
import org.tingfang.FetchProgress
import org.tingfang.FileKeyStore
import org.tingfang.HttpReply
import org.tingfang.HttpRequest
import org.tingfang.KeyStore
import org.tingfang.Listener
import org.tingfang.SyncListener
import org.tingfang.SyncProgress
import org.tingfang.Transport

/** What hangs fails the story instead of stopping it for ever. */
private const val PATIENCE_S = 120L

/** Waits for what comes; it throws what was thrown there, or that nothing has come. */
fun <T> CompletableFuture<T>.inTime(): T = try {
    get(PATIENCE_S, TimeUnit.SECONDS)
} catch (thrown: ExecutionException) {
    throw thrown.cause ?: thrown
}

/** Does something that might wait for itself: then the story fails, and is not waited for. */
fun <T> inTime(work: () -> T): T {
    val came = CompletableFuture<T>()
    val run = Runnable { runCatching(work).fold(came::complete, came::completeExceptionally) }
    Thread(run).apply { isDaemon = true }.start()
    return came.inTime()
}

/** What an app does inside of a callback: once, and never mind what comes of it there. */
class Inside<in A, T>(private val work: (A) -> T) {
    private val began = AtomicBoolean()
    private val came = CompletableFuture<T>()
    private val heard = CopyOnWriteArrayList<Any?>()

    /** Everything that was told, also what came after the first. */
    val told: List<Any?> get() = heard

    fun run(told: A) {
        heard.add(told)
        if (began.compareAndSet(false, true)) {
            runCatching { work(told) }.fold(came::complete, came::completeExceptionally)
        }
    }

    /** What came of it. */
    fun result(): T = came.inTime()
}

fun listening(inside: Inside<Change, *>) = object : Listener {
    override fun onChange(change: Change) = inside.run(change)
}

fun followingASync(hear: (SyncProgress) -> Unit) = object : SyncListener {
    override fun onProgress(progress: SyncProgress) = hear(progress)
}

fun followingAFetch(hear: (FetchProgress) -> Unit) = object : FetchListener {
    override fun onProgress(progress: FetchProgress) = hear(progress)
}

/** A wire that calls back before it sends. */
class CallingTransport(private val wire: Transport, private val inside: Inside<HttpRequest, *>) : Transport by wire {
    override fun send(request: HttpRequest, reply: HttpReply) {
        inside.run(request)
        wire.send(request, reply)
    }
}

/** A key store that calls back before it answers, once it is told what to do. */
class CallingKeys(private val keys: FileKeyStore) : KeyStore {
    @Volatile var inside: Inside<Unit, *>? = null

    override fun load(): ByteArray? {
        inside?.run(Unit)
        return keys.load()
    }

    override fun save(secrets: ByteArray) {
        inside?.run(Unit)
        keys.save(secrets)
    }
}
