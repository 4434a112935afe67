//! Exports are verified without the ledger.

use keyward_ledger::audit::{ExportFault, ReplayError, verify_export};

use crate::common::{Shop, TODAY, at, on_both_altered};
use crate::log::{agrees, checkpoint};
use crate::story::tell;

#[test]
fn an_export_is_verified_without_the_ledger() {
    on_both_altered("exports", async |shop: Shop| {
        let first = tell(&shop).await;
        let mut export = Vec::new();
        let head = shop.ledger.export_log(&mut export, &at(TODAY)).await.unwrap();
        let last = checkpoint(&shop).await;
        assert_eq!(last.head, head, "an export has all entries, and is one");
        let verified = verify_export(&export[..], &[first.clone(), last.clone()]).unwrap();
        assert_eq!((verified.head, verified.confirmed, verified.erased), (head, head.size, 1));
        agrees(&shop, std::slice::from_ref(&last)).await;

        let lines: Vec<_> = std::str::from_utf8(&export).unwrap().lines().collect();
        assert_eq!(lines.len() as u64, head.size);
        for index in 0..lines.len() {
            let without: String = lines
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, line)| format!("{line}\n"))
                .collect();
            let fault = verify_export(without.as_bytes(), &[first.clone(), last.clone()]).unwrap_err();
            assert!(
                matches!(fault, ExportFault::Replay(ReplayError::Altered { .. } | ReplayError::CutOff { .. })),
                "{fault}"
            );
        }
    });
}

#[test]
fn changed_personal_values_of_an_export_are_found() {
    on_both_altered("personal values of exports", async |shop: Shop| {
        tell(&shop).await;
        let mut export = Vec::new();
        shop.ledger.export_log(&mut export, &at(TODAY)).await.unwrap();
        let export = String::from_utf8(export).unwrap();
        for (old, new) in [
            ("bill 17 is open", "bill 18 is open"),
            ("Notes about Acme", "Notes about Axme"),
            ("posted on", "pasted on"),
        ] {
            assert!(export.contains(old), "{old}");
            let fault = verify_export(export.replace(old, new).as_bytes(), &[]).unwrap_err();
            assert!(matches!(fault, ExportFault::Personal { .. }), "{fault}");
        }
        let more = export.replace("\"personal\":{\"0\":{", "\"personal\":{\"0\":{\"more\":\"x\",");
        assert!(matches!(verify_export(more.as_bytes(), &[]), Err(ExportFault::Personal { .. })));
    });
}
