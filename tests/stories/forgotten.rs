//! No story is forgotten: every file of the folder is in the binary.

#[test]
fn every_story_is_told() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let main = std::fs::read_to_string(folder.join("main.rs")).expect("readable");
    for entry in std::fs::read_dir(folder).expect("readable") {
        let name = entry.expect("readable").file_name().into_string().expect("a name");
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || main.contains(&format!("mod {module};")), "{name} is not told");
    }
}
