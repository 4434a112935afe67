//! What a run of the example plays: a customer with a laptop and a desktop, the vendor, and those who want to fool the product.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a program with its own numbers"
)]

use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::SignableFile;
use keyward_verifier::MachineComponents;
use keyward_verifier::files::{LicenseFile, ValidationFile};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::product::{self, BuiltIn, PRODUCT, Site, Start};
use crate::story::Expected::{Runs, Stops};
use crate::vendor::{Sold, Vendor, nobody};

/// A part of the story. Each begins with a license for one machine, which is sold on 1 December 2026.
type Scene = fn(&mut Story) -> Result<()>;

pub const SCENES: [(&str, Scene); 10] = [
    ("A key is entered", a_key_is_entered),
    ("The server is away", the_server_is_away),
    ("A machine is not seen for long", a_machine_is_not_seen_for_long),
    ("The license moves to another machine", the_license_moves),
    ("A machine without a network", a_machine_without_a_network),
    ("The license is renewed", the_license_is_renewed),
    ("The license is held, and revoked", the_license_is_held_and_revoked),
    ("A server with another key", a_server_with_another_key),
    ("An answer is replayed", an_answer_is_replayed),
    ("Somebody changes a byte", somebody_changes_a_byte),
];

pub fn tell() -> Result<()> {
    SCENES.iter().try_for_each(|(title, scene)| {
        println!("\n{title}");
        play(*scene)
    })
}

pub fn play(scene: Scene) -> Result<()> {
    scene(&mut Story::new()?)
}

pub fn a_key_is_entered(story: &mut Story) -> Result<()> {
    story.start(&story.laptop, "The first start", Stops, "Please enter your license key.")?;
    story.activate(&story.laptop, "Half of the key", &story.license.key[..60], Stops, "can't be used")?;
    let mistyped = format!("{}?{}", &story.license.key[..20], &story.license.key[21..]);
    story.activate(&story.laptop, "The key, with a mistake", &mistyped, Runs, "Corrected: group 4")?;
    story.start(&story.laptop, "The next start", Runs, "Your license: active")
}

/// The license is perpetual: no end of it keeps the time, so the end of the file does.
pub fn the_server_is_away(story: &mut Story) -> Result<()> {
    story.license = story.vendor.sell("pro-perpetual")?;
    story.activated(&story.laptop)?;
    let server = story.laptop.server.clone();
    story.laptop.server = nobody()?;
    story.at("2026-12-02T08:00:00Z")?;
    story.start(&story.laptop, "After 23 hours", Runs, "can't be reached")?;
    story.at("2026-12-02T10:00:00Z")?;
    story.start(&story.laptop, "After 25 hours", Stops, "was good until 2026-12-02 09:00:00 UTC")?;
    let set_back = product::start(&story.built_in, &story.laptop, time("2026-12-01T10:00:00Z")?)?;
    story.check("The clock is set back by a day", &set_back, Stops, "was good until")?;
    story.laptop.server = server;
    story.start(&story.laptop, "The server is there again", Runs, "Your license: active")
}

/// The catalogue of this vendor releases a machine that was not seen for two weeks.
pub fn a_machine_is_not_seen_for_long(story: &mut Story) -> Result<()> {
    story.activated(&story.laptop)?;
    for day in ["2026-12-10", "2026-12-18", "2026-12-26"] {
        story.at(&format!("{day}T09:00:00Z"))?;
        story.start(&story.laptop, "It is used, and its lease is renewed", Runs, "Your license: active")?;
        story.activate(&story.desktop, "The slot is taken", &story.license.key, Stops, "The server says: ")?;
    }
    story.at("2027-01-20T09:00:00Z")?;
    story.activate(
        &story.desktop,
        "The lease is over, and the slot is free",
        &story.license.key,
        Runs,
        "Your license: active",
    )?;
    story.start(&story.laptop, "The laptop comes back", Stops, "not activated")
}

