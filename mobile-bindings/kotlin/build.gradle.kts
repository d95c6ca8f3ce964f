// Named here once, so that both parts are compiled by the same Kotlin.
plugins {
    alias(libs.plugins.kotlin.jvm) apply false
    alias(libs.plugins.android.library) apply false
}

// What is built lies with everything else that is built.
allprojects {
    layout.buildDirectory = rootDir.resolve("../../target/gradle/$name")
}
