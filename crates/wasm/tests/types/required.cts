// The same in CommonJS.

import keyward = require("keyward");
import inline = require("keyward/inline");

keyward.load().then(({ seatStanding }) => seatStanding({ seats: 1, features: [] }, 2));
inline.load().then(({ newMark }) => newMark().length);
