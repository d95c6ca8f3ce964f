package org.tingfang

import java.io.IOException
import java.net.ProxySelector
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.ConcurrentHashMap
import javax.net.ssl.SSLHandshakeException
import javax.net.ssl.SSLPeerUnverifiedException

/**
 * HTTP on a desktop JVM, over `java.net.http`. On Android use the `OkHttpTransport` of the Android module.
 */
class JvmTransport(proxy: ProxySelector? = null) : Transport {
    private val client: HttpClient = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .apply { proxy?.let(::proxy) }
        .build()

    private val underWay = ConcurrentHashMap<ULong, CompletableFuture<*>>()

    override fun send(request: HttpRequest, reply: HttpReply) {
        val body = if (request.body.isEmpty()) BodyPublishers.noBody() else BodyPublishers.ofByteArray(request.body)
        val sent = java.net.http.HttpRequest.newBuilder(URI.create(request.url))
            .timeout(Duration.ofSeconds(request.patienceS.toLong()))
            .method(request.method, body)
            .apply { request.headers.forEach { header(it.name, it.value) } }
            .build()
        val answered = client.sendAsync(sent, BodyHandlers.ofByteArray())
        underWay[request.number] = answered
        // Whoever gave up before the request stood in the table did not find it there. It is asked before an answer is
        // heard of, which lets go of the reply.
        val isWanted = reply.isWanted()
        answered.whenComplete { answer, error ->
            underWay.remove(request.number)
            reply.use {
                if (answer != null) it.complete(response(answer)) else it.fail(failure(error))
            }
        }
        if (!isWanted) cancel(request.number)
    }

    override fun cancel(number: ULong) {
        underWay.remove(number)?.cancel(true)
    }

    private fun response(answer: java.net.http.HttpResponse<ByteArray>) = HttpResponse(
        status = answer.statusCode().toUShort(),
        headers = answer.headers().map().flatMap { (name, values) -> values.map { HttpHeader(name, it) } },
        body = answer.body(),
    )

    private fun failure(error: Throwable): TransportFailure {
        val cause = if (error is CompletionException) error.cause ?: error else error
        return when (cause) {
            // A line that is cut throws an SSLException too, but none of these.
            is SSLHandshakeException, is SSLPeerUnverifiedException ->
                TransportFailure.NotTrusted(cause.message.orEmpty())
            is IOException -> TransportFailure.NoConnection
            else -> TransportFailure.Other(cause.toString())
        }
    }
}
