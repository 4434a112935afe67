// Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew.

/** # not a heading */
export const NONE = Object.freeze({
  /** # not a heading */
  PRODUCT: 0,
  /** - - - (no longer sold) */
  EDITION_NONE: 0,
  /** Days before the last day on which to remind of a license's end */
  REMINDER_DAYS: Object.freeze([]),
});

/** 1. object */
export const OBJECT = Object.freeze({
  /** 1. object */
  PRODUCT: 1,
  /** @param */
  EDITION_ONLY: 1,
  /** Days before the last day on which to remind of a license's end */
  REMINDER_DAYS: Object.freeze([]),
});

/** */
export const A_1 = Object.freeze({
  /** */
  PRODUCT: 10,
  /** Edition */
  EDITION_PRODUCT: 1,
  /** Days before the last day on which to remind of a license's end */
  REMINDER_DAYS: Object.freeze([]),
});

/** A1 */
export const A1 = Object.freeze({
  /** A1 */
  PRODUCT: 11,
  /** Edition */
  EDITION_PRODUCT: 2,
  /** Days before the last day on which to remind of a license's end */
  REMINDER_DAYS: Object.freeze([]),
});

/** A1 Edition */
export const A1_EDITION = Object.freeze({
  /** A1 Edition */
  PRODUCT: 12,
  /** Edition */
  EDITION_PRODUCT: 3,
  /** Days before the last day on which to remind of a license's end */
  REMINDER_DAYS: Object.freeze([]),
});

/** a * / int x; / * b // "c" \ */
export const SELF = Object.freeze({
  /** a * / int x; / * b // "c" \ */
  PRODUCT: 4294967295,
  /** """ ''' # ${x} ??/ */
  EDITION_PRODUCT: 0,
  /** / * / ** // <b> [a](b) `c` *d* _e_ & # */
  EDITION_X86_64: 65535,
  /** Größe — 尺寸 \ */
  FEATURE_CLASS: 63,
  /** #define x */
  LIMIT_INT: 255,
  /** Days before the last day on which to remind of a license's end */
  REMINDER_DAYS: Object.freeze([0]),
});
