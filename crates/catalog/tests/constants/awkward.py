# Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew.


#: # not a heading
class None_:
    #: # not a heading
    PRODUCT = 0
    #: - - - (no longer sold)
    EDITION_NONE = 0
    #: Days before the last day on which to remind of a license's end
    REMINDER_DAYS = ()


#: 1. object
class Object:
    #: 1. object
    PRODUCT = 1
    #: @param
    EDITION_ONLY = 1
    #: Days before the last day on which to remind of a license's end
    REMINDER_DAYS = ()


#: A-1
class A_1:
    #: A-1
    PRODUCT = 10
    #: Edition
    EDITION_PRODUCT = 1
    #: Days before the last day on which to remind of a license's end
    REMINDER_DAYS = ()


#: A1
class A1:
    #: A1
    PRODUCT = 11
    #: Edition
    EDITION_PRODUCT = 2
    #: Days before the last day on which to remind of a license's end
    REMINDER_DAYS = ()


#: A1 Edition
class A1Edition:
    #: A1 Edition
    PRODUCT = 12
    #: Edition
    EDITION_PRODUCT = 3
    #: Days before the last day on which to remind of a license's end
    REMINDER_DAYS = ()


#: a */ int x; /* b // "c" \
class Self:
    #: a */ int x; /* b // "c" \
    PRODUCT = 4294967295
    #: """ ''' # ${x} ??/
    EDITION_PRODUCT = 0
    #: /*/ **// <b> [a](b) `c` *d* _e_ & #
    EDITION_X86_64 = 65535
    #: Größe — 尺寸 \
    FEATURE_CLASS = 63
    #: #define x
    LIMIT_INT = 255
    #: Days before the last day on which to remind of a license's end
    REMINDER_DAYS = (0,)
