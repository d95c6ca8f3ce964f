package org.tingfang.story

import java.util.concurrent.LinkedBlockingQueue
import org.tingfang.HttpReply
import org.tingfang.HttpRequest
import org.tingfang.Transport

/** A transport that takes a request and never answers; what it [carries] goes over the wire. */
class HangingTransport(private val wire: Transport? = null, private val carries: (HttpRequest) -> Boolean = { false }) :
    Transport {
    private val requests = LinkedBlockingQueue<ULong>()
    private val cancelled = LinkedBlockingQueue<ULong>()
    private val replies = mutableListOf<HttpReply>()

    var sent: ULong? = null
        private set

    override fun send(request: HttpRequest, reply: HttpReply) {
        if (wire != null && carries(request)) return wire.send(request, reply)
        replies.add(reply)
        requests.put(request.number)
    }

    override fun cancel(number: ULong) = cancelled.put(number)

    /** Waits until a request is under way. */
    fun awaitRequest() {
        sent = requests.take()
    }

    /** Waits until the request is given up. */
    fun awaitCancel(): ULong = cancelled.take()
}
