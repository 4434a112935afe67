use keyward_verifier::{Day, Environment, Fingerprint, Product, VerifyError};
use pyo3::prelude::*;
use pyo3::types::PyList;
use rayon::ThreadPoolBuilder;

use crate::arguments::{self, Given, Text, optional, wrong_type};
use crate::license::License;
use crate::machine;
use crate::refusal::Refusal;
use crate::trusted_key::TrustedKey;

/// The number of texts in one round, so that the results of a million texts are not in memory twice.
const AT_ONCE: usize = 4096;

/// Verifies license keys for one product, with the trusted keys alone.
///
/// trusted: the keys that the product trusts, as TrustedKey.
/// product: the product's number in the vendor's catalogue.
/// environment: the environment that the product runs in; by default Environment.PRODUCTION.
/// machine: the Fingerprint of the machine that it runs on. Without it, a license that is locked to a machine is refused.
/// released: the day on which the running version was released. Without it, every version is covered.
/// repair: False refuses damaged text instead of repairing it, for keys that no person has typed.
///
/// >>> from keyward_verifier import License, Refusal, TrustedKey, Verifier
/// >>> vendor = TrustedKey.from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
/// >>> verifier = Verifier([vendor], 3)
/// >>> typed = """
/// ...     K7PM4-00108-1G818-60W40-606SJ-08YT0-
/// ...     G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-
/// ...     VDC80-VHRAB-CED8J-M9TJZ-A9AHX-JPA40-
/// ...     2K3CY-F52Z2-ZY7GB-8Y7M3-SR8W8-VE3BH-
/// ...     4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3"""
/// >>> result = verifier.verify(typed)
/// >>> if isinstance(result, License):
/// ...     for repair in result.repairs:
/// ...         print(repair)
/// ... else:
/// ...     print(result.code, result.message)
/// group 5 is 60GSJ, not 606SJ
/// group 23 is SRBW8, not SR8W8
#[pyclass(frozen, module = "keyward_verifier")]
#[derive(Debug)]
pub(crate) struct Verifier {
    trusted: Vec<keyward_verifier::TrustedKey>,
    product: Product,
    environment: Environment,
    machine: Option<Fingerprint>,
    released: Option<Day>,
    repairs: bool,
}

#[pymethods]
impl Verifier {
    #[new]
    #[pyo3(
        signature = (
            trusted, product, *, environment = Given::Default, machine = None, released = None, repair = Given::Default
        ),
        text_signature = "(trusted, product, *, environment=Environment.PRODUCTION, machine=None, released=None, repair=True)"
    )]
    fn new(
        trusted: &Bound<'_, PyAny>,
        product: &Bound<'_, PyAny>,
        environment: Given<'_>,
        machine: Option<&Bound<'_, PyAny>>,
        released: Option<&Bound<'_, PyAny>>,
        repair: Given<'_>,
    ) -> PyResult<Verifier> {
        let trusted = arguments::each("trusted", "TrustedKey", trusted, |key| {
            let key = key.cast::<TrustedKey>().map_err(|_| wrong_type("trusted", "a list of TrustedKey", key))?;
            Ok(key.get().0.clone())
        })?;
        Ok(Verifier {
            trusted,
            product: Product(arguments::integer("product", product, 0..=u32::MAX)?),
            environment: environment.or_default(|environment| arguments::environment("environment", environment))?,
            machine: optional(machine, |machine| machine::fingerprint("machine", machine))?,
            released: optional(released, |released| arguments::day("released", released))?,
            repairs: match repair {
                Given::Default => true,
                Given::Value(repair) => arguments::yes_or_no("repair", &repair)?,
            },
        })
    }

    /// Verifies a license key as it was typed, pasted or scanned: a License, or a Refusal that says why. Other threads of the
    /// program run at the same time.
    ///
    /// Neither can be used as a condition, so that none is mistaken for the other. Distinguish them with isinstance or
    /// match:
    ///
    /// >>> match verifier.verify("K7PM4-00108"):
    /// ...     case License() as license:
    /// ...         print("welcome", license.licensee)
    /// ...     case Refusal(code, message):
    /// ...         print(code, "-", message)
    /// malformed - this is not a license key: a license key has 30 to 110 groups of five characters, and the text has 2: copy all of it, and nothing else
    fn verify<'py>(&self, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = text.py();
        let typed = Text::of("text", text)?;
        // Even a text that was crafted to cost time takes only milliseconds, and no other thread waits for it.
        let result = py.detach(|| self.with(|verifier| verifier.verify(typed.as_ref())));
        answer(py, result)
    }

    /// Verifies many license keys on all cores, each exactly like verify, and returns the results in their order. Other
    /// threads of the program run at the same time.
    ///
    /// >>> [type(result).__name__ for result in verifier.verify_many([typed, "K7PM4", typed])]
    /// ['License', 'Refusal', 'License']
    fn verify_many<'py>(&self, texts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = texts.py();
        let texts = arguments::each("texts", "str", texts, |text| Text::of("texts", text))?;
        let answers = PyList::empty(py);
        // Threads for this call alone: a forked process would wait forever for the threads of a pool, which it does not have.
        // If no thread can be started, this one does all the work.
        let threads = ThreadPoolBuilder::new().build();
        for texts in texts.chunks(AT_ONCE) {
            py.check_signals()?; // So that Ctrl-C ends a call with a million texts.
            let results = py.detach(|| match &threads {
                Ok(threads) => threads.install(|| self.with(|verifier| verifier.verify_many(texts))),
                Err(_) => self.with(|verifier| texts.iter().map(|text| verifier.verify(text.as_ref())).collect()),
            });
            for result in results {
                answers.append(answer(py, result)?)?;
            }
        }
        Ok(answers)
    }

    fn __repr__(&self) -> String {
        let keys: Vec<_> = self.trusted.iter().map(|key| key.id().to_string()).collect();
        format!("<Verifier of product {} in {}, which trusts {}>", self.product, self.environment, keys.join(", "))
    }
}

impl Verifier {
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&keyward_verifier::Verifier<'_>) -> T) -> T {
        let mut verifier = keyward_verifier::Verifier::new(&self.trusted, self.product).environment(self.environment);
        if let Some(machine) = self.machine {
            verifier = verifier.machine(machine);
        }
        if let Some(released) = self.released {
            verifier = verifier.released(released);
        }
        if !self.repairs {
            verifier = verifier.without_repair();
        }
        ask(&verifier)
    }
}

fn answer(py: Python<'_>, result: Result<keyward_verifier::License, VerifyError>) -> PyResult<Bound<'_, PyAny>> {
    match result {
        Ok(license) => Ok(Bound::new(py, License(license))?.into_any()),
        Err(refusal) => Ok(Bound::new(py, Refusal(refusal))?.into_any()),
    }
}
