//! The vendor, as certificates name them.

use crate::Vendor;
use crate::section::{Log, Section, visible_name};

pub(crate) fn read(root: &Section<'_>, log: &mut Log) -> Option<Vendor> {
    let section = root.section("vendor", "`{ name = \"Acme\", support = \"support@acme.example\" }`", log)?;
    section.allow_only(&["name", "support"], log);
    let name = section.required("name", "give the name of your company", visible_name, log);
    let support = section.optional("support", visible_name, log);
    Some(Vendor {
        name: name.map(|name| name.value.to_owned()).unwrap_or_default(),
        support: support.map(|support| support.value.to_owned()),
    })
}
