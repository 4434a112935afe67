/* Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew. */
#ifndef KEYWARD_CATALOG_H
#define KEYWARD_CATALOG_H

/* Acme Studio */
#define STUDIO_PRODUCT 3u
/* Home */
#define STUDIO_EDITION_HOME 1u
/* Professional */
#define STUDIO_EDITION_PRO 2u
/* Enterprise */
#define STUDIO_EDITION_ENTERPRISE 3u
/* Classic (no longer sold) */
#define STUDIO_EDITION_CLASSIC 4u
/* Export to PDF */
#define STUDIO_FEATURE_EXPORT 0u
/* Teamwork */
#define STUDIO_FEATURE_TEAMWORK 1u
/* Plug-ins */
#define STUDIO_FEATURE_PLUG_INS 2u
/* Send as fax (no longer sold) */
#define STUDIO_FEATURE_FAX 3u
/* Projects */
#define STUDIO_LIMIT_PROJECTS 1u
/* The number of STUDIO_REMINDER_DAYS */
#define STUDIO_REMINDER_DAYS_COUNT 3u
/* Days before the last day on which to remind of a license's end */
#define STUDIO_REMINDER_DAYS { 30, 14, 7 }

#endif
