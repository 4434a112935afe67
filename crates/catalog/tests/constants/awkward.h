/* Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew. */
#ifndef KEYWARD_CATALOG_H
#define KEYWARD_CATALOG_H

/* # not a heading */
#define NONE_PRODUCT 0u
/* - - - (no longer sold) */
#define NONE_EDITION_NONE 0u
/* The number of NONE_REMINDER_DAYS */
#define NONE_REMINDER_DAYS_COUNT 0u

/* 1. object */
#define OBJECT_PRODUCT 1u
/* @param */
#define OBJECT_EDITION_ONLY 1u
/* The number of OBJECT_REMINDER_DAYS */
#define OBJECT_REMINDER_DAYS_COUNT 0u

/* */
#define A_1_PRODUCT 10u
/* Edition */
#define A_1_EDITION_PRODUCT 1u
/* The number of A_1_REMINDER_DAYS */
#define A_1_REMINDER_DAYS_COUNT 0u

/* A1 */
#define A1_PRODUCT 11u
/* Edition */
#define A1_EDITION_PRODUCT 2u
/* The number of A1_REMINDER_DAYS */
#define A1_REMINDER_DAYS_COUNT 0u

/* A1 Edition */
#define A1_EDITION_PRODUCT_ 12u
/* Edition */
#define A1_EDITION_EDITION_PRODUCT 3u
/* The number of A1_EDITION_REMINDER_DAYS */
#define A1_EDITION_REMINDER_DAYS_COUNT 0u

/* a * / int x; / * b // "c" \ */
#define SELF_PRODUCT 4294967295u
/* """ ''' # ${x} ??/ */
#define SELF_EDITION_PRODUCT 0u
/* / * / ** // <b> [a](b) `c` *d* _e_ & # */
#define SELF_EDITION_X86_64 65535u
/* Größe — 尺寸 \ */
#define SELF_FEATURE_CLASS 63u
/* #define x */
#define SELF_LIMIT_INT 255u
/* The number of SELF_REMINDER_DAYS */
#define SELF_REMINDER_DAYS_COUNT 1u
/* Days before the last day on which to remind of a license's end */
#define SELF_REMINDER_DAYS { 0 }

#endif
