//! A product that gets what goes out, and the licenses of a shop that it is sold by.

use keyward_core::LicenseKey;
use keyward_issuer::TrustedKey;
use keyward_ledger::{CustomerDetails, CustomerId, Expected, License, NewLicense, Role, SignedList};
use keyward_verifier::files::{RevocationList, Trust, Verified};
use keyward_verifier::{Product, Verifier, VerifyError};

use crate::common::{Shop, TODAY, annual, at, serial};

pub const PRODUCT: Product = Product(3);

pub struct Keys([TrustedKey; 1]);

/// The keys that the product trusts.
pub fn keys(shop: &Shop) -> Keys {
    Keys([shop.vendor.issuer.verifying_key().clone()])
}

impl Keys {
    pub fn trust(&self) -> Trust<'_> {
        Trust::Keys(&self.0)
    }

    pub fn verifier(&self) -> Verifier<'_> {
        Verifier::new(&self.0, PRODUCT)
    }

    pub fn open(&self, list: &SignedList) -> Verified<RevocationList> {
        self.trust().revocation_list(list.file.as_ref().unwrap().as_bytes()).unwrap()
    }

    /// What the product says of a license key, given the list: a code, or `None` if it accepts it.
    pub fn says(&self, list: &SignedList, key: &LicenseKey) -> Option<&'static str> {
        let list = self.open(list);
        let verified = self.verifier().revocations(&list).verify_key(key.clone());
        verified.err().as_ref().map(VerifyError::code)
    }
}

pub async fn customer(shop: &Shop) -> CustomerId {
    let email = format!("it@{}.example", serial()).parse().unwrap();
    let details = CustomerDetails::of_email(email).named("Acme Ltd".parse().unwrap());
    shop.ledger.find_or_create_customer(&details, &at(TODAY)).await.unwrap().into_customer().id
}

/// A license of a customer, and its key, which has left.
pub async fn sold(shop: &Shop) -> (License, LicenseKey) {
    let new = NewLicense::new(annual()).for_customer(customer(shop).await);
    let license = shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await.unwrap().into_license();
    let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
    let [main] = &delivered.keys[..] else { panic!("one key") };
    assert_eq!(main.role, Role::Main);
    (delivered.license, main.key.clone())
}

/// The next list, a minute after the one before.
pub async fn next_list(shop: &Shop) -> SignedList {
    shop.ledger.sign_list(&shop.vendor.issuer, &at(TODAY)).await.unwrap()
}

pub const ANY: Expected = Expected::Any;
