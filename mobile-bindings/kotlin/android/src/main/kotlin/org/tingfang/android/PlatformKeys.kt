package org.tingfang.android

import java.security.KeyStore
import java.security.PrivateKey
import java.security.cert.Certificate
import javax.crypto.SecretKey

/** The keys that Android's key store keeps for this app. Their bytes never come out of it. */
internal object PlatformKeys {
    const val PROVIDER = "AndroidKeyStore"

    fun secretKey(alias: String): SecretKey? = open().getKey(alias, null) as SecretKey?

    fun privateKey(alias: String): PrivateKey? = open().getKey(alias, null) as PrivateKey?

    fun certificate(alias: String): Certificate? = open().getCertificate(alias)

    fun forget(alias: String) = open().run { if (containsAlias(alias)) deleteEntry(alias) }

    private fun open(): KeyStore = KeyStore.getInstance(PROVIDER).apply { load(null) }
}
