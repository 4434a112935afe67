// Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew.

/// \# not a heading
#[allow(dead_code)]
pub mod none {
    use keyward_verifier::{Edition, Product};

    /// \# not a heading
    pub const PRODUCT: Product = Product(0);
    /// - - - (no longer sold)
    pub const EDITION_NONE: Edition = Edition(0);
    /// Days before the last day on which to remind of a license's end
    pub const REMINDER_DAYS: [u16; 0] = [];
}

/// 1. object
#[allow(dead_code)]
pub mod object {
    use keyward_verifier::{Edition, Product};

    /// 1. object
    pub const PRODUCT: Product = Product(1);
    /// @param
    pub const EDITION_ONLY: Edition = Edition(1);
    /// Days before the last day on which to remind of a license's end
    pub const REMINDER_DAYS: [u16; 0] = [];
}

///
#[allow(dead_code)]
pub mod a_1 {
    use keyward_verifier::{Edition, Product};

    ///
    pub const PRODUCT: Product = Product(10);
    /// Edition
    pub const EDITION_PRODUCT: Edition = Edition(1);
    /// Days before the last day on which to remind of a license's end
    pub const REMINDER_DAYS: [u16; 0] = [];
}

/// A1
#[allow(dead_code)]
pub mod a1 {
    use keyward_verifier::{Edition, Product};

    /// A1
    pub const PRODUCT: Product = Product(11);
    /// Edition
    pub const EDITION_PRODUCT: Edition = Edition(2);
    /// Days before the last day on which to remind of a license's end
    pub const REMINDER_DAYS: [u16; 0] = [];
}

/// A1 Edition
#[allow(dead_code)]
pub mod a1_edition {
    use keyward_verifier::{Edition, Product};

    /// A1 Edition
    pub const PRODUCT: Product = Product(12);
    /// Edition
    pub const EDITION_PRODUCT: Edition = Edition(3);
    /// Days before the last day on which to remind of a license's end
    pub const REMINDER_DAYS: [u16; 0] = [];
}

/// a \*/ int x; /\* b // "c" \\
#[allow(dead_code)]
pub mod self_ {
    use keyward_verifier::{Edition, Feature, Product};

    /// a \*/ int x; /\* b // "c" \\
    pub const PRODUCT: Product = Product(4294967295);
    /// """ ''' \# ${x} ??/
    pub const EDITION_PRODUCT: Edition = Edition(0);
    /// /\*/ \*\*// \<b\> \[a\](b) \`c\` \*d\* \_e\_ \& \#
    pub const EDITION_X86_64: Edition = Edition(65535);
    /// Größe — 尺寸 \\
    pub const FEATURE_CLASS: Feature = Feature::new(63);
    /// \#define x
    pub const LIMIT_INT: u8 = 255;
    /// Days before the last day on which to remind of a license's end
    pub const REMINDER_DAYS: [u16; 1] = [0];
}
