// Tingfang for the JVM: the generated Kotlin and the coroutine layer over it. It is what plain JUnit tests run against.
plugins {
    `java-library`
    alias(libs.plugins.kotlin.jvm)
}

/** Where `tingfang-bindgen generate --language kotlin` has written to; a relative path begins at this build's root. */
val generated = providers.gradleProperty("tingfang.generated").orElse("../../target/bindings/kotlin")

/** Where the library and the server for this machine lie, as `cargo build` makes them. */
val native = providers.gradleProperty("tingfang.native").orElse("../../target/debug")

kotlin {
    jvmToolchain(17)
    compilerOptions { allWarningsAsErrors = true }
    sourceSets.named("main") { kotlin.srcDir(rootDir.resolve(generated.get())) }
    // The stories look through the view models of the samples, too.
    sourceSets.named("test") { kotlin.srcDir(rootDir.resolve("../samples/kotlin/viewmodels")) }
}

dependencies {
    api(libs.coroutines.core)
    api(libs.jna)
    testImplementation(libs.junit)
}

tasks.test {
    useJUnit()
    systemProperty("jna.library.path", rootDir.resolve(native.get()).path)
    systemProperty("tingfang.desk", rootDir.resolve("../stories/centre_desk.py").path)
    environment("TINGFANG_BIN", rootDir.resolve(native.get()).resolve("tingfang").path)
}
