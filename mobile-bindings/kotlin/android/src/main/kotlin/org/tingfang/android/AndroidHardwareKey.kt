package org.tingfang.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import androidx.annotation.RequiresApi
import java.math.BigInteger
import java.security.GeneralSecurityException
import java.security.KeyPairGenerator
import java.security.ProviderException
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import org.tingfang.HardwareKey
import org.tingfang.TingfangException

/**
 * The phone's P-256 key in secure hardware: in StrongBox where the phone has one, otherwise in the trusted execution
 * environment.
 *
 * An app calls [make] before it enrols, and never again: a phone whose key is gone must say so and be enrolled anew,
 * not sign with a key that its centre does not know.
 */
class AndroidHardwareKey(private val context: Context, profile: String = "owner") : HardwareKey {
    private val alias = "org.tingfang.device.$profile"

    /** Makes the key. One that is there stays. Takes up to a few seconds, so not on the main thread. */
    @Synchronized
    fun make() = guarded {
        if (PlatformKeys.privateKey(alias) == null) makeWhereItIsSafest()
    }

    /** Forgets the key, as after a wipe. */
    @Synchronized
    fun forget() = guarded { PlatformKeys.forget(alias) }

    override fun publicKey(): ByteArray = guarded {
        val public = PlatformKeys.certificate(alias)?.publicKey as? ECPublicKey ?: throw gone()
        uncompressedPoint(public)
    }

    override fun sign(message: ByteArray): ByteArray = guarded {
        val key = PlatformKeys.privateKey(alias) ?: throw gone()
        Signature.getInstance("SHA256withECDSA").run {
            initSign(key)
            update(message)
            sign()
        }
    }

    private fun makeWhereItIsSafest() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.P || !makeInStrongBox()) generate(form())
    }

    /** Whether that was possible: a phone may have none, or one that is full or does not know this curve. */
    @RequiresApi(Build.VERSION_CODES.P)
    private fun makeInStrongBox(): Boolean {
        if (!context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)) return false
        return try {
            generate(form().setIsStrongBoxBacked(true))
            true
        } catch (_: ProviderException) {
            false
        }
    }

    private fun form() = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
        .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
        .setDigests(KeyProperties.DIGEST_SHA256)

    private fun generate(form: KeyGenParameterSpec.Builder) {
        val generator = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PlatformKeys.PROVIDER)
        generator.initialize(form.build())
        generator.generateKeyPair()
    }
}

private fun gone() = TingfangException.NoKeys("the key in secure hardware is not there")

/** 65 bytes: 4, then both coordinates. */
internal fun uncompressedPoint(key: ECPublicKey): ByteArray =
    byteArrayOf(4) + coordinate(key.w.affineX) + coordinate(key.w.affineY)

private const val COORDINATE_BYTES = 32

/** Filled up with zeros at the front, and without the byte that a big integer may carry for its sign. */
private fun coordinate(number: BigInteger): ByteArray {
    val bytes = number.toByteArray().takeLast(COORDINATE_BYTES).toByteArray()
    return ByteArray(COORDINATE_BYTES - bytes.size) + bytes
}

private fun <T> guarded(work: () -> T): T = try {
    work()
} catch (failure: GeneralSecurityException) {
    throw TingfangException.Host("the key in secure hardware: ${failure.javaClass.simpleName}")
} catch (failure: ProviderException) {
    throw TingfangException.Host("the key in secure hardware: ${failure.javaClass.simpleName}")
}
