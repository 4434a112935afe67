// Made by crates/wasm/build from crates/wasm/examples/layout.rs, run in WebAssembly: change that, not this.

export const ABI_VERSION = 1;
export const MARK_SIZE = 37;
export const NEVER = 9223372036854775807n;
export const NO_TIME = -9223372036854775808n;
export const UNLIMITED_SEATS = 18446744073709551615n;

/** A status by its number: the reason why a call failed. */
export const STATUS = {
  1: "null-pointer",
  2: "out-of-range",
  3: "no-such-day",
  4: "not-a-public-key",
  5: "secret-key",
  6: "bad-reminders",
  7: "bad-mark",
  8: "not-newer",
  9: "out-of-memory",
  10: "bug",
};

/** The structs: each field's offset, type and count. */
export const LAYOUT = {
  KwDay: {
    size: 4,
    fields: {
      year: [0, "u16", 1],
      month: [2, "u8", 1],
      day: [3, "u8", 1],
    },
  },
  KwLimit: {
    size: 16,
    fields: {
      value: [0, "u64", 1],
      id: [8, "u8", 1],
    },
  },
  KwClaims: {
    size: 336,
    fields: {
      features: [0, "u64", 1],
      serial: [16, "u8", 8],
      product: [24, "u32", 1],
      seats: [8, "u64", 1],
      kind: [28, "i32", 1],
      environment: [32, "i32", 1],
      valid_from: [36, "KwDay", 1],
      valid_through: [40, "KwDay", 1],
      updates_through: [44, "KwDay", 1],
      edition: [48, "u16", 1],
      is_locked: [50, "bool", 1],
      limit_count: [51, "u8", 1],
      extension_size: [52, "u8", 1],
      fingerprint: [53, "u8", 16],
      limits: [72, "KwLimit", 8],
      licensee: [200, "text", 65],
      extension: [265, "u8", 64],
    },
  },
  KwStanding: {
    size: 312,
    fields: {
      opens_at: [0, "i64", 1],
      closes_at: [8, "i64", 1],
      grace_closes_at: [16, "i64", 1],
      state: [24, "i32", 1],
      kind: [28, "i32", 1],
      days_left: [32, "i32", 1],
      valid_from: [36, "KwDay", 1],
      valid_through: [40, "KwDay", 1],
      grace_through: [44, "KwDay", 1],
      next_reminder: [48, "KwDay", 1],
      is_usable: [52, "bool", 1],
      has_successor: [53, "bool", 1],
      grace_days: [54, "u8", 1],
      notice: [55, "text", 128],
      text: [183, "text", 128],
    },
  },
  KwRepair: {
    size: 32,
    fields: {
      group: [0, "u8", 1],
      typed: [1, "text", 25],
      expected: [26, "text", 6],
    },
  },
  KwResult: {
    size: 2672,
    fields: {
      outcome: [0, "i32", 1],
      is_usable: [4, "bool", 1],
      claims: [8, "KwClaims", 1],
      standing: [344, "KwStanding", 1],
      digest: [656, "u8", 16],
      key_id: [672, "u8", 8],
      key: [680, "text", 660],
      repair_count: [1340, "u8", 1],
      repairs: [1341, "KwRepair", 16],
      message: [1853, "text", 768],
      evidence: [2624, "KwEvidence", 1],
      group_count: [2652, "u8", 1],
      unreadable_groups: [2653, "u8", 16],
    },
  },
  KwEvidence: {
    size: 28,
    fields: {
      serial: [0, "u8", 8],
      has_serial: [8, "bool", 1],
      hint: [9, "u8", 2],
      matching_components: [11, "u8", 1],
      present_components: [12, "u8", 1],
      updates_through: [14, "KwDay", 1],
      product: [20, "u32", 1],
      environment: [24, "i32", 1],
    },
  },
  KwGrant: {
    size: 24,
    fields: {
      features: [0, "u64", 1],
      seats: [8, "u64", 1],
      is_granted: [16, "bool", 1],
    },
  },
  KwEntitlement: {
    size: 352,
    fields: {
      outcome: [0, "i32", 1],
      is_usable: [4, "bool", 1],
      index: [8, "size", 1],
      standing: [16, "KwStanding", 1],
      grant: [328, "KwGrant", 1],
    },
  },
  KwClock: {
    size: 40,
    fields: {
      clock: [0, "i64", 1],
      built: [8, "i64", 1],
      issued: [16, "i64", 1],
      running: [24, "i64", 1],
      tolerance: [32, "i64", 1],
    },
  },
  KwReading: {
    size: 32,
    fields: {
      now: [0, "i64", 1],
      behind_by: [8, "i64", 1],
      largest_step: [16, "i64", 1],
      backward_steps: [24, "u32", 1],
      is_suspect: [28, "bool", 1],
    },
  },
  KwComponent: {
    size: 8,
    fields: {
      bytes: [0, "size", 1],
      size: [4, "size", 1],
    },
  },
  KwMachine: {
    size: 40,
    fields: {
      machine_id: [0, "KwComponent", 1],
      board_id: [8, "KwComponent", 1],
      system_disk: [16, "KwComponent", 1],
      network_card: [24, "KwComponent", 1],
      vendors_own: [32, "KwComponent", 1],
    },
  },
  KwSeats: {
    size: 12,
    fields: {
      left: [0, "u32", 1],
      over: [4, "u32", 1],
      is_unlimited: [8, "bool", 1],
    },
  },
};
