# Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew.


#: Acme Studio
class Studio:
    #: Acme Studio
    PRODUCT = 3
    #: Home
    EDITION_HOME = 1
    #: Professional
    EDITION_PRO = 2
    #: Enterprise
    EDITION_ENTERPRISE = 3
    #: Classic (no longer sold)
    EDITION_CLASSIC = 4
    #: Export to PDF
    FEATURE_EXPORT = 0
    #: Teamwork
    FEATURE_TEAMWORK = 1
    #: Plug-ins
    FEATURE_PLUG_INS = 2
    #: Send as fax (no longer sold)
    FEATURE_FAX = 3
    #: Projects
    LIMIT_PROJECTS = 1
    #: Days before the last day on which to remind of a license's end
    REMINDER_DAYS = (30, 14, 7)
