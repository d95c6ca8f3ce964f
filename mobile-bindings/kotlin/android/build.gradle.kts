// Tingfang for Android: the same Kotlin, generated for Android, with the native libraries and the platform's parts.
import org.jetbrains.kotlin.gradle.tasks.KotlinCompile

plugins {
    alias(libs.plugins.android.library)
}

/** What `scripts/android.sh` has made: `kotlin` and `jniLibs`. A relative path begins at this build's root. */
val made: File = rootDir.resolve(providers.gradleProperty("tingfang.android").getOrElse("../../target/android"))

android {
    namespace = "org.tingfang.android"
    compileSdk = 35
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets.named("main") {
        kotlin.directories.add(made.resolve("kotlin").path)
        kotlin.directories.add(rootDir.resolve("lib/src/main/kotlin").path)
        jniLibs.directories.add(made.resolve("jniLibs").path)
    }
    // The script has stripped them and has kept the symbols: stripped again, they would not be what it has checked.
    packaging.jniLibs.keepDebugSymbols.add("**/libtingfang.so")
}

// For desktops: Android has no java.net.http, and a better place for secrets than a plain file.
tasks.withType<KotlinCompile>().configureEach { exclude("**/JvmTransport.kt", "**/FileKeyStore.kt") }

dependencies {
    api(libs.coroutines.core)
    // As an archive for Android: the plain one brings the native parts of desktops.
    api(variantOf(libs.jna) { artifactType("aar") })
    api(libs.okhttp)
    implementation(libs.androidx.annotation)
    implementation(libs.androidx.work)
}
