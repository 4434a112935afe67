//! The vendor, as certificates name them.

use crate::Vendor;
use crate::problem::ProblemKind;
use crate::section::{Log, Section, text};

pub(crate) fn read(root: &Section<'_>, log: &mut Log) -> Option<Vendor> {
    let section = root.section("vendor", "`{ name = \"Acme\", support = \"support@acme.example\" }`", log)?;
    section.allow_only(&["name", "support"], log);
    let name = section.required("name", "give the name of your company", text, log);
    let support = section.optional("support", text, log);
    for (setting, value) in [("name", &name), ("support", &support)] {
        if let Some(value) = value.as_ref().filter(|value| value.value.trim().is_empty()) {
            log.report(value.offset, ProblemKind::BlankVendor { setting });
        }
    }
    Some(Vendor {
        name: name.map(|name| name.value.to_owned()).unwrap_or_default(),
        support: support.map(|support| support.value.to_owned()),
    })
}
