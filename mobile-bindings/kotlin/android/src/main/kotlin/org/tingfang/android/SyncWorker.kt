package org.tingfang.android

import android.content.Context
import android.net.ConnectivityManager
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.NetworkType
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import java.util.concurrent.TimeUnit
import org.tingfang.SyncEnd
import org.tingfang.SyncOptions
import org.tingfang.TingfangException
import org.tingfang.sync

/**
 * Runs one sync in the background.
 *
 * Nothing relies on it: many phones stop the work of apps that are not in front, whatever Android promises. What must
 * be sent is sent while the app is in front; this one shortens the wait when the system happens to allow it.
 */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result {
        val owner = applicationContext as? PhoneOwner ?: return Result.failure()
        return try {
            val phone = owner.openPhone() ?: return Result.success()
            val report = phone.sync(owner.transport, SyncOptions(sendFiles = !costs()))
            when (report.end) {
                is SyncEnd.Complete, is SyncEnd.Cancelled -> Result.success()
                is SyncEnd.Later -> Result.retry()
                // As below: the app shows it when its owner syncs.
                is SyncEnd.OtherKey -> Result.failure()
            }
        } catch (_: TingfangException.Offline) {
            Result.retry()
        } catch (_: TingfangException.SyncUnderWay) {
            Result.success()
        } catch (_: TingfangException.InCourtRoom) {
            Result.success()
        } catch (_: TingfangException) {
            // The app shows it when its owner syncs; nobody is disturbed for it.
            Result.failure()
        }
    }

    /** Where a connection costs, text alone goes. */
    private fun costs(): Boolean =
        applicationContext.getSystemService(ConnectivityManager::class.java).isActiveNetworkMetered

    companion object {
        private const val NAME = "org.tingfang.sync"
        private const val EVERY_HOURS = 4L

        /** Asks Android to run it every few hours while there is a network. Asking again changes nothing. */
        fun schedule(context: Context) {
            val request = PeriodicWorkRequestBuilder<SyncWorker>(EVERY_HOURS, TimeUnit.HOURS)
                .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
                .build()
            WorkManager.getInstance(context)
                .enqueueUniquePeriodicWork(NAME, ExistingPeriodicWorkPolicy.KEEP, request)
        }

        /** Asks no more, as after a wipe. */
        fun stop(context: Context) {
            WorkManager.getInstance(context).cancelUniqueWork(NAME)
        }
    }
}