pub fn the_license_moves(story: &mut Story) -> Result<()> {
    story.activated(&story.laptop)?;
    let kept = ["license.txt", "validation.json"].map(|name| story.laptop.folder.join(name));
    let copies = kept.clone().map(fs::read);
    story.activate(&story.desktop, "A second machine", &story.license.key, Stops, "The server says: ")?;
    let freed = product::hand_back(&story.built_in, &story.laptop, story.vendor.now())?;
    story.check("The laptop hands its slot back", &freed, Stops, "not activated any more")?;
    story.activate(&story.desktop, "The second machine again", &story.license.key, Runs, "Your license: active")?;
    story.start(&story.laptop, "The laptop", Stops, "Please enter your license key.")?;
    // What nobody can prevent without a network lasts until the file ends, and no longer.
    for (path, bytes) in kept.iter().zip(copies) {
        fs::write(path, bytes?)?;
    }
    story.start(&story.laptop, "Its files are put back", Runs, "The server says: ")?;
    story.at("2026-12-02T10:00:00Z")?;
    story.start(&story.laptop, "A day later", Stops, "not activated")
}

/// Its license key is for this machine alone, and is good as long as the license.
pub fn a_machine_without_a_network(story: &mut Story) -> Result<()> {
    story.laptop.server = nobody()?;
    let asked = product::activate(&story.built_in, &story.laptop, story.vendor.now(), &story.license.key)?;
    story.check("The key is entered", &asked, Stops, "send us this request")?;
    let request = asked.said.iter().find_map(|said| said.split_once("of this machine: "));
    let (_, request) = request.context("it shows an activation request")?;
    let answer = story.vendor.call("/v1/activation-requests", &json!({ "request": request }))?;
    let locked = answer["key"].as_str().context("a key of the machine")?;
    story.activate(&story.laptop, "The key of this machine", locked, Runs, "Your license: active")?;
    story.activate(&story.desktop, "… on another machine", locked, Stops, "is for another machine")?;
    story.at("2027-11-30T23:00:00Z")?;
    story.start(&story.laptop, "A year later, the last day", Runs, "Your license: ")?;
    story.at("2027-12-05T09:00:00Z")?;
    story.start(&story.laptop, "In grace", Runs, "grace")?;
    story.at("2027-12-20T09:00:00Z")?;
    story.start(&story.laptop, "After it", Stops, "expired")
}

pub fn the_license_is_renewed(story: &mut Story) -> Result<()> {
    story.activated(&story.laptop)?;
    story.at("2027-11-20T09:00:00Z")?;
    story.activate(&story.laptop, "Near the end", &story.license.key, Runs, "expiring soon")?;
    story.desk("renew", &json!({ "ticket": "DESK-1" }))?;
    story.start(&story.laptop, "Renewed, and nobody has to enter a key", Runs, "Your license: active")?;
    story.at("2027-12-04T09:00:00Z")?;
    story.start(&story.laptop, "The next term", Runs, "Your license: active")
}

pub fn the_license_is_held_and_revoked(story: &mut Story) -> Result<()> {
    story.activated(&story.laptop)?;
    let server = story.laptop.server.clone();
    story.desk("suspend", &json!({ "cause": "payment" }))?;
    story.at("2026-12-01T10:00:00Z")?;
    // The words of the server are not signed. The revocation list is.
    story.start(&story.laptop, "A payment fails", Stops, "is on hold")?;
    story.laptop.server = nobody()?;
    story.start(&story.laptop, "The server is kept away", Stops, "is on hold")?;
    story.laptop.server = server;
    story.desk("resume", &json!({}))?;
    story.at("2026-12-01T11:00:00Z")?;
    story.start(&story.laptop, "It is paid", Runs, "Your license: active")?;
    story.desk("revoke", &json!({ "reason": "leaked" }))?;
    story.at("2026-12-01T12:00:00Z")?;
    story.start(&story.laptop, "The key was posted on a forum", Stops, "was revoked for good")?;
    story.laptop.server = nobody()?;
    fs::remove_file(story.laptop.folder.join("revocations.json"))?;
    story.start(&story.laptop, "The list is taken away", Stops, "was revoked for good")
}

