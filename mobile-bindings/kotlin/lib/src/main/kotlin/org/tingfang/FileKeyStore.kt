package org.tingfang

import java.io.RandomAccessFile
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.attribute.PosixFilePermissions

/**
 * Keeps a phone's secrets in a file that only its owner reads. For desktops and tests: on a phone the platform's key
 * store is the place.
 */
class FileKeyStore(private val path: Path) : KeyStore {
    override fun load(): ByteArray? = if (Files.exists(path)) Files.readAllBytes(path) else null

    override fun save(secrets: ByteArray) {
        if (secrets.isEmpty()) {
            Files.deleteIfExists(path)
            return
        }
        val fresh = Files.createTempFile(path.toAbsolutePath().parent, "secrets", null, ownerOnly)
        // On the disk before it takes the old one's place: a power cut leaves the one or the other.
        RandomAccessFile(fresh.toFile(), "rw").use {
            it.write(secrets)
            it.fd.sync()
        }
        Files.move(fresh, path, ATOMIC_MOVE, REPLACE_EXISTING)
    }

    private companion object {
        val ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    }
}
