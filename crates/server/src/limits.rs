//! Limits of calls, within a process: by address, by license, and by license and machine.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;
use keyward_issuer::Serial;
use keyward_ledger::LicenseId;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The window of all limits, in seconds.
const WINDOW: u64 = 60;

/// How many calls are answered in a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// From one address; of IPv6, from one /64.
    pub per_address: NonZeroU32,
    /// With one license key for one machine.
    pub per_machine: NonZeroU32,
    /// With the keys of one license, before the machines that use the license are added.
    pub per_license: NonZeroU32,
    /// With the keys of one license, for each machine that uses it.
    pub per_slot: u32,
}

/// Limits of calls.
#[derive(Debug)]
pub struct Limits {
    rates: Rates,
    proxies: Vec<IpNet>,
    clock: DefaultClock,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    machines: DefaultKeyedRateLimiter<[u8; 32]>,
    licenses: Mutex<Licenses>,
}

/// The limits of licenses.
#[derive(Debug, Default)]
struct Licenses {
    limits: HashMap<Counted, OfLicense>,
    /// The licenses of keys that have asked.
    of_keys: HashMap<Serial, LicenseId>,
}

/// What calls are counted for: a license with all its keys, or a key whose license was not looked up yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    License(LicenseId),
    Key(Serial),
}

impl Licenses {
    fn counted(&self, serial: Serial) -> Counted {
        self.of_keys.get(&serial).map_or(Counted::Key(serial), |license| Counted::License(*license))
    }
}

/// The limit of one license.
#[derive(Debug)]
struct OfLicense {
    slots: u32,
    limiter: DefaultDirectRateLimiter,
}

impl Limits {
    /// Limits with these rates. Behind these proxies, the address of a caller is the one that they name.
    pub fn new(rates: Rates, proxies: Vec<IpNet>) -> Limits {
        let keyed = |rate| Quota::per_minute(rate);
        Limits {
            clock: DefaultClock::default(),
            addresses: RateLimiter::keyed(keyed(rates.per_address)),
            machines: RateLimiter::keyed(keyed(rates.per_machine)),
            licenses: Mutex::default(),
            rates,
            proxies,
        }
    }

    /// The address of the caller. `X-Forwarded-For` counts only from a proxy: its last address that is not one itself.
    pub(crate) fn caller(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = String>) -> IpAddr {
        let is_proxy = |address: &IpAddr| self.proxies.iter().any(|proxy| proxy.contains(address));
        let mut caller = peer.to_canonical();
        if !is_proxy(&caller) {
            return caller;
        }
        let hops = forwarded.flat_map(|line| line.split(',').map(|hop| hop.trim().to_owned()).collect::<Vec<_>>());
        for hop in hops.rev() {
            // A text that is no address was not written by a proxy: the one before it counts.
            let Ok(address) = hop.parse::<IpAddr>() else { break };
            caller = address.to_canonical();
            if !is_proxy(&caller) {
                break;
            }
        }
        caller
    }

    /// Counts a call from an address.
    pub(crate) fn check_address(&self, address: IpAddr) -> Result<(), Problem> {
        let counted = match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(of) => IpAddr::V6(Ipv6Addr::from_bits(of.to_bits() & (u128::MAX << 64))),
        };
        let wait = self.addresses.check_key(&counted).map_err(|until| until.wait_time_from(self.clock.now()));
        wait.map_err(|wait| too_many("address", self.rates.per_address, wait))
    }

    /// Counts a call with a license key that was verified: a forged one has no limit of its own.
    pub(crate) fn check_key(&self, serial: Serial, machine: Option<&str>) -> Result<(), Problem> {
        let (rate, wait) = {
            let mut licenses = self.licenses.lock().unwrap_or_else(PoisonError::into_inner);
            let counted = licenses.counted(serial);
            let of = licenses.limits.entry(counted).or_insert_with(|| self.of_license(0));
            (self.rate(of.slots), of.limiter.check().map_err(|until| until.wait_time_from(self.clock.now())))
        };
        wait.map_err(|wait| too_many("license", rate, wait))?;
        let mut of = Sha256::new().chain_update(serial.to_string());
        if let Some(machine) = machine {
            of.update([0]);
            of.update(machine);
        }
        let wait = self.machines.check_key(&of.finalize().into());
        let wait = wait.map_err(|until| until.wait_time_from(self.clock.now()));
        wait.map_err(|wait| too_many("machine", self.rates.per_machine, wait))
    }

    /// Takes note of the license of a key, and of how many machines use it. Its keys share one limit from then on; the first call
    /// with each counts too. The limit grows with the machines and does not shrink: a license would have all its calls anew
    /// whenever a machine comes and goes.
    pub(crate) fn note(&self, serial: Serial, license: LicenseId, slots: u32) {
        let mut licenses = self.licenses.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = Counted::License(license);
        if licenses.limits.get(&counted).is_none_or(|of| of.slots < slots) {
            licenses.limits.insert(counted, self.of_license(slots));
        }
        if licenses.of_keys.insert(serial, license).is_none() {
            licenses.limits.remove(&Counted::Key(serial));
            let of = licenses.limits.get(&counted);
            // The call is answered already, whether or not it was one too many.
            let _ = of.map(|of| of.limiter.check());
        }
    }

    /// Forgets those who have not called for a minute.
    pub(crate) fn forget(&self) {
        self.addresses.retain_recent();
        self.machines.retain_recent();
        let mut licenses = self.licenses.lock().unwrap_or_else(PoisonError::into_inner);
        let Licenses { limits, of_keys } = &mut *licenses;
        limits.retain(|_, of| of.limiter.check_n(self.rate(of.slots)).is_ok_and(|all| all.is_err()));
        of_keys.retain(|_, license| limits.contains_key(&Counted::License(*license)));
    }

    fn rate(&self, slots: u32) -> NonZeroU32 {
        self.rates.per_license.saturating_add(self.rates.per_slot.saturating_mul(slots))
    }

    fn of_license(&self, slots: u32) -> OfLicense {
        OfLicense { slots, limiter: RateLimiter::direct(Quota::per_minute(self.rate(slots))) }
    }
}