/// They have the product, its license key, and a server that says whatever they like.
pub fn a_server_with_another_key(story: &mut Story) -> Result<()> {
    let thief = Vendor::new(story.vendor.now())?;
    let their_key = thief.sell("pro-annual")?.key;
    story.activate(&story.laptop, "A key that is theirs", &their_key, Stops, "is not ours")?;

    let file = LicenseFile::new(story.vendor.now(), vec![story.license.key.parse()?]);
    let file = ValidationFile::new(file, TimeDelta::days(3650))?.for_machine(story.laptop.machine);
    let mut forged = SignableFile::new(&file)?;
    forged.sign(thief.answers()?)?;
    let forged: Value = serde_json::from_str(&forged.to_string())?;
    let yes = json!({ "outcome": "active", "usable": true, "validation_file": forged }).to_string();
    let bundle = thief.built_in()?.bundle;
    let says_yes = thief.behind(move |path, answer| match path {
        "/v1/trust" => bundle.clone(),
        "/v1/activate" | "/v1/validate" => yes.clone().into_bytes(),
        _ => answer,
    })?;
    let server = std::mem::replace(&mut story.laptop.server, says_yes);
    story.activate(
        &story.laptop,
        "Their server says yes",
        &story.license.key,
        Stops,
        "validation file is not signed by a trusted key",
    )?;

    story.laptop.server = server;
    story.activated(&story.laptop)?;
    let no = json!({ "outcome": "revoked", "usable": false, "message": "your license was revoked" }).to_string();
    story.laptop.server = thief.behind(move |_, _| no.clone().into_bytes())?;
    story.start(&story.laptop, "Their server says no", Runs, "The server says: your license was revoked.")
}

/// Somebody between the product and the server keeps the first answer to each call, and gives no other.
pub fn an_answer_is_replayed(story: &mut Story) -> Result<()> {
    let kept = Mutex::new(HashMap::new());
    let between = story.vendor.behind(move |path, answer| {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(path.to_owned()).or_insert(answer).clone()
    })?;
    let server = std::mem::replace(&mut story.desktop.server, between.clone());
    story.activated(&story.desktop)?;
    story.start(&story.desktop, "The next start", Runs, "Your license: active")?;
    story.laptop.server = between.clone();
    let another = "is for another machine";
    story.activate(&story.laptop, "The answer for another machine", &story.license.key, Stops, another)?;
    story.at("2026-12-02T10:00:00Z")?;
    story.start(&story.desktop, "The answer of yesterday", Stops, "was good until")?;
    story.desktop.server = server;
    story.start(&story.desktop, "The answer of today", Runs, "Your license: active")?;
    story.desktop.server = between;
    story.start(&story.desktop, "That of yesterday takes nothing away", Runs, "The answer is of no use.")?;
    // They can keep the news from the product as long as its file is good, and no longer.
    story.desk("suspend", &json!({ "cause": "abuse" }))?;
    story.at("2026-12-03T09:00:00Z")?;
    story.start(&story.desktop, "The license is held, and only old answers arrive", Runs, "Your license: active")?;
    story.at("2026-12-03T11:00:00Z")?;
    story.start(&story.desktop, "Two hours later", Stops, "was good until")
}

