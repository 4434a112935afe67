use keyward_verifier::{MachineComponents, Product};

use crate::KwStatus;
use crate::boundary::{call, reference, slice, zeroed};

/// The bytes that identify a part of a machine; no bytes if there is no such part.
///
/// A placeholder for an id counts as no bytes: "To Be Filled By O.E.M.", "None", all zeros, and the others in
/// `spec/FORMAT.md`, section 4.1. Give ids as text, as the operating system shows them.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwComponent {
    /// The bytes, as the operating system has them.
    pub bytes: *const u8,
    /// The number of bytes.
    pub size: usize,
}

/// The parts that identify a machine. Give at least one. The license works while more than half of them are the same.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwMachine {
    /// The operating system's id of the installation.
    pub machine_id: KwComponent,
    /// The main board's id.
    pub board_id: KwComponent,
    /// The serial number of the disk that the system is on.
    pub system_disk: KwComponent,
    /// The address of the primary network card.
    pub network_card: KwComponent,
    /// Another part, of the vendor's choice.
    pub vendors_own: KwComponent,
}

/// The fingerprint that a license for this product can be locked to: 16 bytes, which don't reveal the parts.
///
/// # Safety
///
/// `machine` is NULL or points to a machine, each part of which is NULL or points to as many bytes as its size says;
/// `fingerprint` is NULL or points to 16 bytes that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_fingerprint(product: u32, machine: *const KwMachine, fingerprint: *mut u8) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let output = unsafe { zeroed(fingerprint.cast::<[u8; 16]>()) }?;
        // SAFETY: the caller promises it.
        let machine = unsafe { reference(machine) }?;
        // SAFETY: the caller promises it.
        let part = |part: &KwComponent| unsafe { slice(part.bytes, part.size) }.map(Some);
        let components = MachineComponents {
            machine_id: part(&machine.machine_id)?,
            board_id: part(&machine.board_id)?,
            system_disk: part(&machine.system_disk)?,
            network_card: part(&machine.network_card)?,
            vendors_own: part(&machine.vendors_own)?,
        };
        *output = components.fingerprint(Product(product)).to_bytes();
        Ok(())
    })
}