fn too_many(policy: &str, rate: NonZeroU32, wait: Duration) -> Problem {
    let seconds = wait.as_secs().saturating_add(1);
    let of = match policy {
        "address" => "this address",
        "license" => "the keys of this license",
        _ => "this license key and machine",
    };
    let detail = format!("more than {rate} calls a minute from {of}: wait for {seconds} s");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail)
        .with("policy", policy)
        .with("quota", rate.get())
        .with("window", WINDOW)
        .with("retry_after", seconds)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn limits(proxies: &[&str]) -> Limits {
        let rate = |rate| NonZeroU32::new(rate).unwrap();
        let rates = Rates { per_address: rate(3), per_machine: rate(2), per_license: rate(3), per_slot: 2 };
        Limits::new(rates, proxies.iter().map(|proxy| proxy.parse().unwrap()).collect())
    }

    fn serial(number: u8) -> Serial {
        format!("{number:016x}").parse().unwrap()
    }

    fn license(number: u8) -> LicenseId {
        format!("lic_0190000000007000800000000000{number:04x}").parse().unwrap()
    }

    /// The policy that refuses a call.
    fn refusing(of: Result<(), Problem>) -> Option<String> {
        of.err().map(|problem| problem.more["policy"].as_str().unwrap().to_owned())
    }

    #[test]
    fn an_address_is_limited_and_ipv6_by_its_network() {
        let limits = limits(&[]);
        for (same, other) in [
            (["192.0.2.1"; 3], "192.0.2.2"),
            (["2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:1"], "2001:db8:0:1::1"),
        ] {
            for address in same {
                limits.check_address(address.parse().unwrap()).unwrap();
            }
            let refused = limits.check_address(same[0].parse().unwrap()).unwrap_err();
            assert_eq!((refused.status.as_u16(), refused.more["quota"].as_u64()), (429, Some(3)));
            limits.check_address(other.parse().unwrap()).unwrap();
        }
    }

    #[test]
    fn a_machine_is_limited_and_a_license_by_its_machines() {
        let limits = limits(&[]);
        let check = |machine| refusing(limits.check_key(serial(1), Some(machine)));
        assert_eq!([check("a"), check("a")], [None, None]);
        assert_eq!(check("a").unwrap(), "machine");
        assert_eq!(check("b").unwrap(), "license");
        assert_eq!(refusing(limits.check_key(serial(2), Some("a"))), None);
        limits.note(serial(1), license(1), 1);
        assert_eq!(["b", "b", "c", "c"].map(check), [None, None, None, None]);
        assert_eq!(check("d").unwrap(), "license");
        // The same number of machines, or fewer, keeps what was counted.
        limits.note(serial(1), license(1), 1);
        limits.note(serial(1), license(1), 0);
        limits.note(serial(1), license(1), 1);
        assert_eq!(check("e").unwrap(), "license");
        limits.forget();
        assert_eq!(check("e").unwrap(), "license");
    }

    #[test]
    fn the_keys_of_a_license_share_its_limit() {
        let limits = limits(&[]);
        let check = |number, machine: &str| refusing(limits.check_key(serial(number), Some(machine)));
        // Each key is known by its own after its first call.
        for number in [1, 2] {
            assert_eq!(check(number, "a"), None);
            limits.note(serial(number), license(7), 0);
        }
        assert_eq!(check(1, "b"), None);
        assert_eq!([check(1, "c"), check(2, "d")], [Some("license".to_owned()), Some("license".to_owned())]);
        // A key of another license has a limit of its own.
        assert_eq!(check(3, "a"), None);
        limits.note(serial(3), license(8), 0);
        assert_eq!([check(3, "b"), check(3, "c")], [None, None]);
    }

    #[test]
    fn a_forwarded_address_counts_from_a_proxy_alone() {
        let limits = limits(&["10.0.0.0/8", "fd00::/8"]);
        for (peer, forwarded, caller) in [
            ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.1.1.1"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9, no address"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("fd00::1", &["2001:db8::5"], "2001:db8::5"),
        ] {
            let found = limits.caller(peer.parse().unwrap(), forwarded.iter().map(|line| (*line).to_owned()));
            assert_eq!(found, caller.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }
}
