use super::*;

use countersign_core::trace::OutOfList;

#[test]
fn a_method_that_does_not_exist_names_its_place() {
    let trace = trace([
        Event::NotOffered {
            configured: "FS;IDTOKENS".into(),
            after: None,
            reason: OutOfList::Unknown,
        },
        agreed(&["FS"]),
    ]);
    let [finding] = &*failed_methods(&trace).all() else {
        panic!("one is expected")
    };
    assert_eq!(
        finding.remedy.as_deref(),
        Some("put commas or spaces between methods, which a ; does not part: FS, IDTOKENS")
    );
    let explanation = Explanation {
        decided: finding.clone(),
        parts: Vec::new(),
        also: Vec::new(),
        steps: Vec::new(),
    };
    assert_eq!(
        explanation
            .with_methods_at("SEC_X, file, line 1")
            .decided
            .text,
        "FS;IDTOKENS: no such authentication method (in SEC_X, file, line 1)"
    );
}
