use super::Code;

const TEXT: &str = include_str!("../../../../docs/mapfile-lint.md");

#[test]
fn every_code_has_its_entry() {
    for code in Code::ALL {
        let heading = format!("\n### {code}\n");
        assert_eq!(TEXT.matches(&heading).count(), 1, "{code}");
    }
    let entries = TEXT.matches("\n### ").count();
    assert_eq!(entries, Code::ALL.len());
}
