package org.tingfang.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.system.ErrnoException
import android.system.Os
import android.system.OsConstants
import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.ProviderException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.tingfang.KeyStore
import org.tingfang.TingfangException

/**
 * Keeps the phone's secrets in one file, encrypted under a key that Android's key store does not give away.
 *
 * The file is no part of a backup, and on another phone it would be noise. The key asks for no unlocked screen and no
 * fingerprint, so that a sync in the background can open the phone; the PIN is the library's own.
 *
 * A damaged file is told as `NoKeys` and stays as it is until the centre is asked for the secrets (`recoveryRequest`). An app that then enrols anew takes another [profile] and
 * another folder: the store is encrypted under these secrets, and somebody may still put them back.
 *
 * @param profile tells several people's secrets on one phone apart, and those of one enrolment from those of the next;
 * it becomes the name of the file.
 */
class AndroidKeyStore(context: Context, profile: String = "owner") : KeyStore {
    private val folder: File = context.noBackupFilesDir
    private val file = File(folder, "tingfang-$profile.keys")
    private val alias = "org.tingfang.keys.$profile"

    @Synchronized
    override fun load(): ByteArray? = guarded("reading the secrets") {
        val key = PlatformKeys.secretKey(alias)
        // Without its key the file is noise for ever, as when it was carried to another phone: like none.
        if (key == null || !file.exists()) null else unseal(file.readBytes(), key)
    }

    @Synchronized
    override fun save(secrets: ByteArray) = guarded("keeping the secrets") {
        if (secrets.isEmpty()) forget() else replace(seal(secrets, PlatformKeys.secretKey(alias) ?: makeKey()))
    }

    /** The key goes first: what may be left of the file on the flash can then not be read by anybody. */
    private fun forget() {
        PlatformKeys.forget(alias)
        if (file.exists() && !file.delete()) throw IOException("the file cannot be taken away")
        makeDurable(folder)
    }

    /** After a power cut there is the old file or the new one, and after the return there is the new one. */
    private fun replace(bytes: ByteArray) {
        val next = File(folder, "${file.name}.next")
        FileOutputStream(next).use { stream ->
            stream.write(bytes)
            stream.fd.sync()
        }
        Os.rename(next.path, file.path)
        makeDurable(folder)
    }

    private fun makeKey(): SecretKey {
        // Not in StrongBox: that is slow, and the secrets are kept anew with every frame that is written.
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val form = KeyGenParameterSpec.Builder(alias, purposes)
            .setKeySize(256)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .build()
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PlatformKeys.PROVIDER)
        generator.init(form)
        return generator.generateKey()
    }
}

/** The first byte of the file; another form gets another number. */
private const val FORM: Byte = 1
private const val NONCE_BYTES = 12
private const val TAG_BITS = 128
private const val CIPHER = "AES/GCM/NoPadding"

/** The form's number, the nonce that the platform chose, and what was encrypted. */
private fun seal(secrets: ByteArray, key: SecretKey): ByteArray {
    val cipher = Cipher.getInstance(CIPHER)
    cipher.init(Cipher.ENCRYPT_MODE, key)
    check(cipher.iv.size == NONCE_BYTES) { "the platform's nonce has another length" }
    return byteArrayOf(FORM) + cipher.iv + cipher.doFinal(secrets)
}

private fun unseal(bytes: ByteArray, key: SecretKey): ByteArray {
    if (bytes.size <= 1 + NONCE_BYTES || bytes[0] != FORM) {
        throw TingfangException.NoKeys("the file of the secrets is damaged")
    }
    val cipher = Cipher.getInstance(CIPHER)
    cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, bytes, 1, NONCE_BYTES))
    return cipher.doFinal(bytes, 1 + NONCE_BYTES, bytes.size - 1 - NONCE_BYTES)
}

/** A new name of a file is durable when its folder is. */
private fun makeDurable(folder: File) {
    val open = Os.open(folder.path, OsConstants.O_RDONLY, 0)
    try {
        Os.fsync(open)
    } finally {
        Os.close(open)
    }
}

/** Says what was being done. Only a file that does not fit its key is damaged; all else may be otherwise tomorrow. */
private fun <T> guarded(doing: String, work: () -> T): T = try {
    work()
} catch (_: AEADBadTagException) {
    throw TingfangException.NoKeys("the file of the secrets is damaged")
} catch (failure: GeneralSecurityException) {
    throw TingfangException.Host("$doing: ${failure.javaClass.simpleName}")
} catch (failure: ProviderException) {
    throw TingfangException.Host("$doing: ${failure.javaClass.simpleName}")
} catch (failure: IOException) {
    throw TingfangException.Host("$doing: ${failure.message}")
} catch (failure: ErrnoException) {
    throw TingfangException.Host("$doing: ${failure.message}")
}
