package org.tingfang.android

import java.io.IOException
import java.net.UnknownServiceException
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.TimeUnit
import javax.net.ssl.SSLHandshakeException
import javax.net.ssl.SSLPeerUnverifiedException
import okhttp3.Call
import okhttp3.Callback
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response
import org.tingfang.HttpHeader
import org.tingfang.HttpReply
import org.tingfang.HttpRequest
import org.tingfang.HttpResponse
import org.tingfang.Transport
import org.tingfang.TransportFailure

/**
 * Sends requests with OkHttp, and so through the phone's proxy, VPN and certificates.
 *
 * @param client the app's own, if it has one; its connections are shared, its redirections and its cache are not.
 */
class OkHttpTransport(client: OkHttpClient = OkHttpClient()) : Transport {
    /** One clock alone ends a request, that of its patience: on a slow line ten silent seconds mean nothing. */
    private val client = client.newBuilder()
        .followRedirects(false)
        .followSslRedirects(false)
        .cache(null)
        .connectTimeout(0, TimeUnit.SECONDS)
        .readTimeout(0, TimeUnit.SECONDS)
        .writeTimeout(0, TimeUnit.SECONDS)
        .build()

    /** What is under way, by the number of the request. */
    private val calls = ConcurrentHashMap<ULong, Call>()

    override fun send(request: HttpRequest, reply: HttpReply) {
        val call = client.newCall(request.toOkHttp())
        call.timeout().timeout(request.patienceS.toLong(), TimeUnit.SECONDS)
        calls[request.number] = call
        // Whoever cancelled before the call was in the table did not find it there.
        if (reply.isWanted()) {
            call.enqueue(Answering(request.number, reply))
        } else {
            calls.remove(request.number)
            reply.close()
        }
    }

    override fun cancel(number: ULong) {
        calls.remove(number)?.cancel()
    }

    /** Hands on what comes of one call, and lets go of the reply. */
    private inner class Answering(private val number: ULong, private val reply: HttpReply) : Callback {
        override fun onResponse(call: Call, response: Response) {
            val answer = try {
                response.use { it.toTingfang() }
            } catch (failure: IOException) {
                return onFailure(call, failure)
            }
            calls.remove(number)
            reply.use { it.complete(answer) }
        }

        override fun onFailure(call: Call, e: IOException) {
            calls.remove(number)
            reply.use { it.fail(failure(e)) }
        }
    }
}

private fun HttpRequest.toOkHttp(): Request {
    // OkHttp insists on a body for the others, and on none for these.
    val sent = if (method == "GET" || method == "HEAD") null else body.toRequestBody()
    val request = Request.Builder().url(url).method(method, sent)
    headers.forEach { request.addHeader(it.name, it.value) }
    return request.build()
}

private fun Response.toTingfang() = HttpResponse(
    status = code.toUShort(),
    headers = headers.map { (name, value) -> HttpHeader(name, value) },
    body = body.bytes(),
)

private fun failure(of: IOException): TransportFailure = when (of) {
    // A line that is cut throws an SSLException too, but none of these.
    is SSLHandshakeException, is SSLPeerUnverifiedException ->
        TransportFailure.NotTrusted(of.message ?: of.javaClass.simpleName)
    // The app's own rules forbid the address, for instance one without encryption: waiting helps nothing.
    is UnknownServiceException -> TransportFailure.Other(of.message ?: of.javaClass.simpleName)
    else -> TransportFailure.NoConnection
}
