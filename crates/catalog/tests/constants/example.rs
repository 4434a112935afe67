// Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew.

/// Acme Studio
#[allow(dead_code)]
pub mod studio {
    use keyward_verifier::{Edition, Feature, Product};

    /// Acme Studio
    pub const PRODUCT: Product = Product(3);
    /// Home
    pub const EDITION_HOME: Edition = Edition(1);
    /// Professional
    pub const EDITION_PRO: Edition = Edition(2);
    /// Enterprise
    pub const EDITION_ENTERPRISE: Edition = Edition(3);
    /// Classic (no longer sold)
    pub const EDITION_CLASSIC: Edition = Edition(4);
    /// Export to PDF
    pub const FEATURE_EXPORT: Feature = Feature::new(0);
    /// Teamwork
    pub const FEATURE_TEAMWORK: Feature = Feature::new(1);
    /// Plug-ins
    pub const FEATURE_PLUG_INS: Feature = Feature::new(2);
    /// Send as fax (no longer sold)
    pub const FEATURE_FAX: Feature = Feature::new(3);
    /// Projects
    pub const LIMIT_PROJECTS: u8 = 1;
    /// Days before the last day on which to remind of a license's end
    pub const REMINDER_DAYS: [u16; 3] = [30, 14, 7];
}