/// Everything is tried with a file that is over, and with one that is good.
pub fn somebody_changes_a_byte(story: &mut Story) -> Result<()> {
    story.activated(&story.laptop)?;
    let file = story.laptop.folder.join("validation.json");
    let over = fs::read(&file)?;
    story.at("2026-12-02T10:00:00Z")?;
    story.start(&story.laptop, "Nothing is changed", Runs, "Your license: active")?;
    let good = fs::read(&file)?;
    let (mut ran, mut stopped) = (0, 0);
    for place in (0..3000).step_by(150) {
        story.laptop.server = story.vendor.behind(move |_, mut answer| {
            answer.get_mut(place).into_iter().for_each(|byte| *byte ^= 1);
            answer
        })?;
        let start = || product::start(&story.built_in, &story.laptop, story.vendor.now());
        fs::write(&file, &good)?;
        ensure!(start()?.may_run, "byte {place} takes the license away");
        fs::write(&file, &over)?;
        // The words beside the signed file are signed by nobody, and mean nothing.
        let (may_run, kept) = (start()?.may_run, fs::read(&file)?);
        ensure!(kept == if may_run { good.as_slice() } else { &over }, "byte {place} changes the file");
        if may_run { ran += 1 } else { stopped += 1 }
    }
    println!("  With another byte in each answer, it runs {ran} times and stops {stopped} times, by whole files alone");
    ensure!(ran > 0 && stopped > 0, "some bytes are signed, and some are not");
    Ok(())
}

/// The expected result of a start.
#[derive(Clone, Copy, PartialEq)]
pub enum Expected {
    Runs,
    Stops,
}

pub struct Story {
    vendor: Vendor,
    built_in: BuiltIn,
    license: Sold,
    laptop: Site,
    desktop: Site,
    _folder: TempDir,
}

impl Story {
    fn new() -> Result<Story> {
        let vendor = Vendor::new(time("2026-12-01T09:00:00Z")?)?;
        let folder = tempfile::tempdir()?;
        let machine = |name: &str, card: &str| {
            // A product reads them from the operating system.
            let components = MachineComponents {
                machine_id: Some(name.as_bytes()),
                network_card: Some(card.as_bytes()),
                ..MachineComponents::default()
            };
            let (machine, server) = (components.fingerprint(PRODUCT), vendor.server.clone());
            Site { machine, name: name.to_owned(), folder: folder.path().join(name), server }
        };
        let (laptop, desktop) = (machine("laptop", "3c:7c:3f:1e:5a:90"), machine("desktop", "3c:7c:3f:77:00:1b"));
        Ok(Story {
            built_in: vendor.built_in()?,
            license: vendor.sell("pro-annual")?,
            vendor,
            laptop,
            desktop,
            _folder: folder,
        })
    }

    /// Sets all clocks.
    fn at(&self, clock: &str) -> Result<()> {
        self.vendor.set_clock(time(clock)?)
    }

    fn start(&self, site: &Site, event: &str, expected: Expected, says: &str) -> Result<()> {
        self.check(event, &product::start(&self.built_in, site, self.vendor.now())?, expected, says)
    }

    fn activate(&self, site: &Site, event: &str, typed: &str, expected: Expected, says: &str) -> Result<()> {
        self.check(event, &product::activate(&self.built_in, site, self.vendor.now(), typed)?, expected, says)
    }

    /// The license is activated on that machine.
    fn activated(&self, site: &Site) -> Result<()> {
        self.activate(site, "The key is entered", &self.license.key, Runs, "Your license: active")
    }

    /// The support desk does something with the license.
    fn desk(&self, action: &str, body: &Value) -> Result<Value> {
        self.vendor.call(&format!("/v1/licenses/{}/{action}", self.license.id), body)
    }

    fn check(&self, event: &str, start: &Start, expected: Expected, says: &str) -> Result<()> {
        println!("  {event}, {}: {}", self.vendor.now(), if start.may_run { "it runs" } else { "it stops" });
        start.said.iter().for_each(|said| println!("    {said}"));
        ensure!(start.may_run == (expected == Runs), "{event}: that was not expected");
        ensure!(start.said.iter().any(|said| said.contains(says)), "{event}: it does not say {says:?}");
        Ok(())
    }
}

fn time(text: &str) -> Result<DateTime<Utc>> {
    Ok(text.parse()?)
}
